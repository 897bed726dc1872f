"""The threads that work for coroutines: a bounded number, made anew in the child of a fork."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from retriever.arguments import require_callback, require_count
from retriever.errors import UsageError
from retriever.locks import renew_in_child
from retriever.system import cpu_count

if TYPE_CHECKING:
    from retriever.reports import Progress
    from retriever.searching import OnProgress

Result = TypeVar("Result")


class Threads:
    """Threads that are started as they are needed.

    A coroutine that is cancelled ends at once; work that it waits for and that has not begun never does.
    """

    def __init__(self, count: int | None, location: str) -> None:
        """``count`` is how many work at once, by default one more than CPUs; ``location`` is for errors."""
        require_count("threads", count, at_least=1, optional=True)
        self._count = count or cpu_count() + 1
        self._location = location
        self._executor: ThreadPoolExecutor | None = None
        self._closed = False
        renew_in_child(self)

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of ``work``. Raises UsageError after ``close``, also for what has not begun by then."""
        self._require_open()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._count, thread_name_prefix="retriever")

        def begin() -> Result:
            self._require_open()
            return work()

        return await asyncio.wrap_future(self._executor.submit(contextvars.copy_context().run, begin))

    async def write(self, work: Callable[[OnProgress], Result], on_progress: OnProgress | None) -> Result:
        """The result of work that tells its progress. If the coroutine is cancelled, it stops at its next step."""
        require_callback("on_progress", on_progress)
        cancelled = threading.Event()

        def note(progress: Progress) -> None:
            if cancelled.is_set():
                raise asyncio.CancelledError  # leaves the index as it was, as an interruption does
            if on_progress:
                on_progress(progress)

        try:
            return await self.run(partial(work, note))
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def close(self) -> None:
        """Begin nothing more; what has begun finishes."""
        self._closed = True
        if self._executor:
            # What waits is not cancelled: its tasks would end as if somebody had cancelled them.
            self._executor.shutdown(wait=False)

    def _require_open(self) -> None:
        if self._closed:
            raise UsageError(f"the retriever of {self._location} is closed", hint="open it again: AsyncRetriever.open")

    def renew(self) -> None:
        """See ``retriever.locks.Renewed``: threads stay behind in the parent of a fork."""
        self._executor = None
