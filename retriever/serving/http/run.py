"""Runs the application with uvicorn until the process is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

import uvicorn

from retriever import Retriever
from retriever.errors import UsageError
from retriever.serving.http.app import build
from retriever.serving.http.options import ServerOptions

BACKLOG = 2048


class Server(uvicorn.Server):
    """A server that tells when it accepts connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        await super().startup(sockets)
        self._on_ready()


def run(retrievers: Mapping[str, Retriever], options: ServerOptions, on_ready: Callable[[str], None] | None) -> None:
    """See ``serve``."""
    listener = bind(options.host, options.port)
    with listener:
        config = uvicorn.Config(
            build(retrievers, options),
            http="h11",
            ws="none",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            # Who asks is who is connected; a header that anybody can write does not change that.
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=int(options.limits.idle_seconds),
            timeout_graceful_shutdown=int(options.limits.stop_seconds),
        )
        Server(config, lambda: on_ready(url_of(listener)) if on_ready else None).run([listener])


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at an address. Raises UsageError where it cannot be used."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "give another port, or another address of this machine"
        raise UsageError(f"cannot serve on {host} port {port}: {reason}", hint=hint) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """The URL of what is served on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
