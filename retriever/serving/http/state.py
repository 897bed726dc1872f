"""What the routes share: the served indexes, the threads, the options."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from retriever import Progress
from retriever.serving.http.answers import Answer, describe, encode
from retriever.serving.http.failures import StoppedError
from retriever.serving.http.localising import find_language, translate
from retriever.serving.http.metrics import Metrics
from retriever.serving.http.options import ServerOptions
from retriever.serving.http.processes import PATIENCE, SearchProcesses
from retriever.serving.http.served import ServedIndexes
from retriever.serving.http.workers import Workers

# A second writer of an index is refused by the index, so that more threads only tell it so.
WRITERS = 4


@dataclass(frozen=True, slots=True)
class ServerState:
    """The state of an application: ``workers`` read, ``writers`` write, ``processes`` search once they are started."""

    served: ServedIndexes
    workers: Workers
    options: ServerOptions
    writers: Workers
    metrics: Metrics
    processes: SearchProcesses | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    async def answer(self, make: Callable[[], dict[str, Any]]) -> Answer:
        """The answer that ``make`` gives in a thread, which also writes the JSON: the event loop does no work."""
        return _Encoded(await self.workers.run(lambda: encode(make())))

    async def search(self, work: Callable[..., dict[str, Any]], *arguments: object) -> Answer:
        """The answer that ``work`` gives of what is served and ``arguments``, in another process if there are any.

        See ``Work`` for what it must be. Processes that wait for load are started once there is.
        """
        processes = self.processes
        if processes and self.workers.seconds_crowded >= PATIENCE:
            processes.start_aside()
        if not processes or not processes.can_search():
            return await self.answer(lambda: work(self.served, *arguments))
        return _Encoded(await self.workers.run(lambda: processes.call(work, *arguments)))

    async def answer_by_steps(self, make: Callable[[Callable[[], None]], dict[str, Any]]) -> Answer:
        """The same for long work. It calls what it is given at each step, which raises StoppedError if it is over."""
        over = threading.Event()

        def go_on() -> None:
            if over.is_set() or self.closed.is_set():
                raise StoppedError("nobody waits for this answer any more", hint="ask again")

        try:
            return await self.answer(lambda: make(go_on))
        finally:
            over.set()

    async def write(self, make: Callable[[], dict[str, Any]]) -> Answer:
        """The same in a thread for writing, which may take its time."""
        return _Encoded(await self.writers.run(lambda: encode(make())))

    def describe(self, request: Request, error: Exception) -> dict[str, Any]:
        """An error for an answer that is not a refusal, in the language of the request."""
        return translate(describe(error), find_language(request.headers), self.options.localise)

    def begin(self) -> None:
        """Work, also once more after ``close``."""
        self.stopping.clear()
        self.closed.clear()
        if self.processes:
            self.processes.begin()

    def stop(self) -> None:
        """Begin to stop: syncs end at their next step, and no other processes start any more."""
        self.stopping.set()
        if self.processes and not self.processes.count:
            self.processes.close()

    def keep_on(self, _: Progress) -> None:
        """Called at each step of a request that writes. Raises StoppedError if it had its time to finish."""
        if self.closed.is_set():
            raise StoppedError("the server has stopped", hint="send it again: what was embedded is kept")

    def close(self) -> None:
        """Let the threads end."""
        self.closed.set()
        self.workers.close()
        self.writers.close()
        if self.processes:
            self.processes.close()


class _Encoded(Answer):
    def render(self, content: Any) -> bytes:
        """The content as it is."""
        return bytes(content)


def state_of(request: Request) -> ServerState:
    """The state of the application that a request is for."""
    state: ServerState = request.app.state.server
    return state
