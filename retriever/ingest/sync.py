"""One sync: scan the sources, find what differs from the last generation, index that, commit once.

What did not change is neither read nor embedded, and nothing is visible before the commit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.documents import IsolatedReader
from retriever.documents.encodings import check_encoding
from retriever.errors import IndexNotFoundError, StorageError
from retriever.index.interface import Addition, Changes
from retriever.ingest.additions import AdditionBuilder
from retriever.ingest.changes import SourceChanges, compare
from retriever.ingest.counts import Counts
from retriever.ingest.dry_run import CountingEmbedder, DryRunIndex, ReadOnlyStore
from retriever.ingest.embed import CachedEmbedder
from retriever.ingest.options import SyncOptions
from retriever.ingest.pages import CachedPages
from retriever.ingest.program import program_documents
from retriever.ingest.progress import IndexingProgress
from retriever.ingest.read import ChangedFileReader
from retriever.ingest.reanalysis import needs_reanalysis, reanalyse_others
from retriever.ingest.remarks import FileRemarks
from retriever.ingest.remembered import assign_options, check_refresh, keep_names, list_remembered, list_reread
from retriever.ingest.scan import scan
from retriever.ingest.settings import choose_chunking, choose_settings, require_token_vectors
from retriever.ingest.sources import exists, find_matches, resolve_source
from retriever.ingest.vanished import check_rebuild, keep_vanished
from retriever.ingest.words_first import FEW, PendingEmbedder, WordsFirst
from retriever.ingest.workers import open_workers
from retriever.models.scoring.token_forms import find_codec
from retriever.reports import Notice, Progress, SkippedSource, SyncReport
from retriever.types import Document, Passage, Source, StoredDocument

if TYPE_CHECKING:
    from retriever.index.cache.access import IndexCache
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.index.interface import Index
    from retriever.index.settings import IndexSettings
    from retriever.ingest.workers.task import Embedder
    from retriever.models.embedding_model import EmbeddingModel

OnProgress = Callable[[Progress], None]


def sync(
    index: Index,
    cache: IndexCache,
    model: EmbeddingModel,
    name: str,
    sources: Sequence[str | Path | Source],
    options: SyncOptions,
    on_progress: OnProgress | None = None,
) -> SyncReport:
    """Bring ``index`` up to ``sources``; see ``Retriever.sync`` for what it does and raises.

    - ``cache``: where embeddings are kept between syncs
    - ``name``: what loads ``model`` again
    - ``sources``: folders, files and patterns; none refreshes those that the index remembers
    """
    named = [
        resolve_source(source, encoding=options.encoding, max_file_size=options.max_file_size, follow=options.follow)
        for source in sources
    ]
    if index.folder is None or not os.path.exists(index.folder):
        # What is refused leaves no index behind.
        for source in named:
            find_matches(source.path, source.name)
        if options.encoding is not None:
            check_encoding(options.encoding)
        if options.token_vectors:
            require_token_vectors(model, index.location)
    if not named:
        check_refresh(index, options)
    report_progress = on_progress or (lambda _: None)
    if options.dry_run:
        dry = DryRunIndex(index)
        store = ReadOnlyStore(cache.view())
        with open_workers(options.workers, name, model), model.indexing():  # refused where the run would be
            report = _Sync(dry, store, model, name, options, report_progress).run(named)
        return replace(report, documents=dry.documents, passages=dry.passages)
    with open_workers(options.workers, name, model) as workers, index.writing(timeout=options.wait), model.indexing():
        return _Sync(index, cache.open(), model, name, options, report_progress, workers).run(named)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the last generation says, read once."""

    generation: int
    settings: IndexSettings | None
    documents: tuple[StoredDocument, ...]
    sources: tuple[Source, ...]


