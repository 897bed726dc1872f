"""Which generations this process reads: signs of life in the head, so that no writer removes their rows.

An old generation stays for ``Limits.kept`` seconds anyhow, so a search writes nothing. Who reads one for longer says so
by a row that one thread of the process renews. A process that was asleep for too long finds out before it reads on: it
signs first and looks then whether its generation is still there; a writer that collects garbage does the same two steps
from the other side, so at least one of the two sees the other.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from retriever.errors import IndexReadError, RetrieverError, StorageError
from retriever.index.milvus import schema
from retriever.locks import ForkSafeLock, renew_in_child
from retriever.system import steady_seconds

if TYPE_CHECKING:
    from retriever.index.milvus.head import Head
    from retriever.index.milvus.limits import Limits


class Holds:
    """The generations of one index that this process reads. Safe to use from many threads."""

    def __init__(self, head: Head, limits: Limits, location: str, held: Callable[[], set[int]]) -> None:
        """``held`` says which generations are in use."""
        self._head = head
        self._limits = limits
        self._location = location
        self._held = held
        self._lock = ForkSafeLock()
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Begin anew in the child of a fork, under another name."""
        self._name = secrets.randbits(60) + 10
        self._until: dict[int, float] = {}
        self._signed = False

    def read(self, generation: int, asked: float) -> None:
        """Note that a generation was the newest at a time, and so stays a while from then on."""
        self._until[generation] = asked + self._limits.kept / 2
        PULSE.add(self)

    def require(self, generation: int) -> None:
        """Raise IndexReadError if a generation may have been removed since it was read."""
        if generation and steady_seconds() > self._until.get(generation, 0.0):
            self.sign()
            if steady_seconds() > self._until.get(generation, 0.0):
                raise IndexReadError(
                    f"generation {generation} of {self._location} was removed while this process was not running",
                    hint="run the same command again: it reads the newest generation",
                )

    def sign(self) -> None:
        """Say which generations are in use, and learn which of them are still there."""
        with self._lock.hold():
            asked, used = steady_seconds(), self._held()
            used.discard(0)
            if not used:
                return
            self._signed = True
            self._head.sign(self._name, schema.READER, {"oldest": min(used), "time": self._head.now()})
            oldest = self._head.state().oldest
            until = {one: asked + self._limits.kept / 2 for one in used if one >= oldest}
            self._until = {one: self._until[one] for one in used & self._until.keys()} | until

    def beat(self) -> None:
        """Sign where that is soon needed. Failures are those of whoever reads next."""
        soon = steady_seconds() + 2 * self._limits.beat
        if any(self._until.get(one, 0.0) < soon for one in self._held() - {0}):
            # An error of any kind would end the thread that renews the holds of all indexes.
            with suppress(RetrieverError):
                self.sign()

    def leave(self) -> None:
        """Remove the sign, if one was given."""
        if self._signed:
            with suppress(StorageError):
                self._head.erase([self._name])


class _Pulse:
    """One thread for all indexes of a process, which ends when there are none."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        self._items: weakref.WeakSet[Holds] = weakref.WeakSet()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    def add(self, item: Holds) -> None:
        with self._lock.hold():
            self._items.add(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="retriever-milvus-pulse", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(_PAUSE)
            with self._lock.hold():
                items = list(self._items)
                if not items:
                    self._thread = None
                    return
            for item in items:
                item.beat()
            del items


_PAUSE = 2.0
PULSE = _Pulse()
