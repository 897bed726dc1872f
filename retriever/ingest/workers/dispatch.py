"""Hands tasks to a cluster in small parts, keeps them in flight ahead of time, and finds their results again.

A part that is lost with its machine is done again by the cluster. What has come back goes through the embedding cache
of the one writer, so that nothing depends on who computed it, or how often.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from retriever.ingest.workers.task import Embedded, Task

Handle = TypeVar("Handle")
_Key = tuple[bool, str, str, str]

PART = 32
"""Passages in one part: about a second of work of one core."""
_PARTS_AHEAD = 4
# Parts that were announced and never asked for are forgotten when so many times as many as usual are in flight.
_FORGOTTEN = 4


class Cluster(Protocol[Handle]):
    """Processes that embed, wherever they are."""

    @property
    def slots(self) -> int:
        """How many tasks they can do at the same time now; 0 as long as none was submitted."""

    def submit(self, task: Task) -> Handle:
        """Have a task done. Raises ModelError."""

    def wait(self, handle: Handle) -> Embedded:
        """What a submitted task gave. Raises ModelError."""


@dataclass(slots=True)
class _Part(Generic[Handle]):
    """A submitted part with the places of its texts, of which ``left`` were not yet asked for."""

    handle: Handle
    left: int
    result: Embedded | None = None


class DispatchingEmbedder(Generic[Handle]):
    """Embeds on a cluster; see ``Embedder``. For one thread at a time."""

    def __init__(self, cluster: Cluster[Handle]) -> None:
        self._cluster = cluster
        self._parts: OrderedDict[int, _Part[Handle]] = OrderedDict()
        # Where the result of a text will be: the number of its part, and its place there.
        self._places: dict[_Key, tuple[int, int]] = {}
        self._next = 0

    @property
    def batch_size(self) -> int:
        """See ``Embedder.batch_size``: one part for every process."""
        return PART * max(self._cluster.slots, 1)

    @property
    def look_ahead(self) -> int:
        """See ``Embedder.look_ahead``: so much that no process waits for the writer."""
        return PART * self._cluster.slots * _PARTS_AHEAD

    def announce(self, task: Task) -> None:
        """See ``Embedder.announce``."""
        self._submit_new(task)
        while len(self._parts) > _FORGOTTEN * _PARTS_AHEAD * max(self._cluster.slots, 1):
            self._forget(next(iter(self._parts)))

    def run(self, task: Task) -> Embedded:
        """See ``Embedder.run``."""
        self._submit_new(task)
        vectors, tokens = [], []
        for text, language in zip(task.texts, task.languages, strict=True):
            number, place = self._places.pop(_key(task, text, language))
            part = self._parts[number]
            if part.result is None:
                part.result = self._cluster.wait(part.handle)
            if task.vectors:
                vectors.append(part.result.vectors[place])
            if task.codec:
                tokens.append(part.result.tokens[place])
            part.left -= 1
            if not part.left:
                del self._parts[number]
        return Embedded(np.stack(vectors) if vectors else np.zeros((0, 0), np.float32), tokens)

    def _submit_new(self, task: Task) -> None:
        """Submit what is not in flight."""
        new = [
            place
            for place, (text, language) in enumerate(zip(task.texts, task.languages, strict=True))
            if _key(task, text, language) not in self._places
        ]
        for start in range(0, len(new), PART):
            self._submit(task, new[start : start + PART])

    def _submit(self, task: Task, places: Sequence[int]) -> None:
        texts = tuple(task.texts[place] for place in places)
        languages = tuple(task.languages[place] for place in places)
        handle = self._cluster.submit(Task(texts, languages, task.vectors, task.codec))
        for place, (text, language) in enumerate(zip(texts, languages, strict=True)):
            self._places[_key(task, text, language)] = self._next, place
        self._parts[self._next] = _Part(handle, len(texts))
        self._next += 1

    def _forget(self, number: int) -> None:
        del self._parts[number]
        self._places = {key: place for key, place in self._places.items() if place[0] != number}


def _key(task: Task, text: str, language: str) -> _Key:
    # A vector does not depend on the language.
    return task.vectors, task.codec, text, language if task.codec else ""
