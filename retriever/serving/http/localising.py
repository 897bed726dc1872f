"""Says what is wrong with a request in the language of whoever sent it, as ``ServerOptions.localise`` translates it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retriever.serving.http.answers import JSON_TYPE, encode
from retriever.serving.http.options import Localise

# What a client has written may stand in a message, and longer ones would take time to be looked up.
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Localising:
    """Translates the ``message`` and the ``hint`` of a refusal; other answers are handed on as they are."""

    app: ASGIApp
    localise: Localise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in the first language of ``Accept-Language`` where there are words for it."""
        wanted = Headers(scope=scope).get("accept-language", "") if scope["type"] == "http" else ""
        language = wanted.partition(",")[0].partition(";")[0].strip()
        if not language:
            await self.app(scope, receive, send)
            return
        held: Message | None = None

        async def hand_on(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_refusal(message):
                held = message  # until the length of the body is known
                return
            if held is not None:
                start, held = held, None
                message["body"] = self._translate(message.get("body", b""), language)
                MutableHeaders(raw=start["headers"])["Content-Length"] = str(len(message["body"]))
                await send(start)
            await send(message)

        await self.app(scope, receive, hand_on)

    def _translate(self, body: bytes, language: str) -> bytes:
        answer: dict[str, Any] = json.loads(body)
        error = answer["error"]
        texts = (error["message"], error["hint"])
        if max(map(len, texts)) <= LONGEST:
            error["message"], error["hint"] = self.localise(language, texts)
        return encode(answer)


def _is_refusal(start: Message) -> bool:
    """Whether an answer is a ``problem``, which comes in one piece."""
    return bool(start["status"] >= 400) and Headers(raw=start["headers"]).get("content-type") == JSON_TYPE
