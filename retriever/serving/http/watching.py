"""The outermost layer: gives each request an id, counts, times and logs it, and puts safe headers on its answer."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retriever.serving.http.logs import log
from retriever.serving.http.metrics import Metrics
from retriever.serving.http.paths import find_path

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNKNOWN, PAGE = "other", "page"
# Answers that nobody gets because the client has gone.
GONE = 499


@dataclass(frozen=True, slots=True)
class Watching:
    """Watches every request from its arrival to its end. ``log_questions`` adds the texts of questions to the log."""

    app: ASGIApp
    metrics: Metrics
    log_questions: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then count and log."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = Headers(scope=scope).get("x-request-id", "")
        request = named if _ID.fullmatch(named) else secrets.token_hex(8)
        status, length, started = GONE, 0, time.perf_counter()

        async def note(message: Message) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = message["status"]
                _put_headers(MutableHeaders(raw=message.setdefault("headers", [])), find_path(scope), request)
            else:
                length += len(message.get("body", b""))
            await send(message)

        with self.metrics.open.track_inprogress():
            try:
                await self.app(scope, receive, note)
            except Exception:
                status = 500
                raise
            finally:
                seconds = time.perf_counter() - started
                route = _find_route(scope)
                self.metrics.note(scope["method"], route, status, seconds)
                self._log(scope, request, route, status, length, seconds)

    def _log(self, scope: Scope, request: str, route: str, status: int, length: int, seconds: float) -> None:
        fields: dict[str, object] = {
            "request": request,
            "client": (scope.get("client") or ("",))[0],
            "method": scope["method"][:20],
            "route": route,
            "status": status,
            "bytes": length,
            "ms": round(seconds * 1000, 1),
        }
        question = scope.get("state", {}).get("question")
        log("request", fields | ({"question": question} if self.log_questions and question else {}))


def _find_route(scope: Scope) -> str:
    """The path of the route as it was declared; the page's files, and paths that lead nowhere, have one name each."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path:
        return path
    asked = find_path(scope)
    return PAGE if asked == "/" or asked.startswith("/static/") else UNKNOWN


def _put_headers(headers: MutableHeaders, path: str, request: str) -> None:
    headers["X-Request-Id"] = request
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if path.startswith("/v1/") or path == "/metrics":
        headers.setdefault("Cache-Control", "no-store")
