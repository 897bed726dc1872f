"""The HTTP server: JSON in and out over open indexes. ``create_app`` makes the application, ``serve`` runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from retriever.errors import MissingExtraError, install_command
from retriever.serving.http.logs import write_logs
from retriever.serving.http.options import Limits, ServerOptions, Token
from retriever.serving.http.served import name_indexes
from retriever.serving.http.tokens import VARIABLE, find_tokens

if TYPE_CHECKING:
    from fastapi import FastAPI

    from retriever import Retriever

__all__ = [
    "VARIABLE",
    "Limits",
    "ServerOptions",
    "Token",
    "create_app",
    "find_tokens",
    "name_indexes",
    "serve",
    "write_logs",
]


def create_app(retrievers: Mapping[str, Retriever], options: ServerOptions) -> FastAPI:
    """The ASGI application that answers for open indexes, by the names that requests use.

    Raises MissingExtraError without the extra ``server``.
    """
    _require_extra()
    from retriever.serving.http.app import build

    return build(retrievers, options)


def serve(
    retrievers: Mapping[str, Retriever], options: ServerOptions, on_ready: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; running requests finish. The indexes are left open.

    ``on_ready`` is called with the URL once connections are accepted.

    Raises MissingExtraError without the extra ``server``, UsageError where the address cannot be used.
    """
    _require_extra()
    from retriever.serving.http.run import run

    run(retrievers, options, on_ready)


def _require_extra() -> None:
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"the server needs {error.name}, which is not installed", hint=install_command("server")
        ) from error
