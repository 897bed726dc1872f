"""Who may come in: the Host header, the Origin, and the bearer token, checked in this order before anything is read.

Whoever comes through the local socket needs no token: its file keeps all others out.

A page of another site can have a browser send requests here. Its Origin gives it away, and where it has bound its own
name to this address (DNS rebinding), its Host header does.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retriever.serving.http.answers import Answer, problem
from retriever.serving.http.options import LOOPBACK_NAMES, ServerOptions, Token
from retriever.serving.http.paths import find_path

# What holds nothing of an index: the page, which asks for the token, and what describes the server.
OPEN_PATHS = ("/", "/index.html", "/health", "/openapi.json")
OPEN_FOLDER = "/static/"
PREFLIGHT_SECONDS = "600"
# Nothing may stand behind the brackets of an address, or in place of a port, that another reader takes for the name.
_HOST = re.compile(
    r"(?:\[(?P<address>[0-9a-f]*:[0-9a-f:.]*)\]|(?P<name>[^\[\]:@/?#\\\s]+?)\.?)(?::[0-9]{0,5})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses requests of strangers, and answers the preflights of allowed origins."""

    app: ASGIApp
    options: ServerOptions
    host_hint: str = "allow it: --allow-host NAME"
    origin_hint: str = "allow it: --allow-origin ORIGIN"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request of somebody who may come in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._check_host(headers) or self._check_origin(find_path(scope), headers)
        if refusal:
            await refusal(scope, receive, send)
            return
        origins = self.options.allow_origins
        send = allow_origins(origins, headers, send)
        if headers.get("origin") in origins and _is_preflight(scope, headers):
            await _answer_preflight()(scope, receive, send)
            return
        refusal = self._check_token(scope, headers)
        await (refusal or self.app)(scope, receive, send)

    def _check_host(self, headers: Headers) -> Answer | None:
        names = headers.getlist("host")
        if len(names) == 1 and self._is_host(_split_port(names[0])):
            return None
        return problem(421, "wrong_host", "this server does not answer to that name", self.host_hint)

    def _is_host(self, name: str | None) -> bool:
        if not name:
            return False
        if name in (*LOOPBACK_NAMES, self.options.host.lower(), *map(str.lower, self.options.allow_hosts)):
            return True
        try:
            # No name was looked up, so none can have been bound to this address.
            return bool(ipaddress.ip_address(name))
        except ValueError:
            return False

    def _check_origin(self, path: str, headers: Headers) -> Answer | None:
        origins = headers.getlist("origin")
        # Behind a proxy with TLS the browser knows this server by another scheme.
        own = [f"{scheme}://{headers['host']}" for scheme in ("http", "https")]
        site = headers.get("sec-fetch-site", "")
        # A browser names no origin where a page only shows an image or follows a link.
        foreign = not origins and site in ("cross-site", "same-site") and path not in OPEN_PATHS
        if not foreign and (not origins or (len(origins) == 1 and origins[0] in (*own, *self.options.allow_origins))):
            return None
        return problem(403, "wrong_origin", "pages of that origin may not ask", self.origin_hint)

    def _is_local(self, scope: Scope) -> bool:
        """Whether the request came through the socket that only programs of this user can open."""
        address, _ = scope.get("server") or (None, None)
        return address is not None and address == self.options.local_socket

    def _check_token(self, scope: Scope, headers: Headers) -> Answer | None:
        """Remember in the scope whether the request may write."""
        scope.setdefault("state", {})["may_write"] = False
        if not self.options.tokens or self._is_local(scope):
            return None
        scheme, _, value = headers.get("authorization", "").partition(" ")
        token = find_token(self.options.tokens, value.strip() if scheme.lower() == "bearer" else "")
        if token:
            scope["state"]["may_write"] = token.may_write
            return None
        if _is_open(scope):
            return None
        challenge = {"WWW-Authenticate": 'Bearer realm="retriever"'}
        hint = "send the header: Authorization: Bearer TOKEN"
        return problem(401, "unauthorized", "the token is missing or wrong", hint, headers=challenge)


def find_token(tokens: tuple[Token, ...], value: str) -> Token | None:
    """The token of that value. How long it takes tells nothing about how much of it was right."""
    # Digests are compared, which are of one length, whatever was given.
    given = _digest(value)
    matching = [token for token in tokens if hmac.compare_digest(_digest(token.value), given)]
    return matching[0] if matching else None


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()


def _is_open(scope: Scope) -> bool:
    path = find_path(scope)
    return scope["method"] in ("GET", "HEAD") and (path in OPEN_PATHS or path.startswith(OPEN_FOLDER))


def _split_port(host: str) -> str | None:
    """The name or address in a Host header, in lower case, without port and brackets; None for what is not a host."""
    match = _HOST.fullmatch(host.strip().lower())
    return (match["address"] or match["name"]) if match else None


def allow_origins(origins: Sequence[str], asked: Headers, send: Send) -> Send:
    """Sends answers to a request so that a page of one of ``origins`` may read them; to others as ``send`` does."""
    origin = asked.get("origin", "")
    if origin not in origins:
        return send

    async def send_allowed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            headers.add_vary_header("Origin")
        await send(message)

    return send_allowed


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


def _answer_preflight() -> Answer:
    headers = {
        "Access-Control-Allow-Methods": "GET, POST, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": PREFLIGHT_SECONDS,
    }
    return Answer({}, 200, headers=headers)
