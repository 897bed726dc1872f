"""One sync: scan the sources, find what differs from the last generation, index that, commit once.

What did not change is neither read nor embedded, and nothing is visible before the commit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.documents.encodings import check_encoding
from retriever.errors import UsageError
from retriever.index.interface import Addition, Changes, StoredDocument
from retriever.index.settings import IndexSettings
from retriever.ingest.changes import SourceChanges, compare
from retriever.ingest.counts import Counts
from retriever.ingest.dry_run import CountingEmbedder, DryRun
from retriever.ingest.embed import CachedEmbedder, CachedTokenEncoder
from retriever.ingest.read import ChangedFileReader
from retriever.ingest.scan import scan
from retriever.ingest.settings import chunk_settings, index_settings, require_token_vectors
from retriever.ingest.sources import matches
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document, Notice, Passage, Progress, SyncReport

if TYPE_CHECKING:
    from retriever.index.interface import Index, Snapshot
    from retriever.models.embedding_model import EmbeddingModel

# Passages gathered over documents before they are embedded together: bounds the memory of a sync.
GROUP = 256

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a sync may be told; see ``Retriever.sync``.

    ``reread`` is whether a given encoding has files read again that have not changed, ``wait`` how many seconds to
    wait while another process writes.
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
    reread: bool = True


def sync(
    index: Index,
    model: EmbeddingModel,
    name: str,
    sources: Sequence[str | Path],
    options: SyncOptions,
    on_progress: OnProgress | None = None,
) -> SyncReport:
    """Bring ``index`` up to ``sources``; see ``Retriever.sync`` for what it does and raises."""
    if not sources:
        raise UsageError("no source to index", hint="name at least one folder, file or pattern")
    if not os.path.exists(index.path):
        # What is refused leaves no index behind.
        if options.token_vectors:
            require_token_vectors(model, index.path)
        for source in sources:
            matches(source)
        if options.encoding is not None:
            check_encoding(options.encoding)
    tell = on_progress or (lambda _: None)
    if options.dry_run:
        rehearsal = DryRun(index)
        with model.indexing():
            report = _Sync(rehearsal, model, name, options, tell).run(sources)
        return replace(report, documents=rehearsal.documents, passages=rehearsal.passages)
    with index.writing(timeout=options.wait), model.indexing():
        return _Sync(index, model, name, options, tell).run(sources)


@dataclass(slots=True)
class _Pending:
    """A document on its way: chunked, not yet embedded."""

    stored: StoredDocument
    passages: list[Passage]
    texts: list[str]


@dataclass(slots=True)
class _Sync:
    index: Index
    model: EmbeddingModel
    name: str
    options: SyncOptions
    on_progress: OnProgress
    tally: Counts = field(default_factory=Counts)
    done: int = 0
    files: int = 0
    passages: int = 0
    tokens: CachedTokenEncoder | None = None

    def run(self, sources: Sequence[str | Path]) -> SyncReport:
        started = time.perf_counter()
        options = self.options
        # A rebuild takes over what was chosen and looks at nothing else: it is also the way out of a damaged index.
        before = None if options.rebuild else self.index.snapshot()
        built_with = IndexSettings.of(before.settings) if before and before.settings else None
        chosen = IndexSettings.told(self.index.last_settings()) if options.rebuild else built_with
        chunking = chunk_settings(options.passage_tokens, chosen)
        token_vectors = bool(chosen.tokens) if options.token_vectors is None and chosen else options.token_vectors
        settings = index_settings(
            self.model, self.name, chunking, built_with, token_vectors=token_vectors, where=self.index.path
        )
        self.on_progress(Progress("scan", 0, 0, "files"))
        scanned = scan(sources, exclude=[self.index.path])
        self.tally.skipped.extend(scanned.skipped)
        self.tally.notices.extend(scanned.ignored)
        self.tally.notices.extend(Notice(source, "no file in it that can be indexed") for source in scanned.empty)
        difference = compare(
            sources,
            scanned,
            (document for _, document in before.documents()) if before else (),
            self.index.cache,
            read_all=options.encoding is not None and options.reread,
            checksum=options.checksum,
            prune=options.prune,
        )
        self.tally.begin(difference)
        self.files = len(difference.changed)
        embedder = (CountingEmbedder if options.dry_run else CachedEmbedder)(
            self.model, self.index.cache, self._count_passages
        )
        if settings.tokens and not options.dry_run:
            self.tokens = CachedTokenEncoder(self.model, self.index.cache)
        reading = ChangedFileReader(self.tally, options.encoding, options.max_file_size)
        reading.removals += [document.key for documents in difference.gone for document in documents]
        additions = self._additions(difference, reading, chunking, embedder)
        changes = Changes(reading.removals, additions, settings.to_dict())
        generation = self.index.commit(changes, replace=options.rebuild)
        return self._report(generation, before, embedder, time.perf_counter() - started)

    def _report(self, generation: int, before: Snapshot | None, embedder: CachedEmbedder, seconds: float) -> SyncReport:
        tally = self.tally
        after = self.index.snapshot()
        return SyncReport(
            generation=generation,
            committed=not self.options.dry_run and (before is None or generation != before.generation),
            added=tally.added,
            changed=tally.changed,
            moved=tally.moved,
            removed=tally.removed,
            unchanged=tally.unchanged,
            documents=after.document_count,
            passages=after.passage_count,
            embedded=embedder.embedded,
            reused=embedder.reused,
            seconds=seconds,
            dry_run=self.options.dry_run,
            files=tuple(tally.listed()),
            skipped=tuple(tally.skipped),
            notices=tuple(tally.notices),
        )

    def _additions(
        self, difference: SourceChanges, reading: ChangedFileReader, chunking: ChunkSettings, embedder: CachedEmbedder
    ) -> Iterator[Addition]:
        pending: list[_Pending] = []
        waiting = 0
        for changed in difference.changed:
            for document, stored in reading.read(changed):
                item = self._chunked(document, stored, chunking)
                pending.append(item)
                waiting += len(item.passages)
                if waiting >= max(GROUP, self.model.batch_size):
                    yield from self._embed(pending, embedder)
                    pending, waiting = [], 0
            self.done += 1
            self._count_passages(0)
        yield from self._embed(pending, embedder)
        if not self.options.dry_run:
            self.on_progress(Progress("commit", 0, 0, ""))

    def _chunked(self, document: Document, stored: StoredDocument, chunking: ChunkSettings) -> _Pending:
        passages = chunk(
            document, token_spans=self.model.token_spans, limit=self.model.passage_limit, settings=chunking
        )
        texts = [embedding_text(document.title, passage.heading, passage.text, chunking) for passage in passages]
        return _Pending(stored, passages, texts)

    def _count_passages(self, count: int) -> None:
        self.passages += count
        self.on_progress(Progress("index", self.done, self.files, "files", f"{self.passages} passages"))

    def _embed(self, pending: Sequence[_Pending], embedder: CachedEmbedder) -> Iterator[Addition]:
        passages = [passage for item in pending for passage in item.passages]
        vectors = embedder.embed(
            [text for item in pending for text in item.texts], [item.language for item in passages]
        )
        tokens = self.tokens.encode(passages) if self.tokens else []
        start = 0
        for item in pending:
            end = start + len(item.passages)
            yield Addition(item.stored, item.passages, vectors[start:end], tokens[start:end])
            start = end
