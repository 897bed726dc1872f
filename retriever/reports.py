"""What the parts of Retriever report: what a sync did, what an index contains, how far a piece of work is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from retriever.types import Source, StoredDocument

Stage = Literal["model", "scan", "index", "commit", "evaluate"]


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
        """The values as JSON-ready types."""
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
        """The values as JSON-ready types."""
        result = {name: getattr(self, name) for name in self.__slots__}
        result["files"] = [item.to_dict() for item in self.files]
        result["skipped"] = [{"source": item.source, "reason": item.reason} for item in self.skipped]
        result["notices"] = [{"source": item.source, "message": item.message} for item in self.notices]
        return result


@dataclass(frozen=True, slots=True)
class AddReport:
    """What adding documents did: how many were new, replaced others or were there already; ``documents`` and
    ``passages`` of the index afterwards; passages ``embedded`` and ``reused``; seconds taken."""

    generation: int
    committed: bool
    added: int
    replaced: int
    unchanged: int
    documents: int
    passages: int
    embedded: int
    reused: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class RemoveReport:
    """What removing documents did: how many went, the ids that no document had, ``documents`` of the index after."""

    generation: int
    committed: bool
    removed: int
    missing: tuple[str, ...]
    documents: int

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__} | {"missing": list(self.missing)}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that verification found: the file or table, what is wrong, the command that repairs it."""

    where: str
    message: str
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {"where": self.where, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document that an index holds, as hits name it, and the number of its ``passages``."""

    document: str
    source: str
    title: str
    language: str
    passages: int

    @classmethod
    def of(cls, stored: StoredDocument) -> IndexedDocument:
        """What a stored document looks like to users."""
        return cls(stored.id, stored.source, stored.title, stored.language, stored.passages)

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SourceStatistics:
    """A source that an index remembers, the number of ``documents`` that it brings, and whether it is still there.

    A document that several sources bring counts for each of them.
    """

    source: Source
    documents: int
    exists: bool

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {**self.source.to_dict(), "documents": self.documents, "exists": self.exists}


@dataclass(frozen=True, slots=True)
class IndexStatistics:
    """What one generation of an index contains, in numbers.

    ``created`` is the time of the commit, ISO 8601 in UTC. ``deleted`` passages still take space. ``languages`` counts
    passages by language code, ``bytes`` the space taken by kind (passages, vectors, tokens, postings, manifest).
    ``model`` is the embedding model's name and ``settings`` all that the index was built with. ``sources`` are those
    that the index remembers, ``program_documents`` counts the documents that programs added.
    """

    index: str
    generation: int
    created: str
    documents: int
    passages: int
    deleted: int
    segments: int
    dimension: int
    bytes: Mapping[str, int]
    languages: Mapping[str, int]
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[SourceStatistics, ...] = ()
    program_documents: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        result = {name: getattr(self, name) for name in self.__slots__}
        for name in ("bytes", "languages", "settings"):
            result[name] = dict(result[name])
        result["sources"] = [source.to_dict() for source in self.sources]
        return result


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is. ``total`` is 0 while unknown; ``unit`` names what is counted."""

    stage: Stage
    done: int
    total: int
    unit: str
    detail: str = ""
