"""Locks for a process that forks, and for one that ends while other threads are at work.

A fork copies the memory of all threads, but only the thread that forked goes on in the child: what another thread was
in the middle of stays half done there, and what it had locked stays locked. And a thread that comes back from a native
library once the interpreter is ending is stopped there, which aborts the process. So work in native libraries, and
whatever must not be seen half done, happens inside of ``WORK``: a fork and the end of the interpreter wait for it.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
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
    """How often this thread is inside, and how many locks it holds."""

    depth = 0
    locks = 0


class _State:
    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.inside = 0
        # The threads that fork.
        self.forking: set[int] = set()
        # Threads that are inside and wait for a fork of their own: they do nothing meanwhile.
        self.idle = 0
        self.late = False
        self.last: int | None = None


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

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be inside. Raises RetrieverError in a child that was forked in the middle of another thread's work."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def held(self, work: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """Decorates a function that is to run inside. Not for generators."""
        from functools import wraps

        @wraps(work)
        def held(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            with self.hold():
                return work(*args, **options)

        return held

    @contextmanager
    def step_out(self) -> Iterator[None]:
        """Be outside for a while, for code of the user, which may fork or wait for a thread that does.

        A thread that holds a lock stays inside: others may wait for that lock there.
        """
        depth = self._own.depth
        if not depth or self._own.locks:
            yield
            return
        self._own.depth = 1
        self._leave()
        try:
            yield
        finally:
            try:
                self._enter()
            except BaseException:
                with self._state.changed:
                    self._state.inside += 1  # ``hold``, which this ends, counts the thread as gone
                raise
            finally:
                self._own.depth = depth

    def shared(self, work: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """``work`` for other threads that this one starts and waits for: they are inside as long as it is."""
        if not self._own.depth:
            return work

        def covered(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            self._own.depth += 1
            try:
                return work(*args, **options)
            finally:
                self._own.depth -= 1

        return covered

    def precede(self) -> None:
        """Wait before a fork takes the locks of the libraries that have been imported by now.

        Of what is registered for a fork, the last comes first. Work that the fork waits for would wait for those locks.
        """
        self._modules = len(sys.modules)
        if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
            os.register_at_fork(before=self._close, after_in_parent=self._open, after_in_child=self._renew)

    def count_lock(self, change: int) -> None:
        """Note that this thread has taken (1) or released (-1) a lock."""
        self._own.locks += change

    def _enter(self) -> None:
        if not self._own.depth:
            if self._lost:
                raise RetrieverError(
                    "this process was forked while another thread was in the middle of a call, and cannot go on",
                    hint="fork before the first call or after it, or start processes by the method 'spawn'",
                )
            state = self._state
            with state.changed:
                state.changed.wait_for(lambda: self._is_open(state), self._patience)
                state.inside += 1
            if self._modules != len(sys.modules):
                self.precede()
        self._own.depth += 1

    def _leave(self) -> None:
        self._own.depth -= 1
        if not self._own.depth:
            state = self._state
            with state.changed:
                state.inside -= 1
                state.changed.notify_all()

    def _is_open(self, state: _State) -> bool:
        return not state.forking and state.last in (None, threading.get_ident())

    def _close(self) -> None:
        state = self._state
        with state.changed:
            if threading.get_ident() in state.forking:
                return
            state.forking.add(threading.get_ident())
            state.idle += bool(self._own.depth)
            state.changed.notify_all()
            state.late = not state.changed.wait_for(lambda: state.inside <= state.idle, self._patience)

    def _open(self) -> None:
        state = self._state
        with state.changed:
            if threading.get_ident() in state.forking:
                state.forking.remove(threading.get_ident())
                state.idle -= bool(self._own.depth)
                state.changed.notify_all()

    def _renew(self) -> None:
        self._lost = self._lost or self._state.late
        self._state = _State()
        self._state.inside = int(bool(self._own.depth))

    def _end(self) -> None:
        state = self._state
        with state.changed:
            state.last = threading.get_ident()
            state.changed.wait_for(lambda: state.inside <= bool(self._own.depth), self._patience)


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
    """A mutual exclusion lock, not reentrant. Its holder is inside of ``WORK``; in the child of a fork it is free."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        renew_in_child(self)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock."""
        with WORK.hold():
            lock = self._lock  # the one that was acquired is the one to release, also after a fork in between
            with lock:
                WORK.count_lock(1)
                try:
                    yield
                finally:
                    WORK.count_lock(-1)

    def renew(self) -> None:
        """See ``Renewed``."""
        self._lock = threading.Lock()


def _renew_all() -> None:
    for item in list(_RENEWED):
        item.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