@dataclass(slots=True)
class _Sync:
    index: Index
    cache: EmbeddingStore
    model: EmbeddingModel
    name: str
    options: SyncOptions
    on_progress: OnProgress
    workers: Embedder | None = None
    counts: Counts = field(default_factory=Counts)
    progress: IndexingProgress = field(init=False)

    def __post_init__(self) -> None:
        self.progress = IndexingProgress(self.on_progress)

    def run(self, named: Sequence[Source]) -> SyncReport:
        started, options = time.perf_counter(), self.options
        # A rebuild takes over what was chosen and looks at nothing else: it is also the way out of a damaged index.
        before = None if options.rebuild else self._read_before()
        named = keep_names(named, before.sources) if before else named
        sources = list(named) or self._still_there(before.sources if before else list_remembered(self.index))
        builder, settings = self._builder(before)
        self.on_progress(Progress("scan", 0, 0, "files"))
        remembered = self._next_sources(named, before) or (before.sources if before else ())
        scanned = assign_options(scan(sources, exclude=[self.index.folder] if self.index.folder else []), remembered)
        self.counts.begin_scan(scanned)
        if options.rebuild and not options.allow_empty:
            check_rebuild(self.index, scanned.empty)
        reread = list_reread(scanned.files, named, before.sources, before.documents, options) if before else ()
        changes = compare(
            sources,
            scanned,
            before.documents if before else (),
            self.cache,
            reread=reread,
            checksum=options.checksum,
            prune=options.prune,
            remembered=remembered,
        )
        if not options.allow_empty:
            changes = keep_vanished(changes, scanned.empty)
        self.counts.begin(changes)
        self.progress.begin(changes.changed)
        pages = CachedPages(self.cache, self.progress.count_page)
        files = IsolatedReader(pages)
        remarks = FileRemarks(self.cache, forgetful=options.rebuild or bool(reread))
        remarks.begin(changes.changed)
        reader = ChangedFileReader(self.counts, files, remarks, pages.keep_for)
        # The index remembers other options with the first commit, after which nothing would be read again for them.
        few = None if reread else self._choose_few(before, settings)
        words_first = WordsFirst(builder, few)
        documents = builder.chunk(self._read(changes, reader))
        if options.rebuild:
            documents = chain(self._carried_over(), documents)
        additions = self._remove_gone(words_first.build(documents), reader, changes)
        if before and needs_reanalysis(before.settings) and not options.dry_run:
            additions = reanalyse_others(self.index, additions, reader.removals)
            message = "its words were analysed anew by this version; nothing was embedded again for that"
            self.counts.notices.append(Notice(self.index.location, message))
        with files:
            replaces = options.rebuild
            for step in words_first.divide(self._announce_commit(additions)):
                made = Changes(reader.removals, step, settings, self._next_sources(named, before))
                generation = self.index.commit(made, replace=replaces)
                replaces, self.progress.searchable = False, True
        if options.wait_for == "all" and not options.dry_run:
            generation = self._embed_pending(builder, settings, counted=words_first.pending)
        return self._report(generation, before, builder.embedder, time.perf_counter() - started)

    def _choose_few(self, before: _Before | None, settings: IndexSettings) -> int | None:
        """Up to how many passages are embedded before anything is committed; None for any number.

        An index that is rebuilt with its own model answers as before until the rebuilt one takes its place. Terms of
        one analyzer are never searched beside those of another.
        """
        options = self.options
        last = self.index.last_settings() if options.rebuild else None
        analysed_anew = before is not None and needs_reanalysis(before.settings)
        if options.dry_run or analysed_anew or (last is not None and last.encoder == settings.encoder):
            return None
        return 0 if options.wait_for == "words" else FEW

    def _embed_pending(self, builder: AdditionBuilder, settings: IndexSettings, counted: int) -> int:
        """Embed what is pending, also from earlier runs; ``counted`` passages are known to the progress already."""
        with self.index.reading() as snapshot:
            if not snapshot.pending:
                return snapshot.generation
            self.progress.count_chunked(max(0, snapshot.pending - counted))
        self.progress.searchable = True
        changed = {path: state[1] for path, state in self.cache.file_states().items()}
        return PendingEmbedder(self.index, replace(builder, on_chunked=lambda _: None), settings, changed).run()

    def _read_before(self) -> _Before:
        with self.index.reading() as snapshot:
            # Those of programs take no part.
            documents = tuple(stored for stored in snapshot.stored_documents() if stored.file)
            return _Before(snapshot.generation, snapshot.settings, documents, snapshot.sources)

    def _still_there(self, remembered: Sequence[Source]) -> list[Source]:
        """The remembered sources without those that are gone, whose documents stay."""
        gone = [source for source in remembered if not exists(source)]
        reason = "its documents stay in the index; `retriever forget` removes them (in Python: Retriever.forget)"
        self.counts.skipped.extend(SkippedSource(source.name, f"no longer there: {reason}") for source in gone)
        return [source for source in remembered if source not in gone]

    def _builder(self, before: _Before | None) -> tuple[AdditionBuilder, IndexSettings]:
        """What makes additions of documents, and the settings that it works by."""
        options = self.options
        built_with = before.settings if before else None
        chosen = self.index.last_settings() if options.rebuild else built_with
        chunking = choose_chunking(options.passage_tokens, chosen)
        keep_tokens = options.token_vectors
        if keep_tokens is None and chosen:
            # A rebuild may come with another model, which has none.
            keep_tokens = bool(chosen.tokens) and (built_with is not None or self.model.has_token_vectors)
        settings = choose_settings(
            self.model, self.name, chunking, built_with, token_vectors=keep_tokens, where=self.index.location
        )
        embedder = (CountingEmbedder if options.dry_run else CachedEmbedder)(
            self.model, self.cache, self.progress.count_embedded, workers=self.workers
        )
        codec = find_codec(settings.tokens, settings.dimension) if settings.tokens else None
        if options.dry_run:  # which is refused where the run would be, and encodes nothing
            codec = None
        return AdditionBuilder(self.model, embedder, codec, chunking, self.progress.count_chunked), settings

    def _next_sources(self, named: Sequence[Source], before: _Before | None) -> tuple[Source, ...] | None:
        """What the index remembers from now on; None for what it remembers already."""
        if not named:
            return list_remembered(self.index) if self.options.rebuild else None
        if before is None or self.options.prune:
            return tuple(dict.fromkeys(named))
        paths = {source.path for source in named}
        kept = [source for source in before.sources if source.path not in paths]
        return tuple(dict.fromkeys([*kept, *named]))

    def _read(self, changes: SourceChanges, reader: ChangedFileReader) -> Iterator[tuple[Document, StoredDocument]]:
        unknown = iter([changed for changed in changes.changed if not reader.is_known(changed)])
        following = next(unknown, None)
        for changed in changes.changed:
            if changed is following:
                following = next(unknown, None)
            self.progress.begin_file(changed)
            for document, stored in reader.read(changed, following):
                self.progress.count_document(document)
                yield document, stored
            self.progress.end_file()

    def _carried_over(self) -> Iterator[tuple[StoredDocument, Sequence[Passage]]]:
        """The documents that programs added, which no source can bring back, for an index that is built anew."""
        try:
            with self.index.reading() as snapshot:
                yield from program_documents(snapshot)
        except IndexNotFoundError:
            return
        except StorageError as error:
            message = f"documents that programs added cannot be read and are lost; add them again: {error}"
            self.counts.notices.append(Notice(self.index.location, message))

    @staticmethod
    def _remove_gone(
        additions: Iterator[Addition], reader: ChangedFileReader, changes: SourceChanges
    ) -> Iterator[Addition]:
        """The additions; what is gone is removed with the last of them, when moved files have been read."""
        yield from additions
        reader.removals += [document.key for documents in changes.gone for document in documents]

    def _announce_commit(self, additions: Iterator[Addition]) -> Iterator[Addition]:
        yield from additions
        if not self.options.dry_run:
            self.on_progress(Progress("commit", 0, 0, ""))

    def _report(self, generation: int, before: _Before | None, embedder: CachedEmbedder, seconds: float) -> SyncReport:
        counts = self.counts
        with self.index.reading() as after:
            documents, passages, pending = after.documents, after.passages, after.pending
        return SyncReport(
            generation=generation,
            committed=not self.options.dry_run and (before is None or generation != before.generation),
            added=counts.added,
            changed=counts.changed,
            moved=counts.moved,
            removed=counts.removed,
            unchanged=counts.unchanged,
            documents=documents,
            passages=passages,
            embedded=embedder.embedded,
            reused=embedder.reused,
            pending=pending,
            seconds=seconds,
            dry_run=self.options.dry_run,
            files=tuple(counts.list_files()),
            skipped=tuple(counts.skipped),
            notices=(*counts.notices, *counts.describe_waiting(self.index.location)),
        )
