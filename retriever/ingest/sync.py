"""One sync: scan the sources, find what differs from the last generation, index that, commit once.

What did not change is neither read nor embedded, and nothing is visible before the commit.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.arguments import require_count, require_flag, require_text
from retriever.documents import IsolatedReader
from retriever.documents.encodings import check_encoding
from retriever.errors import IndexNotFoundError, StorageError, UsageError
from retriever.index.interface import Addition, Changes
from retriever.ingest.additions import AdditionBuilder
from retriever.ingest.changes import SourceChanges, compare
from retriever.ingest.counts import Counts
from retriever.ingest.dry_run import CountingEmbedder, DryRunIndex, ReadOnlyStore
from retriever.ingest.embed import CachedEmbedder
from retriever.ingest.program import program_documents
from retriever.ingest.progress import IndexingProgress
from retriever.ingest.read import ChangedFileReader
from retriever.ingest.reanalysis import needs_reanalysis, reanalyse_others
from retriever.ingest.scan import scan
from retriever.ingest.settings import choose_chunking, choose_settings, require_token_vectors
from retriever.ingest.sources import exists, find_matches, resolve_source
from retriever.ingest.vanished import check_rebuild, keep_vanished
from retriever.reports import Notice, Progress, SkippedSource, SyncReport
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document, Source, StoredDocument

if TYPE_CHECKING:
    from retriever.index.cache.access import IndexCache
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.index.interface import Index
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to sync; see ``Retriever.sync``.

    ``reread`` says whether files are read again that have not changed where an encoding is given, ``wait`` is how many
    seconds to wait while another process writes.
    """

    rebuild: bool = False
    encoding: str | None = None
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE
    passage_tokens: int | None = None
    token_vectors: bool | None = None
    prune: bool = False
    checksum: bool = False
    dry_run: bool = False
    wait: float = 0.0
    follow: bool = False
    allow_empty: bool = False
    reread: bool = True

    def __post_init__(self) -> None:
        for name in ("rebuild", "prune", "checksum", "dry_run", "follow", "allow_empty"):
            require_flag(name, getattr(self, name))
        require_flag("token_vectors", self.token_vectors, optional=True)
        require_text("encoding", self.encoding, optional=True, hint='such as: encoding="gb18030"')
        require_count("max_file_size", self.max_file_size, optional=True)


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
        _check_refresh(index, options)
    report_progress = on_progress or (lambda _: None)
    if options.dry_run:
        dry = DryRunIndex(index)
        store = ReadOnlyStore(cache.view())
        with model.indexing():
            report = _Sync(dry, store, model, name, options, report_progress).run(named)
        return replace(report, documents=dry.documents, passages=dry.passages)
    with index.writing(timeout=options.wait), model.indexing():
        return _Sync(index, cache.open(), model, name, options, report_progress).run(named)


def _remembered(index: Index) -> tuple[Source, ...]:
    """The sources that an index remembers; none where there is no index yet."""
    with suppress(IndexNotFoundError), index.reading() as snapshot:
        return snapshot.sources
    return ()


