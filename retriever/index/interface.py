"""The storage contract: what an index is to ingestion, search and maintenance, whichever engine keeps it.

An engine proposes candidates and fetches; it never decides a score that a user sees. Changes go in by commit, answers
come out of a snapshot. ``tests/index/contract`` tests every engine against this contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from retriever.text.titles import prepend_title
from retriever.types import Source, StoredDocument

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
    """The analyzer terms of a passage: the ``distinct`` ones, and its ``length``, which counts repeated ones too."""

    distinct: Collection[str]
    length: int


@dataclass(frozen=True, slots=True)
class Addition:
    """A document to add, with its passages and what was computed of each.

    ``vectors`` is float32 [len(passages), dimension]; an engine may round it to half precision. ``terms`` has the
    terms of ``indexed_text``. ``tokens`` holds each passage's token vectors as bytes, in an index that keeps them;
    it is empty in one that does not.
    """

    document: StoredDocument
    passages: Sequence[Passage]
    vectors: Vectors
    terms: Sequence[PassageTerms]
    tokens: Sequence[bytes] = ()


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
    """One commit: documents (by key) to take out, documents to put in. A key in both is replaced.

    An addition whose key the index holds replaces that document, listed in ``removals`` or not; of additions with one
    key the last counts. ``additions`` is consumed as a stream and may be larger than memory; ``removals`` is read
    after it. ``sources`` are what the index remembers from now on, None leaves them as they are.
    """

    removals: Sequence[str]
    additions: Iterable[Addition]
    settings: IndexSettings | None
    sources: tuple[Source, ...] | None = None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as fetched from a snapshot; ``ref`` names it within that snapshot only, ``id`` always.

    ``position`` counts the document's passages from 0; ``terms`` is the passage's length in analyzer terms.
    ``vector`` (float32 [dimension]) and ``tokens`` are there where they were asked for; ``tokens`` is empty where
    the index keeps none.
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
        """The text whose terms find the passage; see ``indexed_text``."""
        return indexed_text(self.document, self.passage, self.position)


def indexed_text(document: StoredDocument, passage: Passage, position: int) -> str:
    """The text whose terms find a passage: its own, and for a document's first passage the title as well."""
    return passage.text if position else prepend_title(document.title, passage.text)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages with one stage's scores, the best first: ``refs`` int64 [n], ``scores`` float32 [n]."""

    refs: Refs
    scores: Scores


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """What BM25 needs: live passages, their mean length in analyzer terms, passages that hold each term."""

    passages: int
    mean_length: float
    document_frequency: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class LanguageSums:
    """The live passages of one language: how many, and the sum of their vectors, float64 [dimension].

    Vectors are kept in half precision, so the sum is exact and does not depend on the order of commits.
    """

    passages: int
    vectors: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Guarantees:
    """What the candidates of an engine can be relied on for.

    ``exact`` says that no passage of a larger score is missed; else ``recall`` (0 to 1) of the best are found, as
    measured by the engine. ``ordered_ties`` says that of passages with equal scores the same ones come whatever the
    history of the index: then the same corpus gives the same ranking.
    """

    exact: bool = True
    recall: float = 1.0
    ordered_ties: bool = True


class Selection(Protocol):
    """The passages of one snapshot that match a filter: a list of refs or an expression, as the engine likes.

    It does not hold its snapshot, so that it can be kept beside it and goes with it.
    """

    @property
    def count(self) -> int:
        """How many passages match."""


