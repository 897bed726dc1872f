"""A lock that a forked process finds free, whatever the threads of its parent held."""

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
        lock = self._lock  # the one that was acquired is the one to release, also after a fork in between
        with lock:
            yield

    def _renew(self) -> None:
        self._lock = threading.Lock()


_LOCKS: weakref.WeakSet[ForkSafeLock] = weakref.WeakSet()


def _renew_all() -> None:
    for lock in list(_LOCKS):
        lock._renew()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_renew_all)
