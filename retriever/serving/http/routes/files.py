"""``/v1/document/file``: the file that a document came from, as a browser may safely show it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from retriever.serving.http.schemas.requests import IndexName, Name
from retriever.serving.http.state import state_of

router = APIRouter(tags=["documents"])
PDF = "application/pdf"
BYTES = "application/octet-stream"


@router.get(
    "/v1/document/file",
    response_class=Response,
    responses={200: {"content": {PDF: {}, BYTES: {}}, "description": "The bytes of the file."}},
    summary="Read the original file of a document",
)
async def file(
    request: Request,
    id: Annotated[Name, Query()],
    source: Annotated[Name | None, Query()] = None,
    index: IndexName = None,
) -> Response:
    """The bytes that were indexed; not found if the file has changed since. A PDF is shown, anything else saved."""
    state = state_of(request)

    _, found = await state.workers.run(
        lambda: state.served.find(index, lambda retriever: retriever.read_file(id, source=source))
    )
    # A page or a script that somebody wrote into a document must not run as one of this server.
    is_pdf = found.data.startswith(b"%PDF-")
    shown, name = "inline" if is_pdf else "attachment", quote(PurePath(found.path).name, safe="", errors="replace")
    headers = {
        "Content-Disposition": f"{shown}; filename*=UTF-8''{name}",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }
    return Response(found.data, media_type=PDF if is_pdf else BYTES, headers=headers)
