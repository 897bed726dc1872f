"""Runs the application at its address until the process is told to stop, and logs both ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from retriever import Retriever
from retriever.serving.http.app import build
from retriever.serving.http.listening import bind, run_app, url_of
from retriever.serving.http.logs import log
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.state import ServerState


def run(retrievers: Mapping[str, Retriever], options: ServerOptions, on_ready: Callable[[str], None] | None) -> None:
    """See ``serve``."""
    with bind(options.host, options.port) as listener:
        app = build(retrievers, options)
        state: ServerState = app.state.server

        def tell() -> None:
            log("started", {"url": url_of(listener), "indexes": list(retrievers), "writable": options.writable})
            if on_ready:
                on_ready(url_of(listener))

        run_app(app, listener, options.limits, on_ready=tell, on_stop=state.stop)
        log("stopped", {})