class Snapshot(Protocol):
    """One generation, immutable and safe to read from many threads.

    It is hashable by identity and can be referred to weakly, and an engine gives the same object for a generation as
    long as anybody holds it, so that what was worked out for a generation can be kept beside it. Refs are int64
    without further meaning: they are neither dense nor ordered, and hold for this snapshot only.
    """

    @property
    def generation(self) -> int:
        """The number of the commit that made it; 0 before the first."""

    @property
    def documents(self) -> int:
        """Live documents."""

    @property
    def passages(self) -> int:
        """Live passages."""

    @property
    def settings(self) -> IndexSettings | None:
        """What the index was built with; None while nothing was ever committed."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where documents come from, as named by the last commit that changed them."""

    @property
    def guarantees(self) -> Guarantees:
        """What its candidates can be relied on for."""

    def select(self, where: Filter) -> Selection:
        """The passages that match, exactly as ``filters.evaluate`` defines it.

        Raises FilterError for a field that no document has.
        """

    def dense(self, vector: Vectors, limit: int, *, within: Selection | None = None) -> Candidates:
        """The ``limit`` live passages of the largest inner product with ``vector`` (float32 [dimension]).

        ``within`` restricts the search, exactly: where so many match, so many come. Scores are exact to single
        precision. More may be returned where the last one ties. Raises ValueError for a vector of another dimension
        and for a number that is not finite.
        """

    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Selection | None = None) -> Candidates:
        """The ``limit`` live passages of the largest sum of weights (positive) of the terms that they hold.

        Passages that hold none of the terms do not come. ``within`` as for ``dense``. Raises ValueError for a weight
        that is not positive.
        """

    def term_statistics(self, terms: Sequence[str]) -> TermStatistics:
        """For every one of ``terms`` there is a number, 0 where no passage holds it."""

    @property
    def languages(self) -> Mapping[str, LanguageSums]:
        """Live passages by language code, "" where it is unknown."""

    def fetch(self, refs: Sequence[int], *, vectors: bool = False, tokens: bool = False) -> list[StoredPassage]:
        """The passages in the order of ``refs``, in one round trip.

        Raises IndexError for a ref that is not of this snapshot.
        """

    def around(self, refs: Sequence[int], count: int) -> list[tuple[list[Neighbour], list[Neighbour]]]:
        """For each ref up to ``count`` passages before and after it in its document, both in document order."""

    def find(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        """The passages of these ids that are there, each once, in the order asked for."""

    def find_documents(self, document_ids: Sequence[str]) -> list[list[StoredPassage]]:
        """The passages, in document order, of every document that has one of these public ids; a list a document.

        Several documents may share an id (rows of different files). A document without passages gives no list.
        """

    def stored_documents(self, keys: Sequence[str] | None = None) -> Iterator[StoredDocument]:
        """Every live document, or those of ``keys``, with the number of its passages: a stream without an order."""

    def additions(self) -> Iterator[Addition]:
        """Every live document as it was added: what export, import and migration to another engine need."""

    def statistics(self) -> IndexStatistics:
        """The numbers of the generation."""


class Index(Protocol):
    """An index at one location. Safe to use from many threads."""

    @property
    def location(self) -> str:
        """What people and hints call it: a folder or a URI."""

    @property
    def folder(self) -> Path | None:
        """The folder that it lies in, which a scan leaves out; None for an index that is not on this machine's disk."""

    def reading(self) -> AbstractContextManager[Snapshot]:
        """The newest generation, for as long as the context lasts.

        Whatever storage makes fail inside ends as a StorageError: what is damaged or unreachable is never a bare
        error of a library. Raises IndexNotFoundError, IndexCorruptError, IndexReadError, IndexVersionError.
        """

    def writing(self, *, timeout: float = 0.0) -> AbstractContextManager[None]:
        """Hold the right to write, waiting for it up to ``timeout`` seconds; the same thread may nest it.

        Raises IndexLockedError, which names who has it.
        """

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """Make the changes visible together and return the new generation's number.

        ``replace`` takes out everything that was there, sources included, without reading it, so that an index that
        is damaged or was built with other settings can be built anew while readers keep the old one. Where there is
        nothing to add or to take out, and settings and sources are as before, no generation is made and the last
        one's number is returned.

        Nests in ``writing`` and raises what that raises, ValueError for an addition whose vectors, terms or tokens do
        not fit its passages, UsageError for a commit from within the stream of another one's additions, and what
        ``changes`` raises; then nothing has changed.
        """

    def last_settings(self) -> IndexSettings | None:
        """What the newest generation was built with, also where the index is damaged; None where nothing says so."""

    def verify(self, *, deep: bool) -> list[Problem]:
        """What is wrong with it: with ``deep`` every byte and cross-reference is checked. Changes nothing."""

    def close(self) -> None:
        """Let go of files and connections. Snapshots that are being read stay usable."""
