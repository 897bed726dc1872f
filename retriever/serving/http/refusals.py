"""Turns what is raised while a request is answered into a refusal that says what is wrong and what to do."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match

from retriever import RetrieverError
from retriever.serving.http.answers import Answer, problem, refuse
from retriever.serving.http.metrics import METHODS
from retriever.serving.http.paths import find_path
from retriever.serving.http.schemas.common import ErrorAnswer
from retriever.serving.http.schemas.requests import UNKNOWN_FIELD

LONGEST_PLACE = 200
WHERE_DESCRIBED = "/openapi.json describes every request"
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": description}
    for status, description in {
        400: "The request is wrong; the message says how.",
        401: "The token is missing or wrong.",
        403: "The request may not do this, or comes from a page that may not ask.",
        404: "There is no such index, passage or document.",
        409: "The index is empty, or is being written to.",
        408: "The body came too slowly.",
        413: "The body is too large.",
        415: "The body is not declared as JSON.",
        421: "The Host header has a name that is not served.",
        429: "Too many requests from this client.",
        500: "The index cannot be used, or the server has a defect.",
        501: "An extra is not installed.",
        503: "Too many requests are waiting, or a file or model cannot be loaded; ask again.",
        504: "No answer in time.",
    }.items()
}


def answer_errors(app: FastAPI) -> None:
    """Have the application answer so."""
    app.add_exception_handler(RetrieverError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)


async def _answer_error(_: Request, error: Exception) -> Answer:
    assert isinstance(error, RetrieverError)
    return refuse(error)


async def _answer_invalid(_: Request, error: Exception) -> Answer:
    assert isinstance(error, RequestValidationError)
    # Where a value may have several forms, there is an error for each: what is wrong in its own form tells most.
    first = min(error.errors(), key=lambda one: one["type"].endswith("_type"))
    if first["type"] == "json_invalid":
        reason = str(first["ctx"]["error"])
        message = f"the body is not JSON: {reason[:1].lower()}{reason[1:]} at character {first['loc'][1]}"
        return problem(400, "usage", message, WHERE_DESCRIBED)
    is_unknown = first["type"] in (UNKNOWN_FIELD, "extra_forbidden")
    known = first["loc"][1:] if first["type"] == "extra_forbidden" else filter(_is_place, first["loc"][1:])
    parts = [*known, *([first["ctx"]["field"]] if first["type"] == UNKNOWN_FIELD else [])]
    place = ".".join(map(str, parts))[:LONGEST_PLACE] or str(first["loc"][0])
    message = f"unknown field {place!r}" if is_unknown else f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return problem(400, "usage", message, WHERE_DESCRIBED)


def _is_place(part: int | str) -> bool:
    """Whether a part of a place is a number in a list or the name of a field, not that of one of several forms."""
    return isinstance(part, int) or (part.isidentifier() and part.islower())


async def _answer_http(request: Request, error: Exception) -> Answer:
    """The answer for what Starlette and FastAPI refuse by themselves."""
    assert isinstance(error, HTTPException)
    path, headers = find_path(request.scope), dict(error.headers or {})
    if error.status_code == 405:
        methods = _find_methods(request, path) or ["GET", "HEAD"]  # of a file of the page
        headers["Allow"] = ", ".join(methods)
        hint = f"it takes {', '.join(methods)}; /openapi.json lists the endpoints"
        return problem(405, "method_not_allowed", "method not allowed", hint, headers=headers)
    if error.status_code == 404:
        return problem(404, "not_found", "no such endpoint", _advise_on_path(request, path), headers=headers)
    return problem(error.status_code, "usage", *_explain_body(error), headers=headers)


def _advise_on_path(request: Request, path: str) -> str:
    if _find_methods(request, f"/v1{path}"):
        return "endpoints begin with /v1; /openapi.json lists them"
    if _find_methods(request, path.rstrip("/")):
        return "leave out the slash at the end; /openapi.json lists the endpoints"
    return "/openapi.json lists them"


def _explain_body(error: HTTPException) -> tuple[str, str]:
    """What is wrong with a body that cannot be read, and what to do."""
    cause = error.__cause__
    if isinstance(cause, UnicodeDecodeError):
        return f"the body is not UTF-8 at byte {cause.start}", "send JSON in UTF-8"
    if isinstance(cause, RecursionError):
        return "the body is nested too deeply", WHERE_DESCRIBED
    if isinstance(cause, ValueError):
        return "the body has a number of too many digits", WHERE_DESCRIBED
    return str(error.detail).lower(), WHERE_DESCRIBED


def _find_methods(request: Request, path: str) -> list[str]:
    """The methods of a path of the application, which may have a route for each."""
    scopes = {method: {**request.scope, "method": method, "path": path, "root_path": ""} for method in METHODS}
    return [
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
    ]
