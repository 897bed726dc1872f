"""Passages and documents by id, and the list of documents. No model is loaded."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from retriever import IndexedDocument
from retriever.serving.http.answers import Answer
from retriever.serving.http.schemas.hits import DocumentAnswer, DocumentsAnswer, IndexPassageAnswer
from retriever.serving.http.schemas.requests import LONGEST_NAME, IndexName, Name
from retriever.serving.http.state import state_of

router = APIRouter(tags=["documents"])
MOST_LISTED = 10_000


@router.get("/v1/passages/{id}", response_model=IndexPassageAnswer, summary="Read a passage by its id")
async def passage(
    request: Request,
    id: Annotated[str, Path(max_length=LONGEST_NAME)],
    context: Annotated[int, Query(ge=0, le=20)] = 0,
    index: IndexName = None,
) -> Answer:
    """The passage, and up to `context` neighbours on either side."""
    served = state_of(request).served

    def read() -> dict[str, Any]:
        name, found = served.find(index, lambda retriever: retriever.passage(id, context=context))
        return {**found.to_dict(), "index": name}

    return await state_of(request).answer(read)


@router.get("/v1/document", response_model=DocumentAnswer, summary="Read a document by its id")
async def document(
    request: Request,
    id: Annotated[Name, Query()],
    source: Annotated[Name | None, Query()] = None,
    index: IndexName = None,
) -> Answer:
    """The document with all its passages. `source` tells several documents of one id apart."""
    served = state_of(request).served

    def read() -> dict[str, Any]:
        name, found = served.find(index, lambda retriever: retriever.document(id, source=source))
        return {**found.to_dict(), "index": name}

    return await state_of(request).answer(read)


@router.get("/v1/documents", response_model=DocumentsAnswer, summary="List the documents")
async def documents(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 1000,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    index: IndexName = None,
) -> Answer:
    """A part of the list, by index, source and id, and how many there are in all."""
    served = state_of(request).served

    def read() -> dict[str, Any]:
        listed: list[tuple[str, IndexedDocument]] = [
            (name, document) for name, retriever in served.some(index).items() for document in retriever.documents()
        ]
        part = [{**document.to_dict(), "index": name} for name, document in listed[offset : offset + limit]]
        return {"total": len(listed), "offset": offset, "documents": part}

    return await state_of(request).answer(read)
