"""The frozen values that packages exchange: documents, passages, sources. For hits see ``hits``.

Offsets count Unicode code points of a document's text as read, never bytes and never normalised text.
Nothing here computes, reads or stores.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from retriever.frozen import dataclass

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors: TypeAlias = npt.NDArray[np.float32]
    Refs: TypeAlias = npt.NDArray[np.int64]

Mode = Literal["hybrid", "dense", "lexical"]
WaitFor = Literal["all", "words"]

Duplicates = Literal["fold", "show"]

DEFAULT_MAX_FILE_SIZE = 64 * 1024 * 1024
"""In bytes; larger files are skipped by default."""


TABLE_MARK = "▦ "
"""What a heading of a passage begins with that is the caption, or the heads of the columns, of the table it is from."""

MEMBER = "!"
"""What stands between the name of a container and that of its member: ``reports.zip!2024/budget.txt``."""


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


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where the text from ``start`` on stands in the file, as a citation names it: ``Sheet1!A2:D2``, ``00:01:05``.

    ``confidence`` is how sure the recognition of the text is, 0 to 1; None for text that was not recognised.
    """

    start: int
    name: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One source text.

    ``id`` is the public name of the document: the id of a JSONL or CSV row, else its source; a program that adds
    documents chooses it. ``source`` is the path as the user knows it; for a document of a program it is what citations
    show (a URL, for example), by default the id. ``headings`` is the outline from the markup, None if the format has
    no markup and the outline is detected in the text. ``pages`` has the offset of each page, and is empty without
    pages. ``places``, in order, name what is cited in formats with other places than lines and pages. ``line`` is the
    line of a row in its file, None for other documents. ``language`` is an ISO 639-1 code, "" if unknown.
    """

    id: str
    text: str = ""
    _: KW_ONLY
    source: str = ""
    title: str = ""
    language: str = ""
    headings: tuple[Heading, ...] | None = None
    pages: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    line: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as an index stores it.

    ``key`` is unique in the index and stable: the absolute path of the file, followed by ``#`` and the id for a row;
    ``program:`` and the id for a document that a program added. For a member of a container, ``!`` and its name follow
    the path, there and in ``source``. ``file`` is the absolute path of the file, "" for a document of a program.
    ``file_hash`` is the digest of the bytes of that file (of several rows of a file the last one has it, the others
    ""; of a file that was read in part, another digest or ""), ``hash`` the digest of everything about the document
    that the index stores. ``passages`` is the number of its passages in the index, 0 before it is stored.
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

    @property
    def member(self) -> str:
        """The name of the member of ``file`` that the document is; "" for one that is not in a container."""
        tail = self.key[len(self.file) :]
        if not self.file or not tail.startswith(MEMBER):
            return ""
        # Behind the name of a member with rows stands the id of the row, which may hold anything.
        while tail and not self.source.endswith(tail):
            tail = tail.rpartition("#")[0]
        return tail.removeprefix(MEMBER)

    @property
    def file_source(self) -> str:
        """The source of the file: that of the container for a member."""
        return self.source.removesuffix(MEMBER + self.member) if self.member else self.source


@dataclass(frozen=True, slots=True)
class Source:
    """A folder, file or pattern with documents of an index, and the options for reading its files.

    ``path`` is absolute, ``name`` is the path as the user named it. ``encoding`` overrides the detected encoding of
    text files; ``max_file_size`` is in bytes, None for no limit. With ``follow`` links in a folder are followed out of
    it.
    """

    path: str
    name: str
    encoding: str | None = None
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE
    follow: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {
            "path": self.path,
            "name": self.name,
            "encoding": self.encoding,
            "max_file_size": self.max_file_size,
            "follow": self.follow,
        }


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: ``document.text[start:end] == text``.

    ``heading`` is the trail of headings above it, outermost first. ``line`` and ``page`` count from 1;
    ``page`` is None where the format has no pages. ``breaks`` has the offset in ``text`` at which each further page
    begins. ``places`` are those of its document that it lies in, the first of them at 0, by offsets in ``text``.
    ``tokens`` is its length in the model's tokens, heading trail included when that is embedded.
    """

    text: str
    start: int
    end: int
    heading: tuple[str, ...] = ()
    line: int = 1
    page: int | None = None
    language: str = ""
    tokens: int = 0
    breaks: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()

    def place_at(self, offset: int) -> str:
        """The name of the place of the character at an offset in ``text``; "" where the format has none."""
        at = bisect_right(self.places, offset, key=lambda place: place.start)
        return self.places[max(0, at - 1)].name if self.places else ""

    @property
    def recognised(self) -> float | None:
        """How sure the recognition of the text is, 0 to 1, by the length of its places; None if none of it was."""
        starts = [*(place.start for place in self.places), len(self.text)]
        found = [
            (place.confidence, end - start)
            for place, (start, end) in zip(self.places, pairwise(starts), strict=True)
            if place.confidence is not None and end > start
        ]
        total = sum(length for _, length in found)
        return round(sum(value * length for value, length in found) / total, 3) if total else None

    def page_at(self, offset: int) -> int | None:
        """The page of the character at an offset in ``text``; None where the format has no pages."""
        return None if self.page is None else self.page + bisect_right(self.breaks, offset)

    @property
    def end_page(self) -> int | None:
        """The page on which the passage ends."""
        return self.page_at(len(self.text) - 1)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A passage beside a hit in its document, fetched for context."""

    text: str
    start: int
    end: int
    line: int
    page: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"text": self.text, "start": self.start, "end": self.end, "line": self.line, "page": self.page}
