"""The values that pass between packages: documents, passages, sources; all frozen. For hits see ``hits``.

Offsets count Unicode code points of a document's text as read, never bytes and never normalised text.
Nothing here computes, reads or stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors: TypeAlias = npt.NDArray[np.float32]
    Refs: TypeAlias = npt.NDArray[np.int64]

Mode = Literal["hybrid", "dense", "lexical"]

Duplicates = Literal["fold", "show"]

DEFAULT_MAX_FILE_SIZE = 64 * 1024 * 1024
"""Bytes; a larger file is not read unless the user says so."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start`` (inclusive) to ``end`` (exclusive) of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an outline: its words, its level (1 is outermost) and its span in the document's text."""

    text: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One source text.

    ``id`` is the public name of the document: the id of a JSONL or CSV row, else its source; a program that adds
    documents chooses it. ``source`` is the path as the user knows it, and for a document of a program whatever a
    citation should show (a URL, say), by default its id. ``headings`` is the outline that the format marks up,
    None where the format has none and it has to be found in the text. ``pages`` holds the offset at which
    each page starts (empty where there are none). ``line`` is set for a row: the line of the file that
    all of it stands on. ``language`` is an ISO 639-1 code, empty while unknown.
    """

    id: str
    source: str = ""
    text: str = ""
    title: str = ""
    language: str = ""
    headings: tuple[Heading, ...] | None = None
    pages: tuple[int, ...] = ()
    line: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as an index keeps it.

    ``key`` is unique in the index and stable: the file's absolute path, for a row with ``#`` and its id, for a
    document that a program added ``program:`` and its id. ``file`` is the absolute path of the file that it came
    from, "" where it came from a program. ``file_hash`` is the digest of that file's bytes (of the rows of one file
    the last one has it, the others ""), ``hash`` the digest of everything about the document that the index stores.
    ``passages`` is how many the index holds of it, 0 before it is stored.
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
    passages: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A folder, file or pattern that an index gets documents from, and how its files are read.

    ``path`` is absolute, ``name`` is the path as it was named. ``encoding`` overrides the recognised encoding of text
    files; ``max_file_size`` is in bytes, None for no limit.
    """

    path: str
    name: str
    encoding: str | None = None
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {
            "path": self.path,
            "name": self.name,
            "encoding": self.encoding,
            "max_file_size": self.max_file_size,
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: ``document.text[start:end] == text``.

    ``heading`` is the trail of headings above it, outermost first. ``line`` and ``page`` count from 1;
    ``page`` is None where the format has no pages. ``tokens`` is its length in the model's tokens,
    heading trail included when that is embedded.
    """

    text: str
    start: int
    end: int
    heading: tuple[str, ...] = ()
    line: int = 1
    page: int | None = None
    language: str = ""
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A passage beside a hit in its document, fetched for context."""

    text: str
    start: int
    end: int
    line: int
    page: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {"text": self.text, "start": self.start, "end": self.end, "line": self.line, "page": self.page}
