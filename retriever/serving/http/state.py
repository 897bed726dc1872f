"""What the routes share: the served indexes, the threads, the options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from retriever.serving.http.answers import Answer, encode
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.served import ServedIndexes
from retriever.serving.http.workers import Workers


@dataclass(frozen=True, slots=True)
class ServerState:
    """The state of an application."""

    served: ServedIndexes
    workers: Workers
    options: ServerOptions

    async def answer(self, make: Callable[[], dict[str, Any]]) -> Answer:
        """The answer that ``make`` gives in a thread, which also writes the JSON: the event loop does no work."""
        return _Encoded(await self.workers.run(lambda: encode(make())))


class _Encoded(Answer):
    def render(self, content: Any) -> bytes:
        """The content as it is."""
        return bytes(content)


def state_of(request: Request) -> ServerState:
    """The state of the application that a request is for."""
    state: ServerState = request.app.state.server
    return state
