"""How often a client may ask: so many requests a second in the long run, and a burst of two seconds' worth at once."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from retriever.serving.http.answers import problem
from retriever.serving.http.guard import allow_origins
from retriever.serving.http.paths import find_path

BURST_SECONDS = 2.0
# Clients that are remembered; those that asked longest ago are forgotten, and their buckets are full by then.
MOST_CLIENTS = 10_000


class Buckets:
    """A bucket for each client, which fills at ``rate`` a second."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._burst = max(1.0, rate * BURST_SECONDS)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take one request from a client's bucket: 0, or the seconds until there is one."""
        now = self._clock()
        level, last = self._buckets.pop(client, (self._burst, now))
        level = min(self._burst, level + (now - last) * self._rate)
        wait = max(0.0, (1.0 - level) / self._rate)
        self._buckets[client] = (level if wait else level - 1.0, now)
        while len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return wait


class RateLimit:
    """Refuses the requests of a client that asks too often, by its address. Pages of allowed origins learn why."""

    def __init__(self, app: ASGIApp, rate: float, origins: Sequence[str]) -> None:
        self._app, self._origins = app, origins
        self._buckets = Buckets(rate) if rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a request for which there is room."""
        wait = 0.0
        if scope["type"] == "http" and self._buckets and find_path(scope) != "/health":
            wait = self._buckets.take(find_client((scope.get("client") or ("",))[0]))
        if not wait:
            await self._app(scope, receive, send)
            return
        headers = {"Retry-After": str(int(wait) + 1)}
        refusal = problem(429, "too_many_requests", "too many requests from this address", "wait", headers=headers)
        await refusal(scope, receive, allow_origins(self._origins, Headers(scope=scope), send))


def find_client(address: str) -> str:
    """Whom an address belongs to: of IPv6 everybody has a whole network of them."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
