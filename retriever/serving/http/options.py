"""How to serve: the address, who may come in, and how much each may ask."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from retriever.errors import UsageError

Localise: TypeAlias = Callable[[str, Sequence[str]], Sequence[str]]
"""Gives texts that are read together in the language of a tag such as ``zh-CN``, or as they are."""

LOOPBACK_NAMES = ("localhost",)
SHORTEST_TOKEN = 16
# Each takes memory, and more than there are CPUs gain nothing.
MOST_PROCESSES = 256


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, and whether it may write where the server is writable."""

    value: str = field(repr=False)
    may_write: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request, one client and all together may take.

    - ``body``: bytes of a request's body
    - ``rate``: requests a second of one client, in the long run; 0 for no limit
    - ``searches``: how many run at once, 0 for one more than CPUs; ``queue``: how many wait for these
    - ``seconds``: for an answer; ``write_seconds``: for documents to be added or removed
    - ``header_seconds``: for the head of a request, and for each part that is sent
    - ``idle_seconds``: between two requests of a connection; ``connections``: open at once
    - ``stop_seconds``: for running requests, when the server is to stop
    """

    body: int = 8 << 20
    rate: float = 100.0
    searches: int = 0
    queue: int = 64
    seconds: float = 30.0
    write_seconds: float = 600.0
    header_seconds: float = 10.0
    idle_seconds: float = 15.0
    connections: int = 1_000
    stop_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve.

    - ``host``, ``port``: the address; port 0 is any free one
    - ``local_socket``: the path of a Unix socket at which programs of this user may ask, too; they need no token, and
      may not write
    - ``tokens``: who has none of them is refused; without any, nobody is asked, which only loopback addresses allow
    - ``writable``: whether documents may be added and removed and sources refreshed, by a token that may write
    - ``allow_hosts``: names that a Host header may have, besides those of the address
    - ``allow_origins``: other origins whose pages may ask, such as ``https://bot.example``
    - ``tokenizers``: encodings of tiktoken that contexts may be counted in, loaded before the first request
    - ``processes``: so many processes search, each on one CPU, and this one does the rest; 0 lets it do all, and None
      until there is load: as many as there are CPUs, four at most, are started once requests have to wait for seconds
    - ``log_questions``: write the text of questions into the log
    - ``localise``: translates what is wrong with a request for the ``Accept-Language`` of its client

    Raises UsageError where these do not go together.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    local_socket: str | None = None
    tokens: tuple[Token, ...] = ()
    writable: bool = False
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    tokenizers: tuple[str, ...] = ()
    processes: int | None = 0
    log_questions: bool = False
    limits: Limits = Limits()
    localise: Localise | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise UsageError(f"port must be 0 to 65535, not {self.port}", hint="give another port")
        if not 0 <= (self.processes or 0) <= MOST_PROCESSES:
            hint = "give 0 for none, or as many as there are CPUs"
            raise UsageError(f"processes must be 0 to {MOST_PROCESSES}, not {self.processes}", hint=hint)
        if not self.tokens and not is_loopback(self.host):
            raise UsageError(
                f"anybody who reaches {self.host!r} could read the indexes",
                hint="set RETRIEVER_TOKEN or give --token-file, or serve on 127.0.0.1",
            )
        if self.writable and not any(token.may_write for token in self.tokens):
            raise UsageError(
                "without a token, every program on this machine could change the indexes",
                hint="set RETRIEVER_TOKEN or give --token-file with a token that may write",
            )
        for token in self.tokens:
            _check_token(token)
        for name in self.allow_hosts:
            if not name or set(name) & set("/*:@ "):
                raise UsageError(f"not a name of a host: {name!r}", hint="give it without scheme and port")
        for origin in self.allow_origins:
            _check_origin(origin)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_token(token: Token) -> None:
    if len(token.value) < SHORTEST_TOKEN:
        hint = "make one, such as by: openssl rand -hex 32"
        raise UsageError(f"a token must have at least {SHORTEST_TOKEN} characters", hint=hint)
    if not (token.value.isascii() and token.value.isprintable()) or " " in token.value:
        raise UsageError("a token must be ASCII characters without spaces", hint="make one: openssl rand -hex 32")


def _check_origin(origin: str) -> None:
    scheme, mark, rest = origin.partition("://")
    if scheme not in ("http", "https") or not mark or not rest or set(rest) & set("/*?# "):
        raise UsageError(
            f"not an origin: {origin!r}", hint="give scheme, host and port, such as https://bot.example:8443"
        )