def _check_refresh(index: Index, options: SyncOptions) -> None:
    """Raises UsageError where the remembered sources cannot be refreshed with these options."""
    remembered = _remembered(index)
    if not remembered:
        place = shlex.quote(index.location)
        hint = f"name at least one: retriever index SOURCE... --index {place} (in Python: Retriever.sync(SOURCE))"
        raise UsageError(f"the index {index.location} remembers no sources", hint=hint)
    if options.encoding is not None or options.max_file_size != DEFAULT_MAX_FILE_SIZE or options.follow:
        message = "an encoding, a maximum file size and following links belong to the sources that are named with them"
        raise UsageError(message, hint="name the sources, too; the index remembers each one's options")
    gone = [source.name for source in remembered if not exists(source)] if options.rebuild or options.prune else []
    if gone:
        action = "rebuild" if options.rebuild else "prune"
        message = f"cannot {action} without the remembered sources that are gone: {', '.join(gone)}"
        raise UsageError(message, hint="bring them back, forget them (retriever forget), or name the sources to keep")


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
    counts: Counts = field(default_factory=Counts)
    progress: IndexingProgress = field(init=False)

    def __post_init__(self) -> None:
        self.progress = IndexingProgress(self.on_progress)

    def run(self, named: Sequence[Source]) -> SyncReport:
        started = time.perf_counter()
        options = self.options
        # A rebuild takes over what was chosen and looks at nothing else: it is also the way out of a damaged index.
        before = None if options.rebuild else self._read_before()
        sources = list(named) or self._still_there(before.sources if before else _remembered(self.index))
        builder, settings = self._builder(before)
        self.on_progress(Progress("scan", 0, 0, "files"))
        scanned = scan(sources, exclude=[self.index.folder] if self.index.folder else [])
        self.counts.skipped.extend(scanned.skipped)
        self.counts.notices.extend((*scanned.ignored, *scanned.broken, *scanned.outside))
        self.counts.notices.extend(Notice(source.name, "no file in it that can be indexed") for source in scanned.empty)
        if options.rebuild and not options.allow_empty:
            check_rebuild(self.index, scanned.empty)
        changes = compare(
            sources,
            scanned,
            before.documents if before else (),
            self.cache,
            read_all=bool(named) and options.encoding is not None and options.reread,
            checksum=options.checksum,
            prune=options.prune,
        )
        if not options.allow_empty:
            changes = keep_vanished(changes, scanned.empty)
        self.counts.begin(changes)
        self.progress.begin(changes.changed)
        files = IsolatedReader()
        reader = ChangedFileReader(self.counts, files)
        reader.removals += [document.key for documents in changes.gone for document in documents]
        additions = builder.build(self._read(changes, reader))
        if options.rebuild:
            additions = chain(self._carried_over(builder), additions)
        if before and needs_reanalysis(before.settings) and not options.dry_run:
            additions = reanalyse_others(self.index, additions, reader.removals)
            message = "its words were analysed anew by this version; nothing was embedded again for that"
            self.counts.notices.append(Notice(self.index.location, message))
        with files:
            generation = self.index.commit(
                Changes(
                    reader.removals, self._announcing_commit(additions), settings, self._next_sources(named, before)
                ),
                replace=options.rebuild,
            )
        return self._report(generation, before, builder.embedder, time.perf_counter() - started)

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
        keep_tokens = bool(chosen.tokens) if options.token_vectors is None and chosen else options.token_vectors
        settings = choose_settings(
            self.model, self.name, chunking, built_with, token_vectors=keep_tokens, where=self.index.location
        )
        embedder = (CountingEmbedder if options.dry_run else CachedEmbedder)(
            self.model, self.cache, self.progress.count_embedded
        )
        keeps_tokens = bool(settings.tokens) and not options.dry_run
        return AdditionBuilder(self.model, embedder, keeps_tokens, chunking, self.progress.count_chunked), settings

    def _next_sources(self, named: Sequence[Source], before: _Before | None) -> tuple[Source, ...] | None:
        """What the index remembers from now on; None for what it remembers already."""
        if not named:
            return _remembered(self.index) if self.options.rebuild else None
        if before is None or self.options.prune:
            return tuple(dict.fromkeys(named))
        paths = {source.path for source in named}
        kept = [source for source in before.sources if source.path not in paths]
        return tuple(dict.fromkeys([*kept, *named]))

    def _read(self, changes: SourceChanges, reader: ChangedFileReader) -> Iterator[tuple[Document, StoredDocument]]:
        for changed, following in zip_longest(changes.changed, changes.changed[1:]):
            self.progress.begin_file(changed)
            for document, stored in reader.read(changed, following):
                self.progress.count_document(document)
                yield document, stored
            self.progress.end_file()

    def _carried_over(self, builder: AdditionBuilder) -> Iterator[Addition]:
        """The documents that programs added, which no source can bring back, for an index that is built anew."""
        try:
            with self.index.reading() as snapshot:
                yield from builder.build_again(program_documents(snapshot))
        except IndexNotFoundError:
            return
        except StorageError as error:
            message = f"documents that programs added cannot be read and are lost; add them again: {error}"
            self.counts.notices.append(Notice(self.index.location, message))

    def _announcing_commit(self, additions: Iterator[Addition]) -> Iterator[Addition]:
        yield from additions
        if not self.options.dry_run:
            self.on_progress(Progress("commit", 0, 0, ""))

    def _report(self, generation: int, before: _Before | None, embedder: CachedEmbedder, seconds: float) -> SyncReport:
        counts = self.counts
        with self.index.reading() as after:
            documents, passages = after.documents, after.passages
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
            seconds=seconds,
            dry_run=self.options.dry_run,
            files=tuple(counts.list_files()),
            skipped=tuple(counts.skipped),
            notices=tuple(counts.notices),
        )
