"""What is served: the indexes, their status, sources and fields; whether the server answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from retriever import Retriever, __version__
from retriever.errors import StorageError
from retriever.serving.http.answers import Answer
from retriever.serving.http.metrics import CONTENT_TYPE
from retriever.serving.http.schemas.about import FacetsAnswer, HealthAnswer, IndexesAnswer, SourcesAnswer, StatusAnswer
from retriever.serving.http.schemas.requests import IndexName
from retriever.serving.http.state import state_of

router = APIRouter(tags=["indexes"])


@router.head("/health", include_in_schema=False)  # what watches over servers often asks so
@router.get("/health", response_model=HealthAnswer, summary="Whether the server answers")
async def health() -> Answer:
    """Needs no token and no thread."""
    return Answer({"status": "ok", "version": __version__})


@router.get("/metrics", response_class=Response, summary="Counts and times, for Prometheus")
async def metrics(request: Request) -> Response:
    """Labels are routes, methods and statuses."""
    return Response(state_of(request).metrics.render(), media_type=CONTENT_TYPE)


@router.get("/v1/indexes", response_model=IndexesAnswer, summary="List the served indexes")
async def indexes(request: Request) -> Answer:
    """The names that other requests use, and how large each index is, or why it cannot be used: the others can."""
    state = state_of(request)

    def read() -> dict[str, Any]:
        tell = partial(state.describe, request)
        listed = [_describe(name, retriever, tell) for name, retriever in state.served.by_name.items()]
        return {"indexes": listed, "writable": state.options.writable}

    return await state.answer(read)


@router.get("/v1/status", response_model=StatusAnswer, summary="What an index contains")
async def status(request: Request, index: IndexName = None) -> Answer:
    """The newest generation. Where several indexes are served, `index` is needed."""
    name, retriever = state_of(request).served.one(index)
    return await state_of(request).answer(lambda: {**retriever.status().to_dict(), "index": name})


@router.get("/v1/sources", response_model=SourcesAnswer, summary="List the sources that an index remembers")
async def sources(request: Request, index: IndexName = None) -> Answer:
    """The files, folders and patterns that a sync reads. Where several indexes are served, `index` is needed."""
    name, retriever = state_of(request).served.one(index)

    def read() -> dict[str, Any]:
        return {"index": name, "sources": [source.to_dict() for source in retriever.status().sources]}

    return await state_of(request).answer(read)


@router.get("/v1/facets", response_model=FacetsAnswer, summary="The fields that filters can use")
async def facets(
    request: Request, values: Annotated[int, Query(ge=1, le=1000)] = 20, index: IndexName = None
) -> Answer:
    """Each field of the documents with its frequent values, of one index or of all together."""
    served = state_of(request).served
    names, chosen = served.some(index), served.to_search(index)

    def read() -> dict[str, Any]:
        return {"index": ", ".join(names), "facets": [facet.to_dict() for facet in chosen.facets(most=values)]}

    return await state_of(request).answer(read)


def _describe(name: str, retriever: Retriever, tell: Callable[[Exception], dict[str, Any]]) -> dict[str, Any]:
    try:
        found = retriever.status()
    except StorageError as error:
        values = {"generation": 0, "documents": 0, "passages": 0, "languages": {}, "model": ""}
        return {"name": name, **values, "problem": tell(error)["error"]["message"]}
    return {
        "name": name,
        "generation": found.generation,
        "documents": found.documents,
        "passages": found.passages,
        "languages": dict(found.languages),
        "model": found.model,
        "problem": None,
    }
