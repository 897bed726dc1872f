"""Documents added and removed, sources read again: for a token that may write, where the server is writable."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from retriever import Progress, SyncReport
from retriever.serving.http.answers import Answer
from retriever.serving.http.events import TYPE, SyncJob
from retriever.serving.http.failures import ForbiddenError
from retriever.serving.http.schemas.requests import AddRequest, RemoveRequest, SyncRequest
from retriever.serving.http.schemas.writing import AddAnswer, RemoveAnswer
from retriever.serving.http.state import state_of

# Each event of the stream; ``data`` is JSON.
EVENT = {
    "type": "object",
    "properties": {"event": {"enum": ["progress", "report", "error"]}, "data": {"type": "string"}},
    "required": ["event", "data"],
}

router = APIRouter(tags=["writing"])


@router.post("/v1/documents", response_model=AddAnswer, summary="Add or replace documents")
async def add(request: Request, body: AddRequest) -> Answer:
    """In one commit: all of them, or after an error none. A document with an id that was added before replaces it."""
    _require_writer(request)
    state = state_of(request)
    name, retriever = state.served.one(body.index)
    documents = [item.to_document() for item in body.documents]
    return await state.write(lambda: {**retriever.add(documents, on_progress=state.keep_on).to_dict(), "index": name})


@router.delete("/v1/documents", response_model=RemoveAnswer, summary="Remove documents that were added")
async def remove(request: Request, body: RemoveRequest) -> Answer:
    """Those with some ids, and those that match a filter. Documents of files stay; ids that none has are listed."""
    _require_writer(request)
    state = state_of(request)
    name, retriever = state.served.one(body.index)
    return await state.write(lambda: {**retriever.remove(*body.ids, where=body.where).to_dict(), "index": name})


@router.post(
    "/v1/sync",
    response_class=StreamingResponse,
    responses={200: {"content": {TYPE: {"schema": EVENT}}, "description": "Events."}},
    summary="Read the remembered sources again",
)
async def sync(request: Request, body: SyncRequest) -> StreamingResponse:
    """Server-sent events: `progress` now and then, at the end `report` or `error`. It goes on if the client leaves.

    No request names a source: those are the ones that the index remembers.
    """
    _require_writer(request)
    state = state_of(request)
    _, retriever = state.served.one(body.index)

    def work(note: Callable[[Progress], None]) -> SyncReport:
        return retriever.sync(checksum=body.checksum, dry_run=body.dry_run, on_progress=note)

    job = SyncJob(work, state.stopping, partial(state.describe, request))
    state.writers.submit(job.run)
    await job.begin()
    return StreamingResponse(job.events(), media_type=TYPE, headers={"X-Accel-Buffering": "no"})


def _require_writer(request: Request) -> None:
    """Raise ForbiddenError unless the server and the token permit writing."""
    if not state_of(request).options.writable:
        raise ForbiddenError("this server only reads", hint="start it with --writable")
    if not request.state.may_write:
        raise ForbiddenError("this token may only read", hint="use one that may write")
