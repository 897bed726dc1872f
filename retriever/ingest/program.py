"""Documents that a program adds and removes, beside those that come from files.

They are a source of their own: no sync and no prune touches them. Their keys cannot be mistaken for those of files,
which are absolute paths.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from retriever.errors import UsageError
from retriever.index.interface import Changes
from retriever.ingest.additions import AdditionBuilder
from retriever.ingest.embed import CachedEmbedder, CachedTokenEncoder
from retriever.ingest.identity import document_hash
from retriever.ingest.read import complete
from retriever.ingest.settings import chunk_settings, index_settings, require_token_vectors
from retriever.reports import AddReport, Progress, RemoveReport
from retriever.types import Document, StoredDocument

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.index.cache.access import IndexCache
    from retriever.index.interface import Index, Snapshot
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Passage

PREFIX = "program:"
# Documents read from a snapshot at a time.
_BATCH = 256

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class AddOptions:
    """How to add; see ``Retriever.add``. ``wait`` is how many seconds to wait while another process writes."""

    passage_tokens: int | None = None
    token_vectors: bool | None = None
    wait: float = 0.0


def add(
    index: Index,
    cache: IndexCache,
    model: EmbeddingModel,
    name: str,
    documents: Iterable[Document],
    options: AddOptions,
    on_progress: OnProgress | None = None,
) -> AddReport:
    """Add documents in one commit; see ``Retriever.add`` for what it does and raises.

    ``documents`` is consumed as a stream. ``name`` is what loads ``model`` again.
    """
    if options.token_vectors:
        require_token_vectors(model, index.location)
    with index.writing(timeout=options.wait), model.indexing():
        return _Add(index, cache, model, options, on_progress or (lambda _: None)).run(name, documents)


@dataclass(slots=True)
class _Add:
    index: Index
    cache: IndexCache
    model: EmbeddingModel
    options: AddOptions
    on_progress: OnProgress
    known: Mapping[str, str] = field(default_factory=dict)
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    passages: int = 0
    seen: dict[str, str] = field(default_factory=dict)

    def run(self, name: str, documents: Iterable[Document]) -> AddReport:
        started = time.perf_counter()
        options, store = self.options, self.cache.open()
        with self.index.reading() as snapshot:
            before, built_with = snapshot.generation, snapshot.settings
            self.known = {stored.key: stored.hash for stored in snapshot.stored_documents() if not stored.file}
        chunking = chunk_settings(options.passage_tokens, built_with)
        keep_tokens = bool(built_with.tokens) if options.token_vectors is None and built_with else options.token_vectors
        settings = index_settings(
            self.model, name, chunking, built_with, token_vectors=keep_tokens, where=self.index.location
        )
        embedder = CachedEmbedder(self.model, store, self._count_passages)
        tokens = CachedTokenEncoder(self.model, store) if settings.tokens else None
        builder = AdditionBuilder(self.model, embedder, tokens, chunking)
        generation = self.index.commit(Changes([], builder.build(self._differing(documents)), settings))
        with self.index.reading() as snapshot:
            total, passages = snapshot.documents, snapshot.passages
        return AddReport(
            generation=generation,
            committed=generation != before,
            added=self.added,
            replaced=self.replaced,
            unchanged=self.unchanged,
            documents=total,
            passages=passages,
            embedded=embedder.embedded,
            reused=embedder.reused,
            seconds=time.perf_counter() - started,
        )

    def _differing(self, documents: Iterable[Document]) -> Iterator[tuple[Document, StoredDocument]]:
        """The documents that the index does not hold as they are, checked and completed."""
        for number, given in enumerate(documents):
            document = complete(_check(given, number))
            stored = _stored(document)
            before = self.seen.get(stored.key, self.known.get(stored.key))
            if before == stored.hash:
                self.unchanged += stored.key not in self.seen
                self.seen.setdefault(stored.key, stored.hash)
                continue
            if stored.key not in self.seen:
                self.added += before is None
                self.replaced += before is not None
            self.seen[stored.key] = stored.hash
            yield document, stored

    def _count_passages(self, count: int) -> None:
        self.passages += count
        done = self.added + self.replaced + self.unchanged
        self.on_progress(Progress("index", done, 0, "documents", f"{self.passages} passages"))


def remove(index: Index, ids: Sequence[str], where: Filter | None, *, wait: float = 0.0) -> RemoveReport:
    """Take out documents that a program added, by id and by filter; see ``Retriever.remove``."""
    with index.writing(timeout=wait):
        with index.reading() as snapshot:
            before, settings = snapshot.generation, snapshot.settings
            keys, missing = _select(snapshot, ids, where)
        generation = index.commit(Changes(sorted(keys), [], settings)) if keys else before
        with index.reading() as snapshot:
            documents = snapshot.documents
    return RemoveReport(
        generation=generation,
        committed=generation != before,
        removed=len(keys),
        missing=missing,
        documents=documents,
    )


def program_documents(snapshot: Snapshot) -> Iterator[tuple[StoredDocument, Sequence[Passage]]]:
    """The documents that programs added, with the passages that they were cut into."""
    own = [stored for stored in snapshot.stored_documents() if not stored.file]
    for first in range(0, len(own), _BATCH):
        batch = own[first : first + _BATCH]
        found = snapshot.find_documents([stored.id for stored in batch])
        passages = {stored[0].document.key: [one.passage for one in stored] for stored in found}
        for stored in batch:
            yield replace(stored, passages=0), passages.get(stored.key, [])


def _select(snapshot: Snapshot, ids: Sequence[str], where: Filter | None) -> tuple[set[str], tuple[str, ...]]:
    """The keys of the documents to take out, and the ids that no document of a program has.

    Raises UsageError for the id of a document that comes from a file.
    """
    from retriever.filters.evaluate import holds
    from retriever.filters.fields import Fields

    wanted = dict.fromkeys(ids)
    keys: set[str] = set()
    found: set[str] = set()
    files: dict[str, str] = {}
    for stored in snapshot.stored_documents():
        if stored.file:
            if stored.id in wanted:
                files[stored.id] = stored.source
            continue
        if stored.id in wanted:
            found.add(stored.id)
        if stored.id in wanted or (where is not None and holds(where.root, Fields(stored).values)):
            keys.add(stored.key)
    missing = [id_ for id_ in wanted if id_ not in found]
    for id_ in missing:
        if id_ in files:
            raise UsageError(
                f"document {id_!r} comes from the file {files[id_]}, not from a program",
                hint="delete the file and sync, or forget its source",
            )
    return keys, tuple(missing)


def _stored(document: Document) -> StoredDocument:
    return StoredDocument(
        key=f"{PREFIX}{document.id}",
        id=document.id,
        source=document.source,
        file="",
        file_hash="",
        hash=document_hash(document),
        title=document.title,
        language=document.language,
        metadata=document.metadata,
    )


def _check(document: Document, number: int) -> Document:
    """The document, refused by a UsageError where it cannot be kept as it is; ``number`` counts from 0."""
    if not isinstance(document, Document):
        raise UsageError(f"document {number} is not a Document but {type(document).__name__}")
    for name in ("id", "source", "text", "title", "language"):
        if not isinstance(getattr(document, name), str):
            raise UsageError(f"document {number}: {name} must be text, not {getattr(document, name)!r}")
    if not document.id:
        raise UsageError(f"document {number} has no id", hint="give each document an id, by which it is replaced")
    if not isinstance(document.metadata, Mapping):
        raise UsageError(f"document {document.id!r}: metadata must be a mapping, not {document.metadata!r}")
    for name, value in document.metadata.items():
        if not isinstance(name, str) or not _is_plain(value):
            raise UsageError(
                f"document {document.id!r}: metadata field {name!r} cannot be kept: {value!r}",
                hint="values are text, numbers, true or false, or lists of these",
            )
    return replace(document, source=document.source or document.id, metadata=dict(document.metadata))


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(one) and not isinstance(one, list) for one in value)
    return isinstance(value, str | bool | int) or (isinstance(value, float) and value - value == 0)
