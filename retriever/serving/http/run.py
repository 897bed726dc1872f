"""Runs the application at its address until the process is told to stop, and logs both ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from retriever import Retriever
from retriever.serving.http.app import build
from retriever.serving.http.listening import bind, bind_locally, run_app, url_of
from retriever.serving.http.logs import log
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.state import ServerState


def run(retrievers: Mapping[str, Retriever], options: ServerOptions, on_ready: Callable[[str], None] | None) -> None:
    """See ``serve``."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(bind(options.host, options.port))]
        url = url_of(listeners[0])
        if options.local_socket is not None:
            listeners.append(stack.enter_context(bind_locally(options.local_socket)))
        app = build(retrievers, options)
        state: ServerState = app.state.server

        def tell() -> None:
            log("started", {"url": url, "indexes": list(retrievers), "writable": options.writable})
            if on_ready:
                on_ready(url)

        run_app(app, listeners, options.limits, on_ready=tell, on_stop=state.stop)
        log("stopped", {})
