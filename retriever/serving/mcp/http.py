"""The server over streamable HTTP, for clients of this machine: ``/mcp`` at a loopback address.

Requests whose ``Host`` or ``Origin`` is another one are refused: a page in a browser could send them.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from retriever.errors import UsageError
from retriever.serving.mcp.indexes import ServedIndex, ServedIndexes
from retriever.serving.mcp.server import make_server

HOST = "127.0.0.1"
PATH = "/mcp"
_STOP_SECONDS = 5
# Arguments are at most some ten thousand characters.
_MAX_BODY = 1024 * 1024


def serve(
    served: Sequence[ServedIndex], *, port: int, max_tokens: int, on_ready: Callable[[str], None] | None = None
) -> None:
    """Serve until the process is told to stop; see ``retriever.serving.mcp.serve_http``."""
    indexes = ServedIndexes(served)
    try:
        with _bind(port) as listener:
            port = listener.getsockname()[1]
            config = uvicorn.Config(
                make_app(indexes, port=port, max_tokens=max_tokens),
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_STOP_SECONDS,
            )
            _Server(config, lambda: on_ready(f"http://{HOST}:{port}{PATH}") if on_ready else None).run([listener])
    finally:
        indexes.close()


def make_app(indexes: ServedIndexes, *, port: int, max_tokens: int) -> Starlette:
    """The application that answers at ``PATH`` of a port of this machine."""
    hosts = [f"{host}:{port}" for host in (HOST, "localhost", "[::1]")]
    guards = TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts])
    server = make_server(indexes, max_tokens=max_tokens)
    return server.streamable_http_app(
        streamable_http_path=PATH, transport_security=guards, max_request_body_size=_MAX_BODY
    )


class _Server(uvicorn.Server):
    """A server that tells when it accepts connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def _bind(port: int) -> socket.socket:
    """A socket that listens on a port of this machine; 0 takes any. Raises UsageError where it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot serve on {HOST} port {port}: {reason}", hint="give another --port") from error
    return listener
