"""The results of a search: hits with their citations, in the schema that the command line and the API share.

Nothing here searches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, overload

from retriever.frozen import dataclass
from retriever.paths import local_path
from retriever.types import Mode, Neighbour, Span

# The fields of a hit that are always in its JSON, in order.
HIT_FIELDS = (
    *("rank", "score", "id", "document", "index", "source", "path", "citation", "title", "heading", "text"),
    *("start", "end", "line", "page", "end_page", "cited_page", "place", "recognised", "language"),
    *("sentence", "highlights", "scores", "duplicates", "metadata"),
)
# A first hit that scores at least this most likely answers, in every mode and language: the one threshold, from which
# what a command says, a context refuses and a server tells follow (docs/decisions/scores.md).
LIKELY = 0.3
# A hit that scores less shares little but a word or a subject with the question.
UNLIKELY = 0.1


def cite(source: str, path: str | None, line: int, page: int | None, place: str = "") -> str:
    """A citation that is valid in the working folder: ``path#place``, else ``path#page=N``, else ``path:line``.

    For a member of a container, ``path!member`` takes the place of the path.
    """
    file = source if path is None else local_path(source, path)
    if place:
        return f"{file}#{place}"
    return f"{file}:{line}" if page is None else f"{file}#page={page}"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A near-duplicate that was folded into a hit.

    ``document`` is the id of its document, ``index`` the location of its index, ``path`` the absolute path of its file
    (None for a document that a program added), ``page`` and ``place`` those of the sentence that answers, if it has the
    same one, else those at which it begins.
    """

    source: str
    start: int
    end: int
    line: int = 1
    document: str = ""
    path: str | None = None
    page: int | None = None
    index: str = field(default="", compare=False)
    place: str = ""

    @property
    def citation(self) -> str:
        """The citation of the duplicate; see ``cite``."""
        return cite(self.source, self.path, self.line, self.page, self.place)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__} | {"citation": self.citation}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one stage of the search contributed to a hit, in words.

    ``value`` is the score of the stage, ``effect`` its share of the final score (-1 to 1); both are None for a stage
    without a number. The effects of a hit add up to its score.
    """

    stage: str
    text: str
    value: float | None = None
    effect: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"stage": self.stage, "text": self.text, "value": self.value, "effect": self.effect}


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query.

    ``rank`` counts from 1. ``score`` is 0 to 1, larger is better; ``scores`` has the score of each stage. ``source`` is
    the source of the document as it was indexed, ``path`` the absolute path of its file (None for a document that a
    program added). ``start`` and ``end`` are offsets in the text of the document. ``page`` and ``end_page`` are the
    pages on which it begins and ends, ``cited_page`` is that of ``sentence``, the sentence that answers (None if
    unknown). ``place`` names where that stands in formats with other places than lines and pages, as a sheet and its
    cells; "" in others. ``recognised`` is how sure the recognition of its text on a picture is, 0 to 1, and None for
    text that was not recognised. ``sentence`` and ``highlights``, the words that the question shares or means, are
    spans in ``text``.
    ``before`` and ``after`` are neighbouring passages in document order. ``explanation`` says what each stage
    contributed, if requested. ``index`` is the location of the index that it was found in.
    """

    rank: int
    score: float
    id: str
    document: str
    source: str
    title: str
    heading: tuple[str, ...]
    text: str
    start: int
    end: int
    line: int
    page: int | None
    language: str
    highlights: tuple[Span, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    duplicates: tuple[Duplicate, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[Neighbour, ...] = ()
    after: tuple[Neighbour, ...] = ()
    sentence: Span | None = None
    explanation: tuple[Contribution, ...] = ()
    path: str | None = None
    end_page: int | None = None
    cited_page: int | None = None
    index: str = field(default="", compare=False)
    place: str = ""
    recognised: float | None = None

    @property
    def citation(self) -> str:
        """The citation of the hit: ``path#place``, ``path#page=N`` with the cited page, or ``path:line``."""
        page = self.page if self.cited_page is None else self.cited_page
        return cite(self.source, self.path, self.line, page, self.place)

    def to_dict(self) -> dict[str, Any]:
        """The hit as JSON-ready values, in the schema that the command line and the API share."""
        result: dict[str, Any] = {name: getattr(self, name) for name in HIT_FIELDS}
        result |= {
            "heading": list(self.heading),
            "sentence": [self.sentence.start, self.sentence.end] if self.sentence else None,
            "highlights": [[span.start, span.end] for span in self.highlights],
            "scores": dict(self.scores),
            "duplicates": [duplicate.to_dict() for duplicate in self.duplicates],
            "metadata": dict(self.metadata),
        }
        if self.before or self.after:
            result["before"] = [neighbour.to_dict() for neighbour in self.before]
            result["after"] = [neighbour.to_dict() for neighbour in self.after]
        if self.explanation:
            result["explanation"] = [contribution.to_dict() for contribution in self.explanation]
        return result


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A passage of an index, read by its id; ``before`` and ``after`` are its neighbours in the document.

    ``source``, ``path``, ``line``, ``page``, ``end_page`` and ``recognised`` are those of a ``Hit``, ``place`` that at
    which it begins.
    """

    id: str
    document: str
    source: str
    title: str
    heading: tuple[str, ...]
    text: str
    start: int
    end: int
    line: int
    page: int | None
    language: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[Neighbour, ...] = ()
    after: tuple[Neighbour, ...] = ()
    path: str | None = None
    end_page: int | None = None
    place: str = ""
    recognised: float | None = None

    @property
    def citation(self) -> str:
        """The citation of the passage; see ``cite``."""
        return cite(self.source, self.path, self.line, self.page, self.place)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        result = {name: getattr(self, name) for name in self.__slots__}
        result |= {"heading": list(self.heading), "metadata": dict(self.metadata), "citation": self.citation}
        result["before"] = [neighbour.to_dict() for neighbour in self.before]
        result["after"] = [neighbour.to_dict() for neighbour in self.after]
        return result


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """A document of an index with all its passages, read by its id; ``path`` is that of a ``Hit``."""

    id: str
    source: str
    title: str
    language: str
    metadata: Mapping[str, Any]
    passages: tuple[CitedPassage, ...]
    path: str | None = None

    @property
    def text(self) -> str:
        """The text as it was read, up to the end of the last passage: ``text[passage.start : passage.end]`` is one.

        Passages leave out nothing but white space; line breaks take its place.
        """
        parts: list[str] = []
        end = 0
        for passage in self.passages:
            parts += ("\n" * (passage.start - end), passage.text)
            end = passage.end
        return "".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        result = {name: getattr(self, name) for name in self.__slots__}
        passages = [passage.to_dict() for passage in self.passages]
        return {**result, "metadata": dict(self.metadata), "passages": passages}


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """The file that a document came from, as it was indexed: its absolute ``path`` and its bytes."""

    path: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SearchResponse(Sequence[Hit]):
    """The hits for one query, best first, from one generation; a sequence of ``Hit``.

    ``location`` is that of the index, ``took_ms`` wall time in milliseconds. Of several indexes that were searched as
    one, ``location`` lists all, and ``generation`` is 0; each hit has its ``index``. ``embedded`` is the share of their
    passages that have vectors, 0 to 1: while an index is being built, the others are found by their words alone.
    """

    query: str
    location: str
    generation: int
    mode: Mode
    took_ms: float = field(compare=False)
    hits: tuple[Hit, ...]
    embedded: float = 1.0

    def __len__(self) -> int:
        return len(self.hits)

    @overload
    def __getitem__(self, place: int) -> Hit: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Hit, ...]: ...

    def __getitem__(self, place: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[place]

    def to_dict(self) -> dict[str, Any]:
        """The response as JSON-ready values, in the schema that the command line and the API share."""
        return {
            "query": self.query,
            "index": self.location,
            "generation": self.generation,
            "mode": self.mode,
            "took_ms": self.took_ms,
            "embedded": self.embedded,
            "hits": [hit.to_dict() for hit in self.hits],
        }
