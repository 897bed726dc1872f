"""Lets as many threads compute at a time as there are cores.

What a search computes is mostly Python, of which one thread runs at a time. Eight threads that want to run it hand
Python's lock over hundreds of times in a search, and each time a core waits until the next thread is awake. Threads
that wait here instead do not want it. Who came first is next. Nothing that waits for a server or for code of the user
belongs inside.

A whole search that has to wait is done by a thread of this module, which goes on with the next one instead of waking
the thread that asked for it: so no more threads than cores want Python's lock, however many ask.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from retriever.locks import WORK, renew_in_child
from retriever.system import cpu_count

Result = TypeVar("Result")


class _Waiting:
    """A thread that waits for a turn: ``ready`` is locked until it has one."""

    def __init__(self) -> None:
        self.ready = threading.Lock()
        self.ready.acquire()


class _Job(_Waiting, Generic[Result]):
    """Work that waits for a turn: ``ready`` is locked until it is done."""

    def __init__(self, work: Callable[[], Result]) -> None:
        super().__init__()
        self._work = WORK.shared(work)
        self._result: Result
        self._error: BaseException | None = None

    def do(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self.ready.release()

    def result(self) -> Result:
        """What the work returned, once it is done. Raises what it raised."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # it refers to this frame
        return self._result


class _Worker:
    """A thread without work: ``wake`` is locked until it has a job, and the turn to do it."""

    def __init__(self) -> None:
        self.wake = threading.Lock()
        self.job: _Job[Any] | None = None


AnyWaiting = TypeVar("AnyWaiting", bound=_Waiting)


class _State:
    """Who computes and who waits, in this process."""

    def __init__(self, free: int) -> None:
        self.lock = threading.Lock()
        self.free = free
        # Nobody waits while there is a free turn.
        self.waiting: deque[_Waiting | _Job[Any]] = deque()
        self.idle: list[_Worker] = []

    def ask(self, make: Callable[[], AnyWaiting]) -> AnyWaiting | None:
        """Take a free turn, else wait for one: None, or what waits."""
        with self.lock:
            if self.free:
                self.free -= 1
                return None
            waiting = make()
            self.waiting.append(waiting)
            return waiting

    def withdraw(self, waiting: _Waiting) -> bool:
        """Wait no longer; whether it still did."""
        with self.lock:
            if waiting in self.waiting:
                self.waiting.remove(waiting)
                return True
        return False


class Turns:
    """Turns to compute. A thread that has one keeps it: it may ask for another inside."""

    def __init__(self, most: int) -> None:
        """``most`` is how many threads compute at a time."""
        self._most = most
        self._own = threading.local()
        self.renew()
        renew_in_child(self)

    @contextmanager
    def hold(self, *, needed: bool = True) -> Iterator[None]:
        """Compute inside, once it is this thread's turn; at once unless that is ``needed``."""
        if not needed or getattr(self._own, "has", False):
            yield
            return
        state = self._state  # the same one to the end, also after a fork in between
        if waiting := state.ask(_Waiting):
            try:
                waiting.ready.acquire()
            except BaseException:
                if not state.withdraw(waiting):
                    self._pass_on(state)
                raise
        with self._have(state):
            yield

    def run(self, work: Callable[[], Result], *, needed: bool = True) -> Result:
        """Do ``work``, which is all that a call does, when it is its turn; at once unless that is ``needed``.

        Another thread does it where it has to wait.
        """
        if not needed or getattr(self._own, "has", False):
            return work()
        state = self._state
        job = state.ask(lambda: _Job(work))
        if job is None:
            with self._have(state):
                return work()
        try:
            job.ready.acquire()
        except BaseException:
            if not state.withdraw(job):
                job.ready.acquire()  # a fork may not happen before it is done
            raise
        return job.result()

    def renew(self) -> None:
        """See ``Renewed``."""
        self._state = _State(self._most)

    @contextmanager
    def _have(self, state: _State) -> Iterator[None]:
        """This thread has a turn inside, and passes it on behind."""
        self._own.has = True
        try:
            yield
        finally:
            self._own.has = False
            self._pass_on(state)

    def _pass_on(self, state: _State) -> None:
        """Give the turn of this thread to who has waited longest, to another thread if that is a job."""
        while True:
            with state.lock:
                if not state.waiting:
                    state.free += 1
                    return
                waiting = state.waiting.popleft()
                idle = state.idle.pop() if state.idle and isinstance(waiting, _Job) else None
            if not isinstance(waiting, _Job):
                waiting.ready.release()
                return
            if idle:
                idle.job = waiting
                idle.wake.release()
                return
            try:
                threading.Thread(target=self._do_jobs, args=(state, waiting), daemon=True).start()
                return
            except RuntimeError:  # there can be no more threads
                self._own.has = True
                waiting.do()
                self._own.has = False

    def _do_jobs(self, state: _State, job: _Job[Any] | None) -> None:
        """Do a job and those that wait behind it, and then, when there are some again, others."""
        self._own.has = True
        worker = _Worker()
        worker.wake.acquire()
        while True:
            while job is not None:
                job.do()
                job = self._next_job(state, worker)
            worker.wake.acquire()
            job, worker.job = worker.job, None

    def _next_job(self, state: _State, worker: _Worker) -> _Job[Any] | None:
        """The job that has waited longest, unless somebody else has; the turn is then passed on."""
        with state.lock:
            if state.waiting and isinstance(state.waiting[0], _Job):
                return state.waiting.popleft()  # type: ignore[return-value]
            state.idle.append(worker)
        self._pass_on(state)
        return None


TURNS = Turns(cpu_count())
