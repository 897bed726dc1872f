"""What answers hold. The values come from ``to_dict`` of the public types; these describe them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Offsets = Annotated[list[int], Field(min_length=2, max_length=2)]


class Closed(BaseModel):
    """An object without further fields."""

    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Closed):
    """What is wrong, and what to do. ``position`` is the place of a mistake in a filter."""

    type: str
    message: str
    hint: str
    position: int | None = None


class ErrorAnswer(Closed):
    """An answer to a request that was refused."""

    error: ErrorDetail


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
    language: str
    sentence: Offsets | None
    highlights: list[Offsets]
    scores: dict[str, float]
    duplicates: list[DuplicateAnswer]
    metadata: dict[str, Any]
    before: list[NeighbourAnswer] = []
    after: list[NeighbourAnswer] = []
    explanation: list[ContributionAnswer] = []


class SearchAnswer(Closed):
    """The hits for a question, best first, from one generation."""

    query: str
    index: str
    generation: int
    mode: Literal["hybrid", "dense", "lexical"]
    took_ms: float
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
    index: str


class DocumentsAnswer(Closed):
    """A part of the list of documents, and how many there are."""

    total: int
    offset: int
    documents: list[ListedDocument]


class FacetValueAnswer(Closed):
    """A value of a field, and how many documents have it."""

    value: str | int | float
    documents: int


class FacetAnswer(Closed):
    """A field that filters can use."""

    name: str
    documents: int
    distinct: int
    values: list[FacetValueAnswer]


class FacetsAnswer(Closed):
    """The fields of one index, or of all together."""

    index: str
    facets: list[FacetAnswer]


class SourceAnswer(Closed):
    """A source that an index remembers."""

    path: str
    name: str
    encoding: str | None
    max_file_size: int | None
    follow: bool
    documents: int
    exists: bool


class SourcesAnswer(Closed):
    """The sources of one index."""

    index: str
    sources: list[SourceAnswer]


class StatusAnswer(Closed):
    """What one generation of an index contains; see docs/api.md."""

    index: str
    generation: int
    created: str
    documents: int
    passages: int
    deleted: int
    segments: int
    dimension: int
    bytes: dict[str, int]
    languages: dict[str, int]
    model: str
    settings: dict[str, Any]
    sources: list[SourceAnswer]
    program_documents: int


class IndexAnswer(Closed):
    """A served index in short."""

    name: str
    generation: int
    documents: int
    passages: int
    languages: dict[str, int]
    model: str


class IndexesAnswer(Closed):
    """The served indexes, and whether they may be changed through this server."""

    indexes: list[IndexAnswer]
    writable: bool


class HealthAnswer(Closed):
    """Whether the server answers."""

    status: Literal["ok"]
    version: str
