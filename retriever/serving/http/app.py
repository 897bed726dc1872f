"""Builds the application: routes, errors, guards, in the order in which a request meets them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI

from retriever import Retriever, RetrieverError, __version__, load_tokenizer
from retriever.errors import ProcessError
from retriever.serving.http.body import BodyReader
from retriever.serving.http.defects import Defects
from retriever.serving.http.guard import Guard
from retriever.serving.http.localising import Localising
from retriever.serving.http.logs import log
from retriever.serving.http.metrics import Metrics
from retriever.serving.http.openapi import describe_truly
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.page import PageFiles
from retriever.serving.http.processes import SearchProcesses
from retriever.serving.http.rate import RateLimit
from retriever.serving.http.refusals import REFUSALS, answer_errors
from retriever.serving.http.routes import about, context, files, models, reading, search, writing
from retriever.serving.http.served import ServedIndexes
from retriever.serving.http.state import WRITERS, ServerState
from retriever.serving.http.watching import Watching
from retriever.serving.http.workers import Workers
from retriever.system import cpu_count

ROUTERS = (
    search.router,
    context.router,
    reading.router,
    files.router,
    writing.router,
    about.router,
    models.router,
)
# A process that searches is ended after so many times the seconds after which nobody waits for its answer any more:
# what it loads or fetches for later requests may take longer.
GIVEN_UP = 10
# Processes that are started without being asked for, since each takes memory.
MOST_UNDER_LOAD = 4


def build(retrievers: Mapping[str, Retriever], options: ServerOptions) -> FastAPI:
    """The application; see ``create_app``."""
    limits = options.limits
    workers = Workers(limits.searches or cpu_count() + 1, limits.queue, limits.seconds)
    writers = Workers(WRITERS, 0, limits.write_seconds)
    tokenizers = {name: load_tokenizer(name) for name in options.tokenizers}
    processes = _make_processes(retrievers, options, workers.threads)
    metrics = Metrics(lambda: workers.pending, lambda: processes.count if processes else 0)
    state = ServerState(ServedIndexes(retrievers, tokenizers), workers, options, writers, metrics, processes)

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        state.begin()
        workers.submit(partial(_warm, retrievers, processes))
        yield
        state.close()

    app = FastAPI(
        title="Retriever",
        version=__version__,
        summary="Search documents by meaning and by words, with exact citations.",
        docs_url=None,  # both pages would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # behind a proxy with TLS it would lead, with the token, to where nothing is encrypted
        lifespan=live,
        responses=REFUSALS,
    )
    app.state.server = state
    for router in ROUTERS:
        app.include_router(router)
    describe_truly(app, with_tokens=bool(options.tokens))
    answer_errors(app)
    # The last that is added is the first to meet a request.
    app.add_middleware(BodyReader, most=limits.body, seconds=limits.seconds)
    app.add_middleware(Defects)
    app.add_middleware(Guard, options=options)
    app.add_middleware(RateLimit, rate=limits.rate, origins=options.allow_origins)
    if options.localise:
        app.add_middleware(Localising, localise=options.localise)
    app.add_middleware(Watching, metrics=metrics, log_questions=options.log_questions)
    # Not a mount, which would answer where a path has other methods.
    app.router.default = PageFiles()
    return app


def _make_processes(
    retrievers: Mapping[str, Retriever], options: ServerOptions, threads: int
) -> SearchProcesses | None:
    """Those that search: started at once where their number is given, else as many as one CPU each under load."""
    count = options.processes
    if count is None:
        # Each gives one CPU more; one alone would give none.
        count = min(cpu_count(), threads, MOST_UNDER_LOAD)
        count = count if count > 1 else 0
    if not count:
        return None
    processes = SearchProcesses(count, retrievers, options.tokenizers, options.limits.seconds * GIVEN_UP)
    if options.processes:
        processes.start()
    return processes


def _warm(retrievers: Mapping[str, Retriever], processes: SearchProcesses | None) -> None:
    """Load what searches need, so that the first is as fast as the next. They tell what is wrong with an index."""
    if processes and processes.count:
        with suppress(ProcessError):  # which is replaced when it is due
            processes.warm()
        log("warm", {"processes": processes.count})
        return
    for name, retriever in retrievers.items():
        with suppress(RetrieverError):
            retriever.warm()
            log("warm", {"index": name})
