"""Whose turn it is to write within this process: one thread, which may nest it, holds the lease of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retriever.errors import IndexLockedError
from retriever.locks import renew_in_child

if TYPE_CHECKING:
    from retriever.index.milvus.lease import Lease


class Turn:
    """The turn of one index. Safe to use from many threads."""

    def __init__(self, lease: Lease, location: str) -> None:
        self._lease = lease
        self._location = location
        renew_in_child(self)
        self.renew()

    def renew(self) -> None:
        """Forget the parent's turn in the child of a fork."""
        self._thread = threading.RLock()
        self._depth = 0
        self._holder = ""

    @contextmanager
    def take(self, timeout: float, begin: Callable[[], None]) -> Iterator[None]:
        """Have the turn, after waiting up to ``timeout`` seconds; ``begin`` is called before it begins.

        Raises IndexLockedError, which names the holder.
        """
        lock = self._thread
        if not lock.acquire(timeout=timeout):
            raise IndexLockedError(
                f"{self._location} is being written by thread {self._holder!r} of this process",
                hint="wait until it is done",
            )
        try:
            if not self._depth:
                self._holder = threading.current_thread().name
                begin()
                self._lease.acquire(timeout)
            self._depth += 1
            try:
                yield
            finally:
                if lock is self._thread:  # not in a child that was forked meanwhile
                    self._depth -= 1
                    if not self._depth:
                        self._lease.release()
        finally:
            lock.release()
