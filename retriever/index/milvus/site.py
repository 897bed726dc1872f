"""What all objects of an index share in this process: the connection, the newest snapshot, the turn to write."""

from __future__ import annotations

import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

from retriever.errors import IndexUnavailableError
from retriever.index.commit_guard import CommitGuard
from retriever.index.milvus.client import Client
from retriever.index.milvus.head import Head
from retriever.index.milvus.holds import Holds
from retriever.index.milvus.lease import Lease
from retriever.index.milvus.memo import Memo, read_memo
from retriever.index.milvus.schema import Names
from retriever.index.milvus.snapshot import MilvusSnapshot
from retriever.index.milvus.state import State
from retriever.index.milvus.terms import Dictionary
from retriever.index.milvus.turn import Turn
from retriever.index.milvus.view import View
from retriever.locks import ForkSafeLock
from retriever.system import steady_seconds

if TYPE_CHECKING:
    from retriever.index.milvus.limits import Limits
    from retriever.index.milvus.location import Location


class Site:
    """An index in this process. It closes its connection when nobody refers to it any more."""

    def __init__(self, location: Location, limits: Limits) -> None:
        self.location = location
        self.limits = limits
        self.client = Client(location, limits)
        self.head = Head(self.client, location)
        snapshots: weakref.WeakValueDictionary[int, MilvusSnapshot] = weakref.WeakValueDictionary()
        self._snapshots = snapshots
        self.holds = Holds(self.head, limits, location.uri, lambda: set(snapshots))
        self.lease = Lease(self.head, limits, location.uri)
        self.turn = Turn(self.lease, location.uri)
        self.commits = CommitGuard(location.uri)
        self._dictionaries: weakref.WeakValueDictionary[tuple[str, int], Dictionary] = weakref.WeakValueDictionary()
        # The last one: who commits again and again reads nothing that would keep it.
        self._dictionary: Dictionary | None = None
        self._opening = ForkSafeLock()
        self._newest: MilvusSnapshot | None = None
        self._exists = False
        self._users = 0
        weakref.finalize(self, _close_aside, self.client).atexit = False

    def exists(self) -> bool:
        """Whether the index exists; once it does, it is not asked again."""
        self._exists = self._exists or self.head.exists()
        return self._exists

    def create(self) -> None:
        """Make the index, if it does not exist."""
        self.client.open(create=True)
        if not self.exists():
            self.head.create()
            self._exists = True

    def newest(self) -> MilvusSnapshot:
        """The newest generation; all who read it share one object."""
        with self._opening.hold():
            asked, state = self._read_state()
            self.holds.read(state.generation, asked)
            snapshot = self._snapshots.get(state.generation)
            if snapshot is None or snapshot.view.state.created != state.created:
                snapshot = self._open(state)
            self._newest = snapshot
            return snapshot

    def _read_state(self) -> tuple[float, State]:
        """The newest generation, and when it was asked for; never one before the last that was read.

        A server that was started again after a crash may answer from an older state until it has read its log.
        """
        deadline = time.monotonic() + self.limits.timeout
        while True:
            asked, state = steady_seconds(), self.head.state()
            known = self._newest.view.state if self._newest is not None else state
            if state.generation >= known.generation or state.identity != known.identity:
                return asked, state
            if time.monotonic() > deadline:
                raise IndexUnavailableError(
                    f"{self.location.uri} answers with generation {state.generation}, after {known.generation}",
                    hint="wait until the server has read its log, or start this program again",
                )
            time.sleep(0.1)

    def planned(self) -> MilvusSnapshot:
        """Generation 0 of an index that does not exist yet."""
        with self._opening.hold():
            snapshot = self._snapshots.get(0) or self._open(State())
            self._newest = snapshot
            return snapshot

    def _open(self, state: State) -> MilvusSnapshot:
        view = View(self.client, Names.of(self.location, state.era), state)
        snapshot = MilvusSnapshot(view, read_memo(view), self.dictionary(state), self._stay)
        self._snapshots[state.generation] = snapshot
        return snapshot

    def _stay(self, generation: int) -> None:
        # A bound method, so that a snapshot in use keeps the connection.
        self.holds.require(generation)

    def memo(self, state: State) -> Memo:
        """The settings and sources of a generation."""
        known = self._snapshots.get(state.generation)
        if known is not None and known.view.state.created == state.created:
            return known.memo
        return read_memo(View(self.client, Names.of(self.location, state.era), state))

    def dictionary(self, state: State) -> Dictionary:
        """The terms of the era of a generation that this process knows."""
        found = self._dictionaries.get((state.identity, state.era)) or Dictionary()
        self.keep_dictionary(state, found)
        return found

    def keep_dictionary(self, state: State, dictionary: Dictionary) -> None:
        """Have all that read or write the era of a generation share a dictionary."""
        self._dictionary = self._dictionaries[state.identity, state.era] = dictionary

    def forget(self) -> None:
        """Forget what was known of the index, which was removed."""
        with self._opening.hold():
            self._newest, self._dictionary, self._exists = None, None, False
            self._snapshots.clear()
            self._dictionaries.clear()

    def enter(self) -> None:
        """Count one more who uses it."""
        with self._opening.hold():
            self._users += 1

    def leave(self) -> None:
        """Count one less; with the last one goes the connection, unless a snapshot in use needs it."""
        with self._opening.hold():
            self._users -= 1
            if self._users <= 0:
                self._newest = None
            idle = self._users <= 0 and not len(self._snapshots)
        if idle:
            self.holds.leave()
            self.client.close()


def _close_aside(client: Client) -> None:
    """Close a connection that nobody refers to any more, in a thread of its own.

    Garbage is collected in any thread, also in one that serves what this would wait for.
    """
    with suppress(RuntimeError):  # the interpreter is ending
        threading.Thread(target=client.close, name="retriever-milvus-close", daemon=True).start()


_SITES: weakref.WeakValueDictionary[str, Site] = weakref.WeakValueDictionary()
_LOCK = ForkSafeLock()


def find_site(location: Location, limits: Limits) -> Site:
    """The site of a location, which all indexes of this process share."""
    with _LOCK.hold():
        site = _SITES.get(location.uri)
        if site is None:
            site = _SITES[location.uri] = Site(location, limits)
        return site
