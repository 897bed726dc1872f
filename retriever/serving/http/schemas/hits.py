"""Hits, passages and documents as answers hold them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from retriever.serving.http.schemas.common import Closed

Offsets = Annotated[list[int], Field(min_length=2, max_length=2)]


class NeighbourAnswer(Closed):
    """A passage beside a hit."""

    text: str
    start: int
    end: int
    line: int
    page: int | None


class DuplicateAnswer(Closed):
    """A near-duplicate that was folded into a hit."""

    source: str
    start: int
    end: int
    line: int
    document: str
    path: str | None
    page: int | None
    index: str
    place: str
    citation: str


class ContributionAnswer(Closed):
    """What one stage of the search contributed to a score."""

    stage: str
    text: str
    value: float | None
    effect: float | None


class HitAnswer(Closed):
    """A passage found for a question; see docs/api.md."""

    rank: int
    score: float
    id: str
    document: str
    index: str
    source: str
    path: str | None
    citation: str
    title: str
    heading: list[str]
    text: str
    start: int
    end: int
    line: int
    page: int | None
    end_page: int | None
    cited_page: int | None
    place: str
    recognised: float | None
    language: str
    sentence: Offsets | None
    highlights: list[Offsets]
    scores: dict[str, float]
    duplicates: list[DuplicateAnswer]
    metadata: dict[str, Any]
    before: list[NeighbourAnswer] = Field(default_factory=list)
    after: list[NeighbourAnswer] = Field(default_factory=list)
    explanation: list[ContributionAnswer] = Field(default_factory=list)


class SearchAnswer(Closed):
    """The hits for a question, best first, from one generation."""

    query: str
    index: str
    generation: int
    mode: Literal["hybrid", "dense", "lexical"]
    took_ms: float
    embedded: float
    hits: list[HitAnswer]


class PassageAnswer(Closed):
    """A passage, read by its id."""

    id: str
    document: str
    source: str
    title: str
    heading: list[str]
    text: str
    start: int
    end: int
    line: int
    page: int | None
    language: str
    metadata: dict[str, Any]
    before: list[NeighbourAnswer]
    after: list[NeighbourAnswer]
    path: str | None
    end_page: int | None
    place: str
    recognised: float | None
    citation: str


class IndexPassageAnswer(PassageAnswer):
    """A passage, and the index that has it."""

    index: str


class DocumentAnswer(Closed):
    """A document with all its passages, and the index that has it."""

    id: str
    source: str
    title: str
    language: str
    metadata: dict[str, Any]
    passages: list[PassageAnswer]
    path: str | None
    index: str


class ListedDocument(Closed):
    """A document of a list."""

    document: str
    source: str
    title: str
    language: str
    passages: int
    path: str | None
    date: str
    metadata: dict[str, Any]
    index: str


class DocumentsAnswer(Closed):
    """A part of the list of documents, and how many there are."""

    total: int
    offset: int
    documents: list[ListedDocument]
