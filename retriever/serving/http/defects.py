"""Answers for a defect of the server, where the answer is still counted, translated and given its headers."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retriever.serving.http.answers import Answer, describe


@dataclass(frozen=True, slots=True)
class Defects:
    """Hands on requests; the answer to one that fails as nobody expected tells that, and nothing of the error."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. Raises the error again, for the log."""
        has_begun = False

        async def note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, note)
        except Exception as error:
            if scope["type"] == "http" and not has_begun:
                await Answer(describe(error), 500)(scope, receive, send)
            raise
