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
        language = find_language(Headers(scope=scope)) if scope["type"] == "http" else ""
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
                message["body"] = encode(translate(json.loads(message.get("body", b"")), language, self.localise))
                MutableHeaders(raw=start["headers"])["Content-Length"] = str(len(message["body"]))
                await send(start)
            await send(message)

        await self.app(scope, receive, hand_on)


def find_language(headers: Headers) -> str:
    """The first language that the client of a request wants; "" if it does not say."""
    return headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()


def translate(answer: dict[str, Any], language: str, localise: Localise | None) -> dict[str, Any]:
    """An error as answers hold it, with the ``message`` and the ``hint`` in a language, if both can be."""
    error = answer["error"]
    texts = (error["message"], error["hint"])
    if localise and language and max(map(len, texts)) <= LONGEST:
        error["message"], error["hint"] = localise(language, texts)
    return answer


def _is_refusal(start: Message) -> bool:
    """Whether an answer is a ``problem``, which comes in one piece."""
    return bool(start["status"] >= 400) and Headers(raw=start["headers"]).get("content-type") == JSON_TYPE
