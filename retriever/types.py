"""The values that pass between rooms: documents, passages and reports, all frozen; for hits see ``hits``.

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

    ``id`` is the public name of the document: the id of a JSONL or CSV row, else its source.
    ``source`` is the path as the user knows it. ``headings`` is the outline that the format marks up,
    None where the format has none and it has to be found in the text. ``pages`` holds the offset at which
    each page starts (empty where there are none). ``line`` is set for a row: the line of the file that
    all of it stands on. ``language`` is an ISO 639-1 code, empty while unknown.
    """

    id: str
    source: str
    text: str
    title: str = ""
    language: str = ""
    headings: tuple[Heading, ...] | None = None
    pages: tuple[int, ...] = ()
    line: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


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
        return {"text": self.text, "start": self.start, "end": self.end, "line": self.line, "page": self.page}


@dataclass(frozen=True, slots=True)
class SkippedSource:
    """A source that could not be read, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a source that the user should know: a guessed encoding, a replaced character."""

    source: str
    message: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of which a document was added, changed, moved or removed; ``before`` is where a moved one was."""

    what: Literal["added", "changed", "moved", "removed"]
    source: str
    before: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"what": self.what, "source": self.source, "before": self.before}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, or with ``dry_run`` would have done: documents by what became of them, passages embedded and
    reused, the ``files`` that differed by name, seconds taken."""

    generation: int
    committed: bool
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    documents: int = 0
    passages: int = 0
    embedded: int = 0
    reused: int = 0
    seconds: float = 0.0
    dry_run: bool = False
    files: tuple[FileChange, ...] = ()
    skipped: tuple[SkippedSource, ...] = ()
    notices: tuple[Notice, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        result = {name: getattr(self, name) for name in self.__slots__}
        result["files"] = [item.to_dict() for item in self.files]
        result["skipped"] = [{"source": item.source, "reason": item.reason} for item in self.skipped]
        result["notices"] = [{"source": item.source, "message": item.message} for item in self.notices]
        return result


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that verification found: the file or table, what is wrong, the command that mends it."""

    where: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document that an index holds, as hits name it, and the number of its ``passages``."""

    document: str
    source: str
    title: str
    language: str
    passages: int


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What an index holds, in numbers: ``bytes`` on disk by kind, ``languages`` as passages per code."""

    path: str
    generation: int
    created: str
    documents: int
    passages: int
    segments: int
    model: str
    dimension: int
    bytes: Mapping[str, int]
    languages: Mapping[str, int]
    settings: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        result = {name: getattr(self, name) for name in self.__slots__}
        for name in ("bytes", "languages", "settings"):
            result[name] = dict(result[name])
        return result


Stage = Literal["model", "scan", "index", "commit", "evaluate"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is. ``total`` is 0 while unknown; ``unit`` names what is counted."""

    stage: Stage
    done: int
    total: int
    unit: str
    detail: str = ""
