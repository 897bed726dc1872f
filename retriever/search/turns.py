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
from contextvars import copy_context
from typing import Any, Generic, TypeVar

from retriever.locks import WORK, renew_in_child
from retriever.system import cpu_count

Result = TypeVar("Result")


class _Waiting:
    """A thread that asks for a turn: ``ready`` is locked until it has one, which ``has`` tells."""

    def __init__(self) -> None:
        self.has = False
        self.ready = threading.Lock()
        self.ready.acquire()


class _Job(_Waiting, Generic[Result]):
    """Work of such a thread: ``ready`` is locked until it has a turn, or until the worker that took it has done it."""

    def __init__(self, work: Callable[[], Result]) -> None:
        super().__init__()
        self.taken = self.done = False
        self._work = WORK.shared(work)
        self._context = copy_context()  # what a tracer of the program keeps there belongs to this work, too
        self._result: Result
        self._error: BaseException | None = None

    def do(self) -> None:
        try:
            self._result = self._context.run(self._work)
        except BaseException as error:
            self._error = error
        finally:
            self.done = True
            self.ready.release()

    def result(self) -> Result:
        """What the work returned, once it is done. Raises what it raised."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # it refers to this frame
        return self._result


class _Worker(_Waiting):
    """A thread of this module: ``ready`` is locked until it has a turn, and the job to do in it."""

    job: _Job[Any] | None = None


class _Own(threading.local):
    """What this thread asked a turn for last."""

    turn: _Waiting | None = None


class _State:
    """Who computes and who waits, in this process.

    A signal handler may raise after any call (see ``retriever.locks``): changes that belong together have no call
    between them, and what was interrupted can be asked for again.
    """

    def __init__(self, most: int) -> None:
        self.lock = threading.Lock()
        self.free = self._most = most
        self.waiting: deque[_Waiting | _Job[Any]] = deque()
        self.own = _Own()
        self._idle: list[_Worker] = []
        self._workers = 0

    def ask(self, waiting: _Waiting) -> None:
        """Take a free turn, else wait in line for one."""
        with self.lock:
            if self.free and not self.waiting:
                self.free -= 1
                waiting.has = True
            else:
                self.waiting.append(waiting)

    def leave(self, waiting: _Waiting) -> None:
        """Give the turn back, or wait for none any more."""
        with self.lock:
            if self.own.turn is waiting:
                self.own.turn = None
            if waiting.has:
                waiting.has = False
                self.free += 1
            elif waiting in self.waiting:
                self.waiting.remove(waiting)
        self._give_turns()
        if isinstance(waiting, _Job) and waiting.taken and not waiting.done:
            waiting.ready.acquire()  # a fork may not happen before it is done

    def _give_turns(self) -> None:
        """Give what turns are free to those who have waited longest. Workers do what is a job, if there can be any."""
        if self._give_all() and not self._start_worker():
            self._give_all(can_start=False)

    def _start_worker(self) -> bool:
        """Start one, which looks for a job itself; False if there can be no more threads."""
        try:
            threading.Thread(target=self._do_jobs, name="retriever-search", daemon=True).start()
        except RuntimeError:
            return False
        return True

    def _give_all(self, *, can_start: bool = True) -> bool:
        """Give turns, unless a worker has to be started for a job: whether that is so."""
        while True:
            with self.lock:
                if not self.free or not self.waiting:
                    return False
                first, worker = self.waiting[0], self._idle[-1] if self._idle else None
                if not isinstance(first, _Job) or (worker is None and not can_start):
                    self.free -= 1
                    del self.waiting[0]
                    first.has = True
                    first.ready.release()
                elif worker is None:
                    return True
                else:
                    self.free -= 1
                    del self.waiting[0], self._idle[-1]
                    first.taken = worker.has = True
                    worker.job = first
                    worker.ready.release()

    def _do_jobs(self) -> None:
        """Do jobs while there are some, in one turn, and wait for others."""
        with self.lock:
            if self._workers == self._most:
                return
            self._workers += 1
        worker = self.own.turn = _Worker()
        while True:
            job = self._next_job(worker)
            if job is None:
                worker.ready.acquire()
                job, worker.job = worker.job, None
            assert job
            job.do()

    def _next_job(self, worker: _Worker) -> _Job[Any] | None:
        """The job that has waited longest, if a worker may go on with it: it has a turn, and nobody is before it."""
        with self.lock:
            first = self.waiting[0] if worker.has and self.waiting else None
            if isinstance(first, _Job):
                del self.waiting[0]
                first.taken = True
                return first
            self.free += worker.has
            worker.has = False
            self._idle.append(worker)
        self._give_turns()
        return None


class Turns:
    """Turns to compute. A thread that has one keeps it: it may ask for another inside."""

    def __init__(self, most: int) -> None:
        """``most`` is how many threads compute at a time."""
        self._most = most
        self.renew()
        renew_in_child(self)

    @contextmanager
    def hold(self, *, needed: bool = True) -> Iterator[None]:
        """Compute inside, once it is this thread's turn; at once unless that is ``needed``."""
        state = self._state  # the same one to the end, also after a fork in between
        if not needed or _has_turn(state):
            yield
            return
        waiting = _Waiting()
        try:
            _wait(state, waiting)
            yield
        finally:
            try:
                state.leave(waiting)
            except BaseException:  # of a signal
                state.leave(waiting)
                raise

    def run(self, work: Callable[[], Result], *, needed: bool = True) -> Result:
        """Do ``work``, which is all that a call does, when it is its turn; at once unless that is ``needed``.

        Another thread does it where it has to wait.
        """
        state = self._state
        if not needed or _has_turn(state):
            return work()
        job = _Job(work)
        try:
            _wait(state, job)
            return work() if job.has else job.result()
        finally:
            try:
                state.leave(job)
            except BaseException:  # of a signal
                state.leave(job)
                raise

    def renew(self) -> None:
        """See ``Renewed``."""
        self._state = _State(self._most)


def _has_turn(state: _State) -> bool:
    turn = state.own.turn
    return turn is not None and turn.has


def _wait(state: _State, waiting: _Waiting) -> None:
    """Wait for a turn; a job may be done instead."""
    state.own.turn = waiting
    state.ask(waiting)
    if not waiting.has:
        waiting.ready.acquire()


TURNS = Turns(cpu_count())
