"""The processes of a pool: each request is asked of one that is free, in the order of coming."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from retriever.errors import ProcessError, ProcessTimeoutError
from retriever.pool.process import PoolProcess
from retriever.search.turns import Turns


class Processes:
    """Processes that have indexes open, started when they are needed. For threads, each of whose calls has one.

    A signal handler may raise after any call (see ``retriever.locks``): so what a call has is noted on the process, and
    one that owes an answer is ended instead of being asked for another. A signal handler may itself ask: then it has
    another process.
    """

    def __init__(
        self,
        locations: Sequence[str],
        count: int,
        *,
        seconds: float | None,
        on_replaced: Callable[[int], object] | None,
    ) -> None:
        """The arguments are those of ``RetrieverPool``."""
        self._locations = list(locations)
        self.count = count
        self._seconds, self._on_replaced = seconds, on_replaced
        self._turns = Turns(count)
        self.running: list[PoolProcess] = []
        self._lock, self._all_lock = threading.RLock(), threading.Lock()
        self._program, self.closed = os.getpid(), False
        self._end = weakref.finalize(self, _kill_all, self._program, self.running)

    @property
    def can_ask(self) -> bool:
        """Whether this process is the one that started them, and not a fork."""
        return os.getpid() == self._program

    def ask(self, request: bytes) -> Any:
        """The answer to a request. Raises what is raised there, ProcessError and ProcessTimeoutError."""
        call, replaced = object(), list[int]()
        with self._turns.hold():
            try:
                return self._ask(call, request, replaced)
            finally:
                try:
                    self._let_go(call)
                except BaseException:  # of a signal
                    self._let_go(call)
                    raise
                self._tell(replaced)

    def ask_all(self, request: bytes) -> None:
        """Ask each of them, all at once, so that each thread has another one. Starts those that do not run.

        Raises as ``ask``.
        """
        together = threading.Barrier(self.count)

        def ask(_: int) -> None:
            call, replaced = object(), list[int]()
            with self._turns.hold():
                try:
                    self._meet(call, together)
                    self._ask(call, request, replaced)
                finally:
                    self._let_go(call)
                    self._tell(replaced)

        with self._all_lock, ThreadPoolExecutor(self.count, "retriever-start") as threads:
            try:
                asked = [threads.submit(ask, number) for number in range(self.count)]
            except BaseException:  # of a signal, or there are no more threads
                together.abort()
                raise
        failures = [failure for one in asked if (failure := one.exception())]
        # Those that waited for one that failed tell nothing.
        for failure in sorted(failures, key=lambda failure: isinstance(failure, threading.BrokenBarrierError)):
            raise failure

    def stop(self) -> None:
        """End all of them, whatever they do. In a fork it does nothing: they are its parent's."""
        if self.can_ask:
            self.closed = True
            self._end()

    def close(self) -> None:
        """End each of them once it has answered. In a fork it does nothing."""
        if self.can_ask:
            self.closed = True
            with self._lock:
                for process in self.running:
                    if process.owner is None:
                        process.kill()

    def _meet(self, call: object, others: threading.Barrier) -> None:
        """Take a process, and wait until the others have taken theirs."""
        try:
            self._take(call)
            others.wait()
        except BaseException:
            others.abort()
            raise

    def _ask(self, call: object, request: bytes, replaced: list[int]) -> Any:
        """The answer of a process; of a second one, which is added to ``replaced``, where the first has ended.

        The request may be what ended it, so there is no third.
        """
        process, has_ended = self._take(call), False
        if process.number:
            try:
                return process.ask(request, self._seconds)
            except ProcessTimeoutError:
                raise
            except ProcessError:
                self._let_go(call)
                process, has_ended = self._take(call, new=True), True
        process.start(self._locations, self._seconds)
        if has_ended:
            replaced.append(process.number)
        return process.ask(request, self._seconds)

    def _tell(self, replaced: Sequence[int]) -> None:
        if self._on_replaced is not None:
            for number in replaced:
                self._on_replaced(number)

    def _take(self, call: object, *, new: bool = False) -> PoolProcess:
        """The process that a call has, else one that is free, else one that is not started yet."""
        with self._lock:
            if self.closed:
                raise ProcessError("the pool of processes was closed", hint="ask another one")
            process = None if new else self._find(call) or self._find(None)
            if process is None:
                process = PoolProcess(call)
                self.running.append(process)
            process.owner = call
            return process

    def _let_go(self, call: object) -> None:
        """Let others have the process of a call, if it can be asked again and is not one too many."""
        with self._lock:
            process = self._find(call)
            if process is None:
                return
            if self.closed or process.is_asked or not process.is_running or len(self.running) > self.count:
                process.kill()
                self.running.remove(process)
            process.owner = None

    def _find(self, owner: object) -> PoolProcess | None:
        for process in self.running:
            if process.owner is owner:
                return process
        return None


def _kill_all(program: int, running: Sequence[PoolProcess]) -> None:
    if os.getpid() == program:  # else they are those of the parent
        for process in list(running):
            process.kill()
