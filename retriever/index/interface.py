"""The storage contract between ingestion, search and maintenance and the engine that stores an index.

An engine proposes candidates and fetches passages; it never decides a score that a user sees. Writes are commits, reads
go through a snapshot. ``tests/index/contract`` tests every engine against this contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from retriever.frozen import dataclass
from retriever.index.statistics import Guarantees, LanguageSums, TermStatistics
from retriever.text.readings import append_readings
from retriever.text.titles import prepend_title
from retriever.types import TABLE_MARK, Source, StoredDocument

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.filters import Filter
    from retriever.index.settings import IndexSettings
    from retriever.reports import IndexStatistics, Problem
    from retriever.types import Neighbour, Passage, Refs, Vectors

    Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PassageTerms:
    """The analyzer terms of a passage: the ``distinct`` ones, and their number with repetitions, ``length``."""

    distinct: Collection[str]
    length: int


@dataclass(frozen=True, slots=True)
class Addition:
    """A document to add, with its passages and what was computed from them.

    ``vectors`` is float32 [len(passages), dimension]; an engine may round it to half precision. It is float32
    [len(passages), 0] for a document that is ``pending``: its vectors are computed later, until when it is found by its
    words alone. ``terms`` are those of ``indexed_text``. ``tokens`` has the encoded token vectors of each passage; it
    is empty for an index that stores none, and for a pending document. Strings may contain NUL and lone surrogates;
    metadata is whatever JSON can hold. All come back as they were.
    """

    document: StoredDocument
    passages: Sequence[Passage]
    vectors: Vectors
    terms: Sequence[PassageTerms]
    tokens: Sequence[bytes] = ()

    @property
    def pending(self) -> bool:
        """Whether its vectors are still to come."""
        return bool(self.passages) and self.vectors.ndim == 2 and self.vectors.shape[1] == 0


def split_additions(
    documents: Iterable[tuple[StoredDocument, Sequence[Passage], Sequence[PassageTerms]]],
    vectors: Vectors,
    tokens: Sequence[bytes],
) -> Iterator[Addition]:
    """An addition for each document, with its rows of ``vectors`` and ``tokens``, which cover all passages in order."""
    start = 0
    for document, passages, terms in documents:
        end = start + len(passages)
        yield Addition(document, passages, vectors[start:end], terms, tokens[start:end])
        start = end


@dataclass(frozen=True, slots=True)
class Changes:
    """One commit: the keys of documents to remove, and documents to add.

    An addition replaces the document of the same key in the index, whether ``removals`` lists it or not; of several
    additions with the same key the last counts. ``additions`` is consumed as a stream and may be larger than memory;
    ``removals`` is read after it but concerns only documents that were in the index before this commit. ``settings``
    replaces the remembered settings, even with None; ``sources`` replaces the remembered sources unless it is None.
    """

    removals: Sequence[str]
    additions: Iterable[Addition]
    settings: IndexSettings | None
    sources: tuple[Source, ...] | None = None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage fetched from a snapshot; ``ref`` is valid in that snapshot only, ``id`` in all.

    ``position`` counts the document's passages from 0; ``terms`` is the passage's length in analyzer terms.
    ``vector`` (float32 [dimension]) and ``tokens`` are set if requested; ``tokens`` is empty where none are stored, and
    a passage of a pending document has neither.
    """

    ref: int
    id: str
    position: int
    passage: Passage
    document: StoredDocument
    terms: int = 0
    vector: Vectors | None = field(default=None, compare=False)
    tokens: bytes = field(default=b"", compare=False)

    @property
    def indexed_text(self) -> str:
        """The text that is indexed for lexical search; see ``indexed_text``."""
        return indexed_text(self.document, self.passage, self.position)


