"""A sync as a stream of server-sent events: progress as it goes on, then the report or the error.

The sync runs in a thread of its own. A client that goes away misses the rest of the events and nothing else.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from retriever import Progress, SyncReport
from retriever.serving.http.answers import encode
from retriever.serving.http.failures import StoppedError

HEARTBEAT_SECONDS = 10.0
TYPE = "text/event-stream"


class SyncJob:
    """A sync that runs, and what it told last. ``stopping`` ends it at its next step, with the index as it was."""

    def __init__(
        self,
        work: Callable[[Callable[[Progress], None]], SyncReport],
        stopping: threading.Event,
        describe: Callable[[Exception], dict[str, Any]],
    ) -> None:
        self._work, self._stopping, self._describe = work, stopping, describe
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._progress: Progress | None = None
        self._outcome: SyncReport | Exception | None = None

    def run(self) -> None:
        """Do the work; called in a thread."""
        try:
            outcome: SyncReport | Exception = self._work(self._note)
        except Exception as error:
            outcome = error
        self._tell(outcome=outcome)

    async def begin(self) -> None:
        """Wait until the sync is under way. Raises the error of one that cannot begin."""
        await self._news.wait()
        if isinstance(self._outcome, Exception):
            raise self._outcome

    async def events(self) -> AsyncIterator[bytes]:
        """The events until the end. What comes faster than it is read is left out, except the end."""
        while True:
            try:
                await asyncio.wait_for(self._news.wait(), HEARTBEAT_SECONDS)
            except asyncio.TimeoutError:
                yield b": at work\n\n"
                continue
            self._news.clear()
            if self._outcome is not None:
                yield self._format_outcome(self._outcome)
                return
            if self._progress:
                yield _format("progress", _describe_progress(self._progress))

    def _format_outcome(self, outcome: SyncReport | Exception) -> bytes:
        if isinstance(outcome, SyncReport):
            return _format("report", outcome.to_dict())
        return _format("error", self._describe(outcome))

    def _note(self, progress: Progress) -> None:
        if self._stopping.is_set():
            raise StoppedError("the server is stopping", hint="sync again: what was embedded is kept")
        self._tell(progress=progress)

    def _tell(self, *, progress: Progress | None = None, outcome: SyncReport | Exception | None = None) -> None:
        self._progress, self._outcome = progress or self._progress, outcome
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)


def _describe_progress(progress: Progress) -> dict[str, Any]:
    return {
        "stage": progress.stage,
        "done": progress.done,
        "total": progress.total,
        "unit": progress.unit,
        "detail": progress.detail,
        "share": progress.share,
    }


def _format(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: ".encode() + encode(data) + b"\n\n"
