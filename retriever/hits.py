"""What a search gives: hits with their citations, in the schema that the command line and the API share.

Nothing here searches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retriever.types import Mode, Neighbour, Span


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A passage that says the same as a hit and was folded into it; ``document`` is its document's id."""

    source: str
    start: int
    end: int
    line: int = 1
    document: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one stage of the search did for a hit, in words.

    ``value`` is the stage's own score, ``effect`` what it moved the final score by (-1 to 1: the score less what it
    would be without); both are None where the stage gave no number.
    """

    stage: str
    text: str
    value: float | None = None
    effect: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"stage": self.stage, "text": self.text, "value": self.value, "effect": self.effect}


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query.

    ``rank`` counts from 1. ``score`` lies in 0..1, larger is better. ``scores`` holds what each stage gave.
    ``sentence`` is the sentence that answers, None where nothing tells it; it and ``highlights``, the words that the
    question shares or means, are spans within ``text``. ``start`` and ``end`` count within the document's text.
    ``before`` and ``after`` are neighbouring passages, nearest last and nearest first respectively.
    ``explanation`` says what each stage did, where it was asked for.
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

    @property
    def citation(self) -> str:
        """Where the words stand: ``path:line``, or ``path#page=N`` where the format has pages."""
        return f"{self.source}#page={self.page}" if self.page is not None else f"{self.source}:{self.line}"

    def to_dict(self) -> dict[str, Any]:
        """The hit as JSON-ready values, in the schema that the command line and the API share."""
        result: dict[str, Any] = {
            "rank": self.rank,
            "score": self.score,
            "id": self.id,
            "document": self.document,
            "source": self.source,
            "title": self.title,
            "heading": list(self.heading),
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "line": self.line,
            "page": self.page,
            "language": self.language,
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
class SearchResponse:
    """The hits for one query, all of one generation; ``took_ms`` is wall time in milliseconds."""

    query: str
    index: str
    generation: int
    mode: Mode
    took_ms: float
    hits: tuple[Hit, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "index": self.index,
            "generation": self.generation,
            "mode": self.mode,
            "took_ms": self.took_ms,
            "hits": [hit.to_dict() for hit in self.hits],
        }
