"""The server over streamable HTTP, for clients of this machine: ``/mcp`` at a loopback address.

Its guards are those of ``retriever serve``: the Host and the Origin of requests, which a page in a browser could send,
tokens where there are any, the size and time of bodies, and the times and number of connections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retriever.serving.http import Limits, ServerOptions, Token
from retriever.serving.http.answers import Answer
from retriever.serving.http.body import BodyReader
from retriever.serving.http.guard import Guard
from retriever.serving.http.listening import bind, run_app, url_of
from retriever.serving.mcp.indexes import ServedIndex, ServedIndexes
from retriever.serving.mcp.messages import mend_message, refuse_message
from retriever.serving.mcp.server import make_server

HOST = "127.0.0.1"
PATH = "/mcp"
# Arguments are at most some ten thousand characters.
_LIMITS = Limits(body=1 << 20, stop_seconds=5)


def serve(
    served: Sequence[ServedIndex],
    *,
    port: int,
    max_tokens: int,
    tokens: tuple[Token, ...] = (),
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until the process is told to stop; see ``retriever.serving.mcp.serve_http``."""
    options = ServerOptions(host=HOST, port=port, tokens=tokens, limits=_LIMITS)
    indexes = ServedIndexes(served)
    try:
        with bind(HOST, port) as listener:
            url = url_of(listener) + PATH
            app = make_app(indexes, options, max_tokens=max_tokens)
            run_app(app, [listener], _LIMITS, on_ready=lambda: on_ready(url) if on_ready else None)
    finally:
        indexes.close()


def make_app(indexes: ServedIndexes, options: ServerOptions, *, max_tokens: int) -> ASGIApp:
    """The application that answers at ``PATH``, behind the guard."""
    app = make_server(indexes, max_tokens=max_tokens).streamable_http_app(
        streamable_http_path=PATH,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard does it
    )
    limits = options.limits
    reader = BodyReader(MessageReader(app), most=limits.body, seconds=limits.seconds)
    return Guard(reader, options, host_hint="ask for 127.0.0.1 or localhost", origin_hint="only programs may ask")


@dataclass(frozen=True, slots=True)
class MessageReader:
    """Hands on requests with their messages mended, and answers those that the SDK would never answer."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. The body has been read, and comes in one piece."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        text = mend_message((await receive())["body"].decode("utf-8", "replace"))
        if error := refuse_message(text):
            await Answer(error.model_dump(exclude_unset=True), 400)(scope, receive, send)
            return
        parts: list[Message] = [{"type": "http.request", "body": text.encode(), "more_body": False}]

        async def give() -> Message:
            return parts.pop() if parts else await receive()

        await self.app(scope, give, send)