def indexed_text(document: StoredDocument, passage: Passage, position: int) -> str:
    """The text of a passage that is indexed for lexical search.

    It is the first with the title, all with readings, and rows of a table with its caption and heads.
    """
    text = passage.text
    labels = [text.removeprefix(TABLE_MARK) for text in passage.heading if text.startswith(TABLE_MARK)]
    if labels:
        text = "\n".join((*(label for label in labels if label not in text), text))
    text = text if position else prepend_title(document.title, text)
    return append_readings(text, document.metadata)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages with the scores of one stage, best first: ``refs`` int64 [n], ``scores`` float32 [n]."""

    refs: Refs
    scores: Scores


class Selection(Protocol):
    """The passages of one snapshot that match a filter; opaque: a list of refs, or an expression for the engine.

    It must not reference its snapshot, so that it can be cached for the snapshot and released with it.
    """

    @property
    def count(self) -> int:
        """How many passages match."""


class Snapshot(Protocol):
    """One generation, immutable and safe to read from many threads.

    It is hashable by identity and weakly referenceable, and as long as it is referenced the engine returns the same
    object for its generation, so that results can be cached for a generation. Refs are opaque int64: neither dense nor
    ordered, and valid for this snapshot only.
    """

    @property
    def generation(self) -> int:
        """The number of the commit that created it; 0 before the first commit."""

    @property
    def documents(self) -> int:
        """The number of live documents."""

    @property
    def passages(self) -> int:
        """The number of live passages."""

    @property
    def pending(self) -> int:
        """The number of live passages of pending documents."""

    @property
    def settings(self) -> IndexSettings | None:
        """What the index was built with; None before the first commit."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that the index remembers."""

    @property
    def guarantees(self) -> Guarantees:
        """What is guaranteed about its candidates."""

    def select(self, where: Filter) -> Selection:
        """The passages that match ``where``, by ``filters.evaluate``. Raises FilterError for a field of no document."""

    def dense(self, vector: Vectors, limit: int, *, within: Selection | None = None) -> Candidates:
        """The ``limit`` live passages of the largest inner product with ``vector`` (float32 [dimension]).

        ``within`` restricts the search exactly: ``limit`` passages are returned if as many match. Those of pending
        documents never do. Scores are exact to single precision. More may be returned where the last one ties. Raises
        ValueError for a vector of another dimension or with a value that is not finite, and TypeError for a selection
        of another snapshot.
        """

    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Selection | None = None) -> Candidates:
        """The ``limit`` live passages with the largest sum of the (positive) weights of the terms that they contain.

        Passages that contain none of the terms are not returned. ``within`` as for ``dense``. Raises ValueError for a
        weight that is not positive.
        """

    def term_statistics(self, terms: Sequence[str]) -> TermStatistics:
        """Statistics with a document frequency for every one of ``terms``, 0 where no passage contains it."""

    @property
    def languages(self) -> Mapping[str, LanguageSums]:
        """Sums over the live passages by language code, "" for an unknown language."""

    def fetch(self, refs: Sequence[int], *, vectors: bool = False, tokens: bool = False) -> list[StoredPassage]:
        """The passages in the order of ``refs``, in one round trip.

        Raises IndexError for a ref that does not belong to this snapshot.
        """

    def around(self, refs: Sequence[int], count: int) -> list[tuple[list[Neighbour], list[Neighbour]]]:
        """For each ref, up to ``count`` passages before and after it in its document, in document order."""

    def find(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        """The existing passages with these ids, each once, in the order of ``passage_ids``."""

    def find_documents(self, document_ids: Sequence[str]) -> list[list[StoredPassage]]:
        """The passages of every document with one of these public ids: one list per document, in document order.

        Several documents may share an id (rows of different files). Documents without passages are left out.
        """

    def stored_documents(self, keys: Sequence[str] | None = None) -> Iterator[StoredDocument]:
        """Every live document, or those of ``keys``, with the number of its passages, as a stream in no order."""

    def pending_documents(self) -> Iterator[StoredDocument]:
        """Every live document that is pending, as a stream in no order."""

    def additions(self, keys: Sequence[str] | None = None) -> Iterator[Addition]:
        """Every live document, or those of ``keys``, as it was added, in no order.

        For export, import, migration to another engine, and for what is computed later.
        """

    def statistics(self) -> IndexStatistics:
        """The statistics of the generation."""


class Index(Protocol):
    """An index at one location. Safe to use from many threads."""

    @property
    def location(self) -> str:
        """Its folder or URI, as named in messages: absolute, and always spelled alike, for it identifies the index."""

    @property
    def folder(self) -> Path | None:
        """The folder that is the index: scans leave it out, and the embedding cache lies in it.

        None for any other, even for one file on the local disk: its cache is in the user's cache, by ``location``.
        """

    def reading(self) -> AbstractContextManager[Snapshot]:
        """The newest generation, while the context is open.

        A new index, opened with ``create``, reads as generation 0, empty, until its first commit. Every failure of the
        storage inside is raised as a StorageError that names ``location``, never as a bare error of a library. What the
        caller raises passes through, so convert errors where the library is called; only if the storage is damaged may
        IndexCorruptError take its place.

        Raises IndexNotFoundError, IndexCorruptError, IndexReadError, IndexVersionError.
        """

    def writing(self, *, timeout: float = 0.0) -> AbstractContextManager[None]:
        """Hold the write lock, after waiting up to ``timeout`` seconds for it; the same thread may nest it.

        One lock for all objects of the index, in all processes. Raises IndexLockedError, which names ``location`` and
        the holder, a thread of this process or another process.
        """

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """Apply all changes atomically and return the number of the new generation.

        ``replace`` removes all previous contents, sources included, without reading them, so that an index that is
        damaged or was built with other settings can be rebuilt while readers keep the old generation. If nothing is
        added or removed, and settings and sources are unchanged, no generation is created; the last number is returned.

        Takes the lock as ``writing`` does. Raises what ``writing`` and ``changes`` raise, a StorageError that names
        ``location`` if it cannot be written, ValueError for an addition whose vectors, terms or tokens do not fit its
        passages or whose vectors are of another length than those of the index, and UsageError when called from the
        stream of another commit's additions; then nothing has changed.
        """

    def last_settings(self) -> IndexSettings | None:
        """What the newest generation was built with, even if the index is damaged; None where that is unknown."""

    def verify(self, *, deep: bool) -> list[Problem]:
        """List the problems of the index; with ``deep`` check every byte and cross-reference. Changes nothing."""

    def close(self) -> None:
        """Release files and connections. Snapshots in use stay valid."""
