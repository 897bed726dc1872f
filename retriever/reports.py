"""Reports: what a sync did, what an index contains, the progress of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from retriever.frozen import dataclass
from retriever.types import Source

Stage = Literal["model", "scan", "index", "commit", "evaluate", "score"]


@dataclass(frozen=True, slots=True)
class SkippedSource:
    """A source that could not be read, and why; ``unfinished`` if the same bytes may be read another time."""

    source: str
    reason: str
    unfinished: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a source that the user should know: a guessed encoding, a replaced character."""

    source: str
    message: str


@dataclass(frozen=True, slots=True)
class WaitingPages:
    """Pictures of text in a source that wait for the extra that recognises them: ``pages`` of it, or ``images``."""

    source: str
    pages: int = 0
    images: int = 0


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file with an added, changed, moved or removed document; ``before`` is the former source of a moved one."""

    what: Literal["added", "changed", "moved", "removed"]
    source: str
    before: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"what": self.what, "source": self.source, "before": self.before}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, or with ``dry_run`` would have done.

    ``added`` to ``unchanged`` count documents by outcome; ``documents`` and ``passages`` are those of the index
    afterwards. ``embedded`` and ``reused`` count passages that were embedded, and those whose vectors came from the
    cache. ``files`` are the changed files, ``seconds`` the duration. ``pending`` passages have no vector yet and are
    found by their words alone; the next sync embeds them.
    """

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
    pending: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        result = {name: getattr(self, name) for name in self.__slots__}
        result["files"] = [item.to_dict() for item in self.files]
        result["skipped"] = [{"source": item.source, "reason": item.reason} for item in self.skipped]
        result["notices"] = [{"source": item.source, "message": item.message} for item in self.notices]
        return result


@dataclass(frozen=True, slots=True)
class AddReport:
    """What adding documents did.

    ``added``, ``replaced`` and ``unchanged`` count documents; ``documents`` and ``passages`` are those of the index
    afterwards. ``embedded`` and ``reused`` count passages that were embedded, and those whose vectors came from the
    cache. ``seconds`` is the duration.
    """

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
        """The fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class RemoveReport:
    """What removing documents did: the number ``removed``, unknown ids, and ``documents`` of the index afterwards."""

    generation: int
    committed: bool
    removed: int
    missing: tuple[str, ...]
    documents: int

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__} | {"missing": list(self.missing)}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem found by verification: the file, what is wrong, the command that repairs it."""

    where: str
    message: str
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"where": self.where, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document in an index, as hits name it, and the number of its ``passages``.

    ``path`` is the absolute path of its file, None for a document that a program added. ``date`` is a day, a month or
    a year in ISO 8601, "" if unknown. ``metadata`` is that of its hits.
    """

    document: str
    source: str
    title: str
    language: str
    passages: int
    path: str | None = None
    date: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__} | {"metadata": dict(self.metadata)}


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a field, and how many ``documents`` have it."""

    value: str | int | float | bool
    documents: int

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"value": self.value, "documents": self.documents}


@dataclass(frozen=True, slots=True)
class Facet:
    """A field that filters can use: how many ``documents`` have it, its ``distinct`` values, and the frequent ones."""

    name: str
    documents: int
    distinct: int
    values: tuple[FacetValue, ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        values = [value.to_dict() for value in self.values]
        return {"name": self.name, "documents": self.documents, "distinct": self.distinct, "values": values}


@dataclass(frozen=True, slots=True)
class SourceStatistics:
    """A source that an index remembers, the number of its ``documents``, and whether it still exists.

    A document of several sources counts for each of them.
    """

    source: Source
    documents: int
    exists: bool

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {**self.source.to_dict(), "documents": self.documents, "exists": self.exists}


@dataclass(frozen=True, slots=True)
class IndexStatistics:
    """What one generation of an index contains.

    ``created`` is the time of the commit, ISO 8601 in UTC. ``deleted`` passages still take disk space. ``languages``
    counts passages by language code, ``bytes`` is the size by kind (passages, vectors, tokens, postings, manifest,
    cache). ``model`` is the name of the embedding model, ``settings`` is what the index was built with. ``sources``
    are those that the index remembers, ``program_documents`` counts the documents that programs added. ``pending``
    passages have no vector yet and are found by their words alone; the next sync embeds them.
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
    pending: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        result = {name: getattr(self, name) for name in self.__slots__}
        for name in ("bytes", "languages", "settings"):
            result[name] = dict(result[name])
        result["sources"] = [source.to_dict() for source in self.sources]
        return result


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a long task. ``total`` is 0 while unknown; ``unit`` names what is counted.

    ``share`` is how much of the work is done, 0 to 1, where ``done`` of ``total`` does not tell: files are read long
    before they are embedded. It is an estimate that never goes back.
    """

    stage: Stage
    done: int
    total: int
    unit: str
    detail: str = ""
    share: float | None = None
