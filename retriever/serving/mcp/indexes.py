"""The indexes that a server serves, by name: opened when they are first needed, warmed in the background.

A client names an index and never a path.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retriever.errors import RetrieverError, UsageError

if TYPE_CHECKING:
    from retriever import Retriever, RetrieverGroup

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedIndex:
    """An index to serve: the name by which clients know it, and its folder or URI."""

    name: str
    location: str


class ServedIndexes:
    """The served indexes, open from the first use on. Safe to use from many threads.

    An index that cannot be opened is tried again with the next call: it may be made while the server runs.
    """

    def __init__(self, served: Sequence[ServedIndex]) -> None:
        """``served`` has at least one index, and no name twice. Raises UsageError otherwise."""
        self._served = {index.name: index for index in served}
        if not served or len(self._served) < len(served):
            raise UsageError("no index to serve, or two of one name", hint="give each index a name of its own")
        self._open: dict[str, Retriever] = {}
        self._warming: threading.Thread | None = None
        self._warm = threading.Event()
        self._closed = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order given."""
        return tuple(self._served)

    @property
    def is_warm(self) -> bool:
        """Whether warming has ended, for good or bad."""
        return self._warm.is_set()

    def get(self, name: str) -> Retriever:
        """The retriever of an index. Raises UsageError for an unknown name, StorageError where it cannot be opened."""
        served = self._served.get(name)
        if served is None:
            raise UsageError(f"there is no index {name!r}", hint=f"the indexes are {', '.join(self._served)}")
        if name not in self._open:
            from retriever import Retriever

            opened = Retriever.open(served.location)
            # Two threads may open it at once; one of the two is kept.
            kept = self._open.setdefault(name, opened)
            if kept is not opened:
                opened.close()
            return kept
        return self._open[name]

    def choose(self, name: str | None) -> Retriever | RetrieverGroup:
        """What to search: the index of that name; without a name all of them, as one. Raises as ``get``."""
        if name is not None or len(self._served) == 1:
            return self.get(name or self.names[0])
        from retriever import RetrieverGroup

        return RetrieverGroup([self.get(each) for each in self._served])

    def each(self, name: str | None) -> Iterator[tuple[str, Retriever]]:
        """The index of that name, or all of them, with their names. Raises as ``get``."""
        for each in self._served if name is None else (name,):
            yield each, self.get(each)

    def name_at(self, location: str) -> str:
        """The name of the index at a location, such as that of a hit; the location if no index is there."""
        opened = tuple(self._open.items())
        return next((name for name, retriever in opened if retriever.location == location), location)

    def warm(self) -> None:
        """Start to load what searches need, in a thread of its own, the first time that this is called.

        What fails is logged, and fails again on use. Called from one thread only.
        """
        if self._warming is None:
            self._warming = threading.Thread(target=self._load, name="warming", daemon=True)
            self._warming.start()

    def _load(self) -> None:
        try:
            for name in self._served:
                if not self._closed:
                    self._load_index(name)
        finally:
            self._warm.set()

    def _load_index(self, name: str) -> None:
        try:
            self.get(name).warm()
        except RetrieverError as error:
            if not self._closed:
                _log.warning("index %s: %s; %s", name, error, error.hint or "no hint")

    def close(self) -> None:
        """Close what is open. Running searches finish, and so does what is being loaded."""
        self._closed = True
        if self._warming is not None:
            self._warming.join()
        while self._open:
            self._open.popitem()[1].close()


def put_names(items: list[dict[str, Any]], indexes: ServedIndexes) -> list[dict[str, Any]]:
    """Hits or excerpts as JSON-ready values, with names in place of the locations of indexes."""
    for item in (item for found in items for item in (found, *found["duplicates"])):
        item["index"] = indexes.name_at(item["index"])
    return items
