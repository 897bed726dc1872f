"""One sync: scan the sources, find what differs from the last generation, index that, commit once.

What did not change is neither read nor embedded, and nothing is visible before the commit.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.chunking.title import title_of
from retriever.documents import read_file
from retriever.errors import ReadError, UsageError
from retriever.index.interface import Addition, Changes, StoredDocument
from retriever.index.settings import IndexSettings
from retriever.ingest.difference import ChangedFile, Difference, compare
from retriever.ingest.embed import CachedEmbedder, CachedTokenEncoder
from retriever.ingest.identity import stored_document
from retriever.ingest.scan import scan
from retriever.ingest.settings import chunk_settings, index_settings
from retriever.text.language import detect
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document, Notice, Passage, Progress, SkippedSource, SyncReport

if TYPE_CHECKING:
    from retriever.index.interface import Index
    from retriever.ingest.scan import ScannedFile
    from retriever.models.interface import Encoder

# Passages gathered over documents before they are embedded together: bounds the memory of a sync.
GROUP = 256
# Characters of a document that tell its language.
LANGUAGE_SAMPLE = 2000

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a sync may be told; see ``Retriever.sync``."""

    rebuild: bool = False
    encoding: str | None = None
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE
    passage_tokens: int | None = None
    late: bool | None = None


def sync(
    index: Index,
    encoder: Encoder,
    model: str,
    sources: Sequence[str | Path],
    options: SyncOptions,
    on_progress: OnProgress | None = None,
) -> SyncReport:
    """Bring ``index`` up to ``sources``; see ``Retriever.sync`` for what it does and raises."""
    if not sources:
        raise UsageError("no source to index", hint="name at least one folder, file or pattern")
    with index.writing():
        return _Sync(index, encoder, model, options, on_progress or (lambda _: None)).run(sources)


@dataclass(slots=True)
class _Pending:
    """A document on its way: chunked, not yet embedded."""

    stored: StoredDocument
    passages: list[Passage]
    texts: list[str]


