"""Documents that a program adds and removes, beside those that come from files.

They are a source of their own: no sync and no prune touches them. Their keys cannot be mistaken for those of files,
which are absolute paths.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from retriever.arguments import require_count, require_flag
from retriever.errors import UsageError
from retriever.index.interface import Addition, Changes
from retriever.ingest.additions import AdditionBuilder
from retriever.ingest.embed import CachedEmbedder
from retriever.ingest.identity import document_hash
from retriever.ingest.program_checks import check_document, require_documents, require_ids
from retriever.ingest.read import complete
from retriever.ingest.reanalysis import needs_reanalysis, reanalyse_others
from retriever.ingest.seen import SeenDocuments
from retriever.ingest.settings import choose_chunking, choose_settings, require_token_vectors
from retriever.locks import WORK
from retriever.models.scoring.token_forms import find_codec
from retriever.reports import AddReport, Progress, RemoveReport
from retriever.types import Document, StoredDocument

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.index.cache.access import IndexCache
    from retriever.index.interface import Index, Snapshot
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Passage

PREFIX = "program:"
# Documents that are looked up at a time, and characters of their texts: both bound the memory that they take.
_BATCH = 256
_BATCH_CHARACTERS = 1 << 20

_Outcome = Literal["added", "replaced", "unchanged"]

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class AddOptions:
    """How to add; see ``Retriever.add``. ``wait`` is how many seconds to wait while another process writes."""

    passage_tokens: int | None = None
    token_vectors: bool | None = None
    wait: float = 0.0

    def __post_init__(self) -> None:
        require_flag("token_vectors", self.token_vectors, optional=True)
        require_count("passage_tokens", self.passage_tokens, at_least=1, optional=True)


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
    require_documents(documents)
    if options.token_vectors:
        require_token_vectors(model, index.location)
    with index.writing(timeout=options.wait), model.indexing(), closing(SeenDocuments()) as seen:
        return _Add(index, cache, model, options, on_progress or (lambda _: None), seen).run(name, documents)


@dataclass(slots=True)
class _Add:
    index: Index
    cache: IndexCache
    model: EmbeddingModel
    options: AddOptions
    on_progress: OnProgress
    seen: SeenDocuments
    counts: Counter[_Outcome] = field(default_factory=Counter)
    passages: int = 0

    def run(self, name: str, documents: Iterable[Document]) -> AddReport:
        started = time.perf_counter()
        options, store = self.options, self.cache.open()
        with self.index.reading() as snapshot:
            before, built_with = snapshot.generation, snapshot.settings
        chunking = choose_chunking(options.passage_tokens, built_with)
        keep_tokens = bool(built_with.tokens) if options.token_vectors is None and built_with else options.token_vectors
        settings = choose_settings(
            self.model, name, chunking, built_with, token_vectors=keep_tokens, where=self.index.location
        )
        embedder = CachedEmbedder(self.model, store, self._count_passages)
        codec = find_codec(settings.tokens, settings.dimension) if settings.tokens else None
        builder = AdditionBuilder(self.model, embedder, codec, chunking)
        additions = builder.build(self._differing(documents))
        if needs_reanalysis(built_with):
            additions = reanalyse_others(self.index, additions, ())
        additions = self._announcing_commit(additions)
        generation = self.index.commit(Changes([], additions, settings))
        with self.index.reading() as snapshot:
            total, passages = snapshot.documents, snapshot.passages
        return AddReport(
            generation=generation,
            committed=generation != before,
            added=self.counts["added"],
            replaced=self.counts["replaced"],
            unchanged=self.counts["unchanged"],
            documents=total,
            passages=passages,
            embedded=embedder.embedded,
            reused=embedder.reused,
            seconds=time.perf_counter() - started,
        )

    def _differing(self, documents: Iterable[Document]) -> Iterator[tuple[Document, StoredDocument]]:
        """The documents that the index does not hold as they are, checked and completed."""
        for batch in _batches(check_document(given, number) for number, given in enumerate(documents)):
            pairs = [(document, _make_stored(document)) for document in map(complete, batch)]
            keys = list(dict.fromkeys(stored.key for _, stored in pairs))
            with self.index.reading() as snapshot:
                known = {stored.key: stored.hash for stored in snapshot.stored_documents(keys)}
            given = self.seen.get(keys)
            for document, stored in pairs:
                held, earlier = known.get(stored.key), given.get(stored.key)
                given[stored.key] = stored.hash
                # Of documents with one id the last counts, in the report, too.
                if earlier is not None:
                    self.counts[_compare(held, earlier)] -= 1
                self.counts[_compare(held, stored.hash)] += 1
                if stored.hash != (held if earlier is None else earlier):
                    yield document, stored
            self.seen.put(given)
            # Documents that are not embedded count as progress, too.
            self._count_passages(0)

    def _count_passages(self, count: int) -> None:
        self.passages += count
        self.on_progress(Progress("index", self.counts.total(), 0, "documents", f"{self.passages} passages"))

    def _announcing_commit(self, additions: Iterator[Addition]) -> Iterator[Addition]:
        yield from additions
        self.on_progress(Progress("commit", 0, 0, ""))


def _compare(held: str | None, hash_: str) -> _Outcome:
    """What becomes of the document that the index holds with a hash, None for no document."""
    if held is None:
        return "added"
    return "unchanged" if held == hash_ else "replaced"


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """The documents in lists, none of which takes much memory."""
    batch: list[Document] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document.text)
        if len(batch) >= _BATCH or characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def remove(index: Index, ids: Sequence[str], where: Filter | None, *, wait: float = 0.0) -> RemoveReport:
    """Take out documents that a program added, by id and by filter; see ``Retriever.remove``."""
    require_ids(ids)
    with index.writing(timeout=wait):
        with index.reading() as snapshot:
            before, settings = snapshot.generation, snapshot.settings
            keys, missing = _find_ids(snapshot, ids)
            if where is not None:
                keys.update(_find_matches(snapshot, where))
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
    own = (stored for stored in snapshot.stored_documents() if not stored.file)
    while batch := list(islice(own, _BATCH)):
        found = snapshot.find_documents([stored.id for stored in batch])
        passages = {stored[0].document.key: [one.passage for one in stored] for stored in found}
        for stored in batch:
            yield replace(stored, passages=0), passages.get(stored.key, [])


def _find_ids(snapshot: Snapshot, ids: Sequence[str]) -> tuple[set[str], tuple[str, ...]]:
    """The keys of the documents of these ids, and the ids that no document has.

    Raises UsageError for the id of a document that comes from a file.
    """
    wanted = {f"{PREFIX}{id_}": id_ for id_ in ids}
    keys = {stored.key for stored in snapshot.stored_documents(list(wanted))}
    missing = {id_ for key, id_ in wanted.items() if key not in keys}
    for stored in snapshot.stored_documents() if missing else ():
        if stored.file and stored.id in missing:
            raise UsageError(
                f"document {stored.id!r} comes from the file {stored.file}, not from a program",
                hint="delete the file and sync, or forget its source",
            )
    return keys, tuple(id_ for id_ in wanted.values() if id_ in missing)


def _find_matches(snapshot: Snapshot, where: Filter) -> list[str]:
    """The keys of the documents of programs that match. Raises FilterError."""
    with WORK.hold():
        from retriever.filters.evaluate import match_documents

    own = (stored for stored in snapshot.stored_documents() if not stored.file)
    return [stored.key for stored in match_documents(where, own)]


def _make_stored(document: Document) -> StoredDocument:
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
