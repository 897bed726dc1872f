"""A server in a thread, and what it serves."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from retriever import Retriever
from retriever.serving.http import ServerOptions, create_app
from retriever.serving.http.listening import bind

TOKEN = "the token of the tests of the page".replace(" ", "-")


@dataclass(frozen=True)
class Served:
    """What is served, and where."""

    url: str
    corpus: Retriever
    chronicle: Retriever
    folder: Path


class run:
    """Serve indexes in a thread while the context is open; its value is the URL."""

    def __init__(self, retrievers: dict[str, Retriever], options: ServerOptions) -> None:
        self._socket = bind("127.0.0.1", 0)
        app = create_app(retrievers, options)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=30)
        self._socket.close()