@dataclass(slots=True)
class _Sync:
    index: Index
    encoder: Encoder
    model: str
    options: SyncOptions
    on_progress: OnProgress
    removals: list[str] = field(default_factory=list)
    leaving: Counter[str] = field(default_factory=Counter)
    skipped: list[SkippedSource] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    done: int = 0
    files: int = 0
    passages: int = 0
    tokens: CachedTokenEncoder | None = None

    def run(self, sources: Sequence[str | Path]) -> SyncReport:
        started = time.perf_counter()
        # A rebuild looks at nothing that is there: it is also the way out of a damaged index.
        before = None if self.options.rebuild else self.index.snapshot()
        built_with = IndexSettings.of(before.settings) if before and before.settings else None
        chunking = chunk_settings(self.options.passage_tokens, built_with)
        settings = index_settings(
            self.encoder, self.model, chunking, built_with, late=self.options.late, where=self.index.path
        )
        self.on_progress(Progress("scan", 0, 0, "files"))
        scanned = scan(sources, exclude=[self.index.path])
        self.skipped.extend(scanned.skipped)
        self.notices.extend(Notice(source, "no file in it that can be indexed") for source in scanned.empty)
        stored = [document for _, document in before.documents()] if before else []
        read_all = self.options.encoding is not None
        difference = compare(sources, scanned, stored, self.index.cache, read_all=read_all)
        self.skipped.extend(difference.skipped)
        self.unchanged = difference.unchanged
        self.files = len(difference.changed)
        embedder = CachedEmbedder(self.encoder, self.index.cache, self._count_passages)
        if settings.tokens:
            self.tokens = CachedTokenEncoder(self.encoder, self.index.cache)
        self._drop(difference)
        changes = Changes(self.removals, self._additions(difference, chunking, embedder), settings.to_dict())
        generation = self.index.commit(changes, replace=self.options.rebuild)
        after = self.index.snapshot()
        return SyncReport(
            generation=generation,
            committed=before is None or generation != before.generation,
            added=self.added,
            changed=self.changed,
            moved=self.moved,
            removed=self.removed,
            unchanged=self.unchanged,
            documents=after.statistics().documents,
            passages=after.passage_count,
            embedded=embedder.embedded,
            reused=embedder.reused,
            seconds=time.perf_counter() - started,
            skipped=tuple(self.skipped),
            notices=tuple(self.notices),
        )

    def _drop(self, difference: Difference) -> None:
        """Take out what is gone; what is then read from a new file of the same bytes has moved."""
        digests = {document.file: document.file_hash for document in difference.gone if document.file_hash}
        for document in difference.gone:
            self.removals.append(document.key)
            self.leaving[digests.get(document.file, "")] += 1
        self.removed = len(difference.gone)

    def _arrived(self, digest: str) -> None:
        """Count a document that was not there before, of a file with this digest."""
        if self.leaving[digest]:
            self.leaving[digest] -= 1
            self.removed -= 1
            self.moved += 1
        else:
            self.added += 1

    def _additions(
        self, difference: Difference, chunking: ChunkSettings, embedder: CachedEmbedder
    ) -> Iterator[Addition]:
        pending: list[_Pending] = []
        waiting = 0
        for changed in difference.changed:
            for item in self._read(changed, chunking):
                pending.append(item)
                waiting += len(item.passages)
                if waiting >= GROUP:
                    yield from self._embed(pending, embedder)
                    pending, waiting = [], 0
            self.done += 1
            self._count_passages(0)
        yield from self._embed(pending, embedder)
        self.on_progress(Progress("commit", 0, 0, ""))

    def _read(self, changed: ChangedFile, chunking: ChunkSettings) -> Iterator[_Pending]:
        """The documents of one file that are new or differ; those it no longer has are taken out."""
        previous = {document.key: document for document in changed.previous}
        held: Document | None = None
        refused = False
        # The digest of a file stands with its last document, and so says that the file was read to its end.
        digest = changed.digest
        try:
            for document in self._documents(changed.file):
                if held:
                    yield from self._compared(held, changed, "", previous, chunking)
                held = document
        except ReadError as error:
            digest = ""
            reason = f"{error}; {error.hint}" if error.hint else str(error)
            self.skipped.append(SkippedSource(changed.file.source, reason))
            refused = isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, FileNotFoundError)
        if held:
            yield from self._compared(held, changed, digest, previous, chunking)
        if refused:
            # The disk or the permissions refuse it now; what was read of it before stays.
            self.unchanged += len(previous)
        else:
            self.removals.extend(previous)
            self.removed += len(previous)

    def _documents(self, file: ScannedFile) -> Iterator[Document]:
        """The documents of a file as read, each id once."""
        options = self.options
        seen: set[str] = set()
        for document in read_file(
            file.path,
            source=file.source,
            report=self._report,
            encoding=options.encoding,
            max_file_size=options.max_file_size,
        ):
            if document.id in seen:
                self.notices.append(Notice(file.source, f"the id {document.id!r} occurs again; the first is kept"))
                continue
            seen.add(document.id)
            yield _described(document)

    def _compared(
        self,
        document: Document,
        changed: ChangedFile,
        digest: str,
        previous: dict[str, StoredDocument],
        chunking: ChunkSettings,
    ) -> Iterator[_Pending]:
        """The document if it has to be written; it is taken out of ``previous``."""
        stored = stored_document(document, str(changed.file.path), digest)
        before = previous.pop(stored.key, None)
        if before is None:
            self._arrived(changed.digest)
        elif before.hash != stored.hash:
            self.changed += 1
        else:
            self.unchanged += 1
            if before.file_hash == digest:
                return
        yield self._chunked(document, stored, chunking)

    def _chunked(self, document: Document, stored: StoredDocument, chunking: ChunkSettings) -> _Pending:
        passages = chunk(
            document, token_spans=self.encoder.token_spans, limit=self.encoder.passage_limit, settings=chunking
        )
        texts = [embedding_text(document.title, passage.heading, passage.text, chunking) for passage in passages]
        return _Pending(stored, passages, texts)

    def _report(self, item: Notice | SkippedSource) -> None:
        if isinstance(item, Notice):
            self.notices.append(item)
        else:
            self.skipped.append(item)

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


def _described(document: Document) -> Document:
    """The document with its title and language found in its text where the format gives none."""
    title = document.title or title_of(document)
    language = document.language or detect(document.text[:LANGUAGE_SAMPLE]).language
    return replace(document, title=title, language=language)
