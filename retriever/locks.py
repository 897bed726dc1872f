"""Locks for a process that forks, and for one that ends while other threads are at work.

A fork copies the memory of all threads, but only the thread that forked goes on in the child: what another thread was
in the middle of stays half done there, and what it had locked stays locked. And a thread that comes back from a native
library once the interpreter is ending is stopped there, which aborts the process. So work in native libraries, and
whatever must not be seen half done, happens inside of ``WORK``: a fork and the end of the interpreter wait for it.

A signal handler may raise in the main thread, as those of Ctrl+C and of the time limits of task queues do: where a
Python function begins, and after any call. So nothing is counted up and down here: there are sets, from which a thread
is removed before anything else is called.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, Protocol, TypeVar

from retriever.errors import RetrieverError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

PATIENCE = 60.0
"""Seconds that a fork, or the end of the interpreter, waits for work in other threads."""


class _Own(threading.local):
    """Whether this thread works for one that is inside, and the locks that it holds, by their ids."""

    def __init__(self) -> None:
        self.covered = False
        self.locks: set[int] = set()


class _State:
    """Threads by their idents: those inside, those that fork, and the one that ends the interpreter."""

    def __init__(self) -> None:
        # Taken by itself: what takes and releases a condition is Python, and may be left out.
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.inside: set[int] = set()
        # A thread that forks inside does nothing meanwhile.
        self.forking: set[int] = set()
        self.late = False
        self.last: int | None = None

    def is_open(self) -> bool:
        """Whether this thread may go inside."""
        return not self.forking and self.last in (None, threading.get_ident())

    def wait_for(self, condition: Callable[[], bool], patience: float) -> bool:
        """Wait with ``lock`` held until a condition is true; whether it is after so many seconds."""
        end = time.monotonic() + patience
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self.changed.wait(min(left, 1.0))  # who was interrupted in telling of a change tells no more
        return True

    def tell(self) -> None:
        """Tell those that wait, if there are any, that a thread is not inside any more."""
        if self.forking or self.last is not None:
            with self.lock:
                self.changed.notify_all()


class Gate:
    """Lets neither a fork happen nor the interpreter end while a thread is inside. Any number of threads may be.

    A thread that is inside may enter again, and fork. What comes after a fork or the end waits for it.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._own = _Own()
        self._state = _State()
        self._lost = False
        self._modules = 0
        atexit.register(self._end)

    @property
    def is_inside(self) -> bool:
        """Whether this thread is inside, or works for one that is."""
        return self._own.covered or threading.get_ident() in self._state.inside

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be inside. Raises RetrieverError in a child that was forked in the middle of another thread's work."""
        if self.is_inside:
            yield
            return
        thread = threading.get_ident()
        try:
            self._enter(thread)
            yield
        finally:
            state = self._state
            state.inside.discard(thread)
            state.tell()

    def held(self, work: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """Decorates a function that is to run inside. Not for generators."""
        from functools import wraps

        @wraps(work)
        def held(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            with self.hold():
                return work(*args, **options)

        return held

    def outside(self, work: Callable[Arguments, Result], *args: Arguments.args, **options: Arguments.kwargs) -> Result:
        """What ``work`` returns, done outside: code of the user, which may fork or wait for a thread that does.

        A thread that holds a lock stays inside, as others may wait for that lock there, and so does one that works for
        another.
        """
        own, state, thread = self._own, self._state, threading.get_ident()
        if own.locks or thread not in state.inside:
            return work(*args, **options)
        try:
            state.inside.discard(thread)
            state.tell()
            return work(*args, **options)
        finally:
            self._enter(thread)

    def shared(self, work: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """``work`` for other threads that this one starts and waits for: they are inside as long as it is."""
        if not self.is_inside:
            return work

        def covered(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            own = self._own
            before, own.covered = own.covered, True
            try:
                return work(*args, **options)
            finally:
                own.covered = before

        return covered

    def precede(self) -> None:
        """Wait before a fork takes the locks of the libraries that have been imported by now.

        Of what is registered for a fork, the last comes first. Work that the fork waits for would wait for those locks.
        """
        modules = len(sys.modules)
        if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
            os.register_at_fork(before=self._close, after_in_parent=self._open, after_in_child=self._renew)
        self._modules = modules

    @contextmanager
    def lock(self, lock: threading.RLock) -> Iterator[None]:
        """Be inside, and hold a lock."""
        with self.hold(), lock:
            locks, number = self._own.locks, id(lock)
            try:
                locks.add(number)
                yield
            finally:
                locks.discard(number)

    def _enter(self, thread: int) -> None:
        if self._lost:
            raise RetrieverError(
                "this process was forked while another thread was in the middle of a call, and cannot go on",
                hint="fork before the first call or after it, or start processes by the method 'spawn'",
            )
        state = self._state
        with state.lock:
            state.wait_for(state.is_open, self._patience)
            state.inside.add(thread)
        if self._modules != len(sys.modules):
            self.precede()

    def _close(self) -> None:
        state = self._state
        with state.lock:
            if threading.get_ident() in state.forking:
                return
            state.forking.add(threading.get_ident())
            state.changed.notify_all()
            state.late = not state.wait_for(lambda: state.inside <= state.forking, self._patience)

    def _open(self) -> None:
        state = self._state
        with state.lock:
            state.forking.discard(threading.get_ident())
            state.changed.notify_all()

    def _renew(self) -> None:
        before, self._state = self._state, _State()
        self._lost = self._lost or before.late
        self._state.inside.update(before.inside & {threading.get_ident()})

    def _end(self) -> None:
        state = self._state
        with state.lock:
            state.last = threading.get_ident()
            state.wait_for(lambda: state.inside <= {state.last}, self._patience)


WORK = Gate()
"""The gate of all work of this library."""


class Renewed(Protocol):
    """Something that has to be made anew in the child of a fork."""

    def renew(self) -> None:
        """Called in the child, before anything else happens there. Must not wait for anything."""


_RENEWED: weakref.WeakSet[Renewed] = weakref.WeakSet()


def renew_in_child(item: Renewed) -> None:
    """Have ``item.renew`` called in every child, as long as the item is there."""
    _RENEWED.add(item)


def leave_to_parent(item: object) -> None:
    """Never close or free ``item`` in this process, which would change what belongs to its parent."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(item))


class ForkSafeLock:
    """A mutual exclusion lock. Its holder is inside of ``WORK``; in the child of a fork it is free.

    A thread may take it again: where a signal raised while it was released, it is held until the exception is gone.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        renew_in_child(self)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock."""
        with WORK.lock(self._lock):  # also after a fork in between it is the one to release
            yield

    def renew(self) -> None:
        """See ``Renewed``."""
        self._lock = threading.RLock()


def _renew_all() -> None:
    for item in list(_RENEWED):
        item.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
