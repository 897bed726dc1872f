"""What is served, as answers hold it."""

from __future__ import annotations

from typing import Any, Literal

from retriever.serving.http.schemas.common import Closed


class FacetValueAnswer(Closed):
    """A value of a field, and how many documents have it."""

    value: str | int | float | bool
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
    pending: int


class IndexAnswer(Closed):
    """A served index in short; `problem` says why one cannot be used."""

    name: str
    generation: int
    documents: int
    passages: int
    languages: dict[str, int]
    model: str
    problem: str | None


class IndexesAnswer(Closed):
    """The served indexes, and whether they may be changed through this server."""

    indexes: list[IndexAnswer]
    writable: bool


class HealthAnswer(Closed):
    """Whether the server answers."""

    status: Literal["ok"]
    version: str
