"""Lets as many threads compute at a time as there are cores.

What a search computes is mostly Python, of which one thread runs at a time. Eight threads that want to run it hand
Python's lock over hundreds of times in a search, and each time a core waits until the next thread is awake. Threads
that wait here instead do not want it. Nothing that waits for a server or for code of the user belongs inside; a search
of which nothing does keeps its turn to the end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from retriever.locks import renew_in_child
from retriever.system import cpu_count


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
        free = self._free  # the same one to the end, also after a fork in between
        free.get()
        self._own.has = True
        try:
            yield
        finally:
            self._own.has = False
            free.put(None)

    def renew(self) -> None:
        """See ``Renewed``."""
        # A thread waits for a queue without Python's lock; for a semaphore it takes that lock three times.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(self._most):
            self._free.put(None)


TURNS = Turns(cpu_count())
