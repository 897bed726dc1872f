"""Serves an application with uvicorn at a socket until the process is told to stop.

What serves HTTP here shares it: the server of the API and that of the Model Context Protocol. It needs uvicorn alone.
"""

from __future__ import annotations

import math
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from retriever.errors import UsageError
from retriever.serving.http.options import Limits
from retriever.serving.http.protocol import make_protocol

BACKLOG = 2048


class Server(uvicorn.Server):
    """A server that tells when it accepts connections, and when it begins to stop."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready, self._on_stop = on_ready, on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, and let running requests finish."""
        self._on_stop()
        await super().shutdown(sockets)


def run_app(
    app: ASGIApp,
    listeners: list[socket.socket],
    limits: Limits,
    *,
    on_ready: Callable[[], None],
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM; running requests finish.

    ``on_ready`` is called once connections are accepted, ``on_stop`` once no more are.
    """
    config = uvicorn.Config(
        app,
        http=make_protocol(limits),
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who asks is who is connected; a header that anybody can write does not change that.
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=math.ceil(limits.idle_seconds),
        timeout_graceful_shutdown=math.ceil(limits.stop_seconds),
    )
    with _outliving_termination():
        Server(config, on_ready, on_stop).run(listeners)


@contextmanager
def _outliving_termination() -> Iterator[None]:
    """Uvicorn raises SIGTERM again once it has stopped for it; what comes after it is to be done, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
        hint = "give another --port, or another address of this machine"
        raise UsageError(f"cannot serve on {host} port {port}: {reason}", hint=hint) from error
    return listener


@contextmanager
def bind_locally(path: str) -> Iterator[socket.socket]:
    """A Unix socket that listens at a path for programs of this user, for as long as the context lasts.

    Raises UsageError where it cannot be used, as where the path is too long or there is something already.
    """
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(f"cannot serve at {path!r}: {reason}", hint="give another path") from error
        try:
            os.chmod(path, 0o600)  # Nobody can connect before it listens.
            listener.listen(BACKLOG)
            yield listener
        finally:
            with suppress(FileNotFoundError):
                os.unlink(path)


def url_of(listener: socket.socket) -> str:
    """The URL of what is served on a socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
