"""What an index is to ingestion and search: changes go in by commit, answers come out of a snapshot.

The local index is the first implementation; a distributed one can stand beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from retriever.text.titled import titled

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.types import Neighbour, Passage, Vectors

    Refs = npt.NDArray[np.int64]
    Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the index keeps it.

    ``key`` is unique in the index and stable: the file's absolute path, for a row with ``#`` and its id.
    ``file`` is the absolute path of the file that it came from, ``file_hash`` the digest of that file's
    bytes (of the rows of one file the last one has it, the others ""), ``hash`` the digest of everything about
    the document that the index stores.
    """

    key: str
    id: str
    source: str
    file: str
    file_hash: str
    hash: str
    title: str = ""
    language: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as fetched from a snapshot; ``ref`` names it within that snapshot only, ``id`` always.

    ``position`` counts the document's passages from 0; ``terms`` is the passage's length in analyzer terms.
    """

    ref: int
    id: str
    position: int
    passage: Passage
    document: StoredDocument
    terms: int = 0

    @property
    def searched(self) -> str:
        """What words are looked for in; see ``searched``."""
        return searched(self.document, self.passage, self.position)


def searched(document: StoredDocument, passage: Passage, position: int) -> str:
    """What words are looked for in: the passage's text, and of a document's first passage the title as well."""
    return passage.text if position else titled(document.title, passage.text)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages with one stage's scores, best first; ties are ordered by passage id. Both arrays have one length."""

    refs: Refs
    scores: Scores


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """What BM25 needs: live passages, their mean length in analyzer terms, passages that hold each term."""

    passages: int
    mean_length: float
    document_frequency: Mapping[str, int]


class Snapshot(Protocol):
    """One generation, immutable, safe to read from many threads. Refs run over 0..size of its segments."""

    @property
    def generation(self) -> int: ...

    @property
    def passage_count(self) -> int:
        """Live passages."""
        ...

    @property
    def document_count(self) -> int:
        """Live documents."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the index was built with: fingerprints, chunking and analyzer settings."""
        ...

    def dense(self, vector: Vectors, limit: int, *, within: Refs | None = None) -> Candidates:
        """The ``limit`` live passages of the largest inner product with ``vector`` (float32 [dimension]).

        More are returned where the last one ties. ``within`` restricts the search, exactly. Scores are exact; in a
        large index a few of the best may be missed, at a recall that the index has measured.
        """
        ...

    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Refs | None = None) -> Candidates:
        """The ``limit`` live passages of the largest sum of weights of the terms that they hold.

        Weights are positive. Of passages that tie at the edge, those of the smallest ids are taken.
        """
        ...

    def term_statistics(self, terms: Sequence[str]) -> TermStatistics: ...

    def vectors(self, refs: Sequence[int]) -> Vectors:
        """The passages' vectors, float32 [len(refs), dimension]."""
        ...

    def tokens(self, refs: Sequence[int]) -> list[bytes]:
        """The passages' token vectors as they were added; b"" for one that was added without."""
        ...

    def passages(self, refs: Sequence[int]) -> list[StoredPassage]: ...

    def neighbours(self, ref: int, count: int) -> tuple[list[Neighbour], list[Neighbour]]:
        """Up to ``count`` passages before and after one in its document, both in document order."""
        ...

    def language_counts(self) -> Mapping[str, int]:
        """Passages by language, with those deleted that still take space. Nothing is read for it."""
        ...

    def of_language(self, language: str) -> Refs:
        """Refs of the live passages in a language, ascending."""
        ...

    def languages(self) -> list[str]:
        """The language of the passage of every ref, "" for one that is not live."""
        ...

    def pages(self) -> list[int | None]:
        """The page of the passage of every ref, None for one that is not live or of a format without pages."""
        ...

    def headings(self) -> list[tuple[str, ...]]:
        """The heading trail of the passage of every ref, outermost first, empty for one that is not live."""
        ...

    def documents(self) -> Iterator[tuple[Refs, StoredDocument]]:
        """Every live document with the refs of its passages, in no particular order."""
        ...

    def statistics(self) -> IndexStatistics: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Addition:
    """A document to add with its passages and their vectors (float32 [len(passages), dimension]).

    ``tokens`` holds each passage's token vectors as bytes, in an index that keeps them; empty in one that does not.
    """

    document: StoredDocument
    passages: Sequence[Passage]
    vectors: Vectors
    tokens: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """One commit: documents (by key) to take out, documents to put in. A key in both is replaced.

    An addition whose key the index holds already replaces that document, listed in ``removals`` or not.
    ``additions`` is consumed as a stream and may be larger than memory.
    """

    removals: Sequence[str]
    additions: Iterable[Addition]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IndexStatistics:
    """What one generation holds, in numbers.

    ``languages`` counts passages by language, ``bytes`` the files by kind (passages, vectors, postings,
    manifest). ``deleted`` passages still take space; ``created`` is the time of the commit, ISO 8601 in UTC.
    """

    generation: int
    created: str
    documents: int
    passages: int
    deleted: int
    segments: int
    dimension: int
    bytes: Mapping[str, int]
    languages: Mapping[str, int]


class EmbeddingStore(Protocol):
    """What a sync may remember: embeddings by fingerprint and text hash, files by size and time of change.

    It saves work and decides nothing.
    """

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        """The vectors that are there, float32 [dimension] each, by text hash."""
        ...

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors, float32 [len(hashes), dimension], rounded to half precision."""
        ...

    def get_bytes(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """What ``put_bytes`` kept and is there, by text hash."""
        ...

    def put_bytes(self, fingerprint: str, hashes: Sequence[bytes], values: Sequence[bytes]) -> None:
        """Keep what was computed from texts as it is."""
        ...

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        """Each remembered file's size in bytes, time of change in nanoseconds and hash, by path."""
        ...

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> None: ...


class Index(Protocol):
    @property
    def path(self) -> Path:
        """Where it is; sources in it are never indexed."""
        ...

    @property
    def cache(self) -> EmbeddingStore: ...

    def reading_cache(self) -> EmbeddingStore:
        """The same as it is, for who must write nothing at all; it may not be written to."""
        ...

    def writing(self, *, timeout: float = 0.0) -> AbstractContextManager[None]:
        """Hold the right to write, waiting for it up to ``timeout`` seconds.

        Raises IndexLockedError, which names who has it.
        """
        ...

    def snapshot(self) -> Snapshot:
        """The newest generation."""
        ...

    def last_settings(self) -> Mapping[str, Any]:
        """What the newest generation was built with, also where the index is damaged; empty where nothing says so."""
        ...

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """Make the changes visible together and return the new generation's number.

        ``replace`` takes out everything that was there without reading it, so that an index that is damaged
        or was built with other settings can be built anew while readers keep the old one. Where nothing
        differs no generation is made and the last one's number is returned.
        """
        ...
