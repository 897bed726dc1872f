"""``/v1/search``: the best passages for a question."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from retriever import SearchOptions
from retriever.serving.http.answers import Answer
from retriever.serving.http.schemas.hits import SearchAnswer
from retriever.serving.http.schemas.requests import SearchParameters, SearchRequest
from retriever.serving.http.served import ServedIndexes
from retriever.serving.http.state import state_of

router = APIRouter(tags=["search"])


@router.post("/v1/search", response_model=SearchAnswer, summary="Find the passages that answer a question")
async def search(request: Request, body: SearchRequest) -> Answer:
    """The best passages, each with its citation, its score and what it owes it to."""
    return await _search(request, body.query, body.index, body.options())


@router.get("/v1/search", response_model=SearchAnswer, summary="The same, asked in the URL")
async def search_by_url(request: Request, parameters: Annotated[SearchParameters, Query()]) -> Answer:
    """As the POST request, with `q` for the question. URLs are kept in logs and histories; prefer POST."""
    return await _search(request, parameters.q, parameters.index, parameters.options())


async def _search(request: Request, query: str, index: str | None, options: SearchOptions) -> Answer:
    request.state.question = query
    return await state_of(request).search(_find, index, query, options)


def _find(served: ServedIndexes, index: str | None, query: str, options: SearchOptions) -> dict[str, Any]:
    return served.put_names(served.to_search(index).search_with(query, options).to_dict())
