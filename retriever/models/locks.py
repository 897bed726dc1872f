"""Locks for a process that may fork: the child finds them free, whatever the threads of its parent held."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager


class ForkSafeLock:
    """A mutual exclusion lock, not reentrant.

    A fork copies the memory of all threads but only the thread that forked goes on in the child: a plain lock that
    another thread held at that moment would stay locked for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _LOCKS.add(self)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock."""
        lock = self._lock  # the one that was acquired is the one to release, also after a fork in between
        with lock:
            yield

    def _renew(self) -> None:
        self._lock = threading.Lock()


class ForkGate:
    """Lets no fork happen while a thread is inside. Any number of threads may be.

    For work in a library that has locks of its own, which nobody can renew in the child. A fork waits for the work
    that is going on, and what comes after it waits for the fork.
    """

    def __init__(self) -> None:
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._close, after_in_parent=self._open, after_in_child=self._reset)

    @contextmanager
    def hold_open(self) -> Iterator[None]:
        """Keep a fork from happening meanwhile."""
        with self._changed:
            while self._forking:
                self._changed.wait()
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _close(self) -> None:
        with self._changed:
            self._forking += 1
            while self._inside:
                self._changed.wait()

    def _open(self) -> None:
        with self._changed:
            self._forking -= 1
            self._changed.notify_all()

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._forking = 0


_LOCKS: weakref.WeakSet[ForkSafeLock] = weakref.WeakSet()


def _renew_all() -> None:
    for lock in list(_LOCKS):
        lock._renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew_all)
