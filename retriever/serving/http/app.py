"""Builds the application: routes, errors, guards, in the order in which a request meets them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match

from retriever import Retriever, RetrieverError, __version__, load_tokenizer
from retriever.serving.http.answers import Answer, describe, problem, refuse
from retriever.serving.http.body import BodyReader
from retriever.serving.http.guard import Guard
from retriever.serving.http.localising import Localising
from retriever.serving.http.logs import log
from retriever.serving.http.metrics import METHODS, Metrics
from retriever.serving.http.openapi import describe_truly
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.page import PageFiles
from retriever.serving.http.processes import SearchProcesses
from retriever.serving.http.rate import RateLimit
from retriever.serving.http.routes import about, context, files, models, reading, search, writing
from retriever.serving.http.schemas.common import ErrorAnswer
from retriever.serving.http.schemas.requests import UNKNOWN_FIELD
from retriever.serving.http.served import ServedIndexes
from retriever.serving.http.state import WRITERS, ServerState
from retriever.serving.http.watching import Watching
from retriever.serving.http.workers import Workers, count_threads

ROUTERS = (
    search.router,
    context.router,
    reading.router,
    files.router,
    writing.router,
    about.router,
    models.router,
)
LONGEST_PLACE = 200
# A process that searches is ended after so many times the seconds after which nobody waits for its answer any more:
# what it loads or fetches for later requests may take longer.
GIVEN_UP = 10
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


def build(retrievers: Mapping[str, Retriever], options: ServerOptions) -> FastAPI:
    """The application; see ``create_app``."""
    limits = options.limits
    workers = Workers(limits.searches or count_threads(), limits.queue, limits.seconds)
    writers = Workers(WRITERS, 0, limits.write_seconds)
    metrics = Metrics(lambda: workers.pending)
    tokenizers = {name: load_tokenizer(name) for name in options.tokenizers}
    processes = None
    if options.processes:
        longest = limits.seconds * GIVEN_UP
        processes = SearchProcesses(options.processes, retrievers, options.tokenizers, longest)
    state = ServerState(ServedIndexes(retrievers, tokenizers), workers, options, writers, metrics, processes)

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        workers.submit(partial(_warm, retrievers, processes))
        yield
        state.close()

    app = FastAPI(
        title="Retriever",
        version=__version__,
        summary="Search documents by meaning and by words, with exact citations.",
        docs_url=None,  # both pages would load scripts from elsewhere
        redoc_url=None,
        lifespan=live,
        responses=REFUSALS,
    )
    app.state.server = state
    for router in ROUTERS:
        app.include_router(router)
    describe_truly(app, with_tokens=bool(options.tokens))
    app.add_exception_handler(RetrieverError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_defect)
    # The last that is added is the first to meet a request.
    app.add_middleware(BodyReader, most=limits.body, seconds=limits.seconds)
    app.add_middleware(Guard, options=options)
    app.add_middleware(RateLimit, rate=limits.rate)
    if options.localise:
        app.add_middleware(Localising, localise=options.localise)
    app.add_middleware(Watching, metrics=metrics, log_questions=options.log_questions)
    # Not a mount, which would answer where a path has other methods.
    app.router.default = PageFiles()
    return app


def _warm(retrievers: Mapping[str, Retriever], processes: SearchProcesses | None) -> None:
    """Load what searches need, so that the first is as fast as the next. They tell what is wrong with an index."""
    if processes:
        processes.warm()
        log("warm", {"processes": processes.count})
        return
    for name, retriever in retrievers.items():
        with suppress(RetrieverError):
            retriever.warm()
            log("warm", {"index": name})


async def _answer_error(_: Request, error: Exception) -> Answer:
    assert isinstance(error, RetrieverError)
    return refuse(error)


async def _answer_defect(_: Request, error: Exception) -> Answer:
    return Answer(describe(error), 500)


async def _answer_invalid(_: Request, error: Exception) -> Answer:
    assert isinstance(error, RequestValidationError)
    # Where a value may have several forms, there is an error for each: what is wrong in its own form tells most.
    first = min(error.errors(), key=lambda one: one["type"].endswith("_type"))
    is_unknown = first["type"] in (UNKNOWN_FIELD, "extra_forbidden")
    known = first["loc"][1:] if first["type"] == "extra_forbidden" else filter(_is_place, first["loc"][1:])
    parts = [*known, *([first["ctx"]["field"]] if first["type"] == UNKNOWN_FIELD else [])]
    place = ".".join(map(str, parts))[:LONGEST_PLACE] or str(first["loc"][0])
    message = f"unknown field {place!r}" if is_unknown else f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return problem(400, "usage", message, "/openapi.json describes every request")


def _is_place(part: int | str) -> bool:
    """Whether a part of a place is a number in a list or the name of a field, not that of one of several forms."""
    return isinstance(part, int) or (part.isidentifier() and part.islower())


async def _answer_http(request: Request, error: Exception) -> Answer:
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, dict(error.headers or {})
    hint = ""
    if status == 405:
        methods = _find_methods(request, request.scope["path"]) or ["GET", "HEAD"]  # of a file of the page
        headers["Allow"] = ", ".join(methods)
        hint = f"use {' or '.join(methods)}; /openapi.json lists the endpoints"
    elif status == 404:
        is_versioned = bool(_find_methods(request, f"/v1{request.scope['path']}"))
        hint = f"{'endpoints begin with /v1; ' if is_versioned else ''}/openapi.json lists them"
    kind = {404: "not_found", 405: "method_not_allowed"}.get(status, "usage")
    # By default Starlette's detail is the phrase of the status: "Method Not Allowed".
    message = "no such endpoint" if status == 404 else str(error.detail).lower()
    return problem(status, kind, message, hint, headers=headers)


def _find_methods(request: Request, path: str) -> list[str]:
    """The methods of a path, which may have a route for each."""
    scopes = {method: {**request.scope, "method": method, "path": path} for method in METHODS}
    return [
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
    ]
