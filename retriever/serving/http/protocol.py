"""Connections as uvicorn keeps them, with the limits that it lacks.

They are a time for the head of a request, a time for a client that does not read its answer, and a number of
connections beyond which the one that has been idle longest is closed.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from retriever.serving.http.options import Limits


def make_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol of connections within ``limits``."""
    idle: dict[GuardedProtocol, None] = {}
    return type("LimitedProtocol", (GuardedProtocol,), {"limits": limits, "idle": idle})


class GuardedProtocol(H11Protocol):
    """A connection. ``idle`` has those without a request, in the order in which they became idle."""

    limits: Limits
    idle: dict[GuardedProtocol, None]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for the connection, and wait for its first request."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections and self.idle:
            next(iter(self.idle)).close()
        self._note_state()

    def data_received(self, data: bytes) -> None:
        """Read on. The timer of a head runs on until the head is there."""
        super().data_received(data)
        self._note_state()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._note_state()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self.idle.pop(self, None)
        self._stop_timers()

    def pause_writing(self) -> None:
        """Give the client time to read."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.limits.header_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Write on."""
        super().resume_writing()
        if self._write_timer:
            self._write_timer.cancel()
            self._write_timer = None

    def close(self) -> None:
        """Close the connection."""
        if not self.transport.is_closing():
            self.transport.close()

    def _note_state(self) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.idle.pop(self, None)
            if self._head_timer:
                self._head_timer.cancel()
                self._head_timer = None
            return
        self.idle.setdefault(self)
        # uvicorn has a timer between two requests, until the first byte of the next.
        if self._head_timer is None and self.timeout_keep_alive_task is None:
            self._head_timer = self.loop.call_later(self.limits.header_seconds, self.close)

    def _stop_timers(self) -> None:
        for timer in (self._head_timer, self._write_timer):
            if timer:
                timer.cancel()
