"""Threads that do the work of requests: so many at once, so many waiting, so long each.

A request that is over, because its time is or its client has gone, is not begun any more. One that has begun keeps its
thread until it is done, so that no more work runs than there are threads.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TypeVar

from retriever.serving.http.failures import BusyError, DeadlineError

Result = TypeVar("Result")


# One process is no faster at more searches at once than at these, however many CPUs and threads there are.
CROWD = 3


class Workers:
    """A bounded pool of threads with a bounded queue, for any number of event loops. After ``close`` it starts anew."""

    def __init__(self, threads: int, queue: int, seconds: float) -> None:
        self.threads, self.queue, self._seconds = threads, queue, seconds
        # Started or waiting; what was given up while it waited no longer counts.
        self.pending = 0
        self._crowd = min(threads, CROWD)
        # Requests with which a crowd goes on. Where none may wait, one more would be refused.
        self._rest = max(1, min(self._crowd, threads + queue - 1))
        # Seconds, and when they were counted last.
        self._crowded, self._counted = 0.0, time.monotonic()
        self._is_crowded = False
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of ``work``, called in a thread.

        Raises BusyError where the queue is full, DeadlineError where the time is over.
        """
        future = self.submit(work)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except asyncio.TimeoutError:
            raise DeadlineError(
                f"no answer within {self._seconds:g} seconds", hint="ask for less, or search with rerank=0"
            ) from None

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Call ``work`` in a thread, whoever waits for it.

        Raises BusyError where the queue is full, or no thread can be started.
        """
        with self._lock:
            self._count()
            if self.pending >= self.threads + self.queue:
                self._is_crowded = True
                raise BusyError(f"{self.pending} requests are being worked on or waiting", hint="ask again in a second")
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self.threads, thread_name_prefix="retriever-request")
            future = _submit(self._executor, work)
            self.pending += 1
            # Not with one that waits: of a page only the last question does.
            self._is_crowded |= self.pending > self._crowd + 1
        future.add_done_callback(self._note_end)
        return future

    def _note_end(self, _: object) -> None:
        with self._lock:
            self._count()
            self.pending -= 1
            self._is_crowded &= self.pending >= self._rest

    @property
    def seconds_crowded(self) -> float:
        """For how many seconds more requests than a process can work at have been there, less those since without.

        A moment in which clients are slow to ask again is not the end of load, and bursts now and then are not load.
        """
        with self._lock:
            self._count()
            return self._crowded

    def _count(self) -> None:
        now = time.monotonic()
        elapsed, self._counted = now - self._counted, now
        self._crowded = max(0.0, self._crowded + (elapsed if self._is_crowded else -elapsed))

    def close(self) -> None:
        """Let the threads end; what waits is not begun."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor:
            executor.shutdown(wait=False, cancel_futures=True)


def _submit(executor: ThreadPoolExecutor, work: Callable[[], Result]) -> Future[Result]:
    is_refused = threading.Event()

    def begin() -> Result:
        if is_refused.is_set():
            raise CancelledError
        return work()

    try:
        return executor.submit(begin)
    except RuntimeError as error:  # no more threads, but it is in the queue of those that there are
        is_refused.set()
        raise BusyError(f"no thread can be started: {error}", hint="ask again in a second") from error
