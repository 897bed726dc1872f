"""Reads the body of a request before anything is done: so many bytes, in so much time, JSON only.

From then on it watches the connection: if the client goes away, what is being done for it is cancelled.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retriever.serving.http.answers import Answer, problem


@dataclass(frozen=True, slots=True)
class BodyReader:
    """Hands on requests with their bodies in memory; ``most`` bytes, within ``seconds``."""

    app: ASGIApp
    most: int
    seconds: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then answer as long as the client is there."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await self._read(Headers(scope=scope), receive)
        if isinstance(body, Answer):
            # The rest of the body would be taken for the next request.
            body.headers["Connection"] = "close"
            await body(scope, receive, send)
        elif body is not None:
            await _Exchange(scope, receive, send, body).run(self.app)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | Answer | None:
        """The body, or the answer that refuses it; None if the client went away meanwhile."""
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > self.most:
            return self._refuse_size()
        try:
            body = await asyncio.wait_for(_read_all(receive, self.most), self.seconds)
        except asyncio.TimeoutError:
            return problem(408, "timeout", f"the body did not come within {self.seconds:g} seconds", "send it faster")
        if body is None or len(body) <= self.most:
            return self._check_type(headers, body)
        return self._refuse_size()

    def _check_type(self, headers: Headers, body: bytes | None) -> bytes | Answer | None:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind != "application/json" and not kind.endswith("+json"):
            hint = "send the header: Content-Type: application/json"
            return problem(415, "unsupported_type", f"the body is not declared as JSON: {kind[:100]!r}", hint)
        return body

    def _refuse_size(self) -> Answer:
        return problem(413, "too_large", f"the body has more than {self.most:,} bytes", "send less at a time")


async def _read_all(receive: Receive, most: int) -> bytes | None:
    """The body, broken off once it is too large; None if the client went away."""
    parts: list[bytes] = []
    length, more = 0, True
    while more and length <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        more = message.get("more_body", False)
    return b"".join(parts)


class _Exchange:
    """A request that has been read, until it is answered or its client has gone."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._body: bytes | None = body
        self._gone, self._answered = asyncio.Event(), False

    async def run(self, app: ASGIApp) -> None:
        answering = asyncio.ensure_future(app(self._scope, self._give_body, self._note_end))
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.wait((answering, watching), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and not self._answered:
                answering.cancel()
            await asyncio.wait((answering,))
        finally:
            answering.cancel()
            watching.cancel()
        if not answering.cancelled():
            answering.result()

    async def _give_body(self) -> Message:
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _note_end(self, message: Message) -> None:
        self._answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
