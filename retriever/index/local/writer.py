"""Whose turn it is to write to an index: one thread of one process at a time, which may nest it.

In the child of a fork nobody is writing: what its parent writes is not its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retriever.errors import IndexLockedError, UsageError
from retriever.index.local.lock import WriterLock
from retriever.locks import renew_in_child


class Writer:
    """The turn of one index. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = WriterLock(path)
        renew_in_child(self)
        self.renew()

    def renew(self) -> None:
        """Forget the parent's turn in the child of a fork."""
        self._thread = threading.RLock()
        self._depth = 0
        self._committing = False

    @property
    def has_turn(self) -> bool:
        """Whether a thread of this process has it."""
        return self._lock.held

    @contextmanager
    def turn(self, timeout: float, begin: Callable[[], None]) -> Iterator[None]:
        """Have the turn, after waiting up to ``timeout`` seconds; ``begin`` is called once it begins.

        Raises IndexLockedError, which names who has it, or IndexWriteError.
        """
        owner, thread = os.getpid(), self._thread
        if not thread.acquire(timeout=timeout):
            raise IndexLockedError(
                f"{self._path} is being written by another thread of this process", hint="wait until it is done"
            )
        try:
            if not self._depth:
                self._lock.acquire(timeout)
            self._depth += 1
            try:
                if self._depth == 1:
                    begin()
                yield
            finally:
                if os.getpid() == owner:  # not in a child that was forked meanwhile
                    self._depth -= 1
                    if not self._depth:
                        self._lock.release()
        finally:
            thread.release()

    @contextmanager
    def commit(self) -> Iterator[None]:
        """Refuse a commit from within the stream of another commit: one of the two would be lost."""
        if self._committing:
            hint = "do not write to an index from the iterator of documents that is being added to it"
            raise UsageError(f"this thread is already committing to the index {self._path}", hint=hint)
        self._committing = True
        try:
            yield
        finally:
            self._committing = False
