"""Keeps the token vectors of the passages that were last compared, for the next question."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.locks import ForkSafeLock
from retriever.models.interface import TokenVectors

if TYPE_CHECKING:
    import numpy.typing as npt

Key = tuple[str, str]
"""A passage's text and language."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A passage's tokens: float16 [tokens, dimension], int32 [tokens, 2]."""

    vectors: npt.NDArray[np.float16]
    spans: npt.NDArray[np.int32]


class TokenVectorCache:
    """Holds vectors of up to ``capacity`` bytes and drops those that were used longest ago. Safe with threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._bytes = 0
        self._lock = ForkSafeLock()

    def get(self, keys: Sequence[Key], embed: Callable[[Sequence[Key]], list[TokenVectors]]) -> list[TokenVectors]:
        """The token vectors of each passage; ``embed`` computes those that are not there.

        All of them are rounded to half precision, so that they do not depend on whether they were there.
        """
        with self._lock.hold():
            found = {key: self._entries[key] for key in keys if key in self._entries}
            for key in found:
                self._entries.move_to_end(key)
        missing = list(dict.fromkeys(key for key in keys if key not in found))
        if missing:
            for key, tokens in zip(missing, embed(missing), strict=True):
                found[key] = _Entry(tokens.vectors.astype(np.float16), tokens.spans)
                self._put(key, found[key])
        return [TokenVectors(found[key].vectors.astype(np.float32), found[key].spans) for key in keys]

    def _put(self, key: Key, entry: _Entry) -> None:
        with self._lock.hold():
            if key in self._entries:
                return
            self._entries[key] = entry
            self._bytes += entry.vectors.nbytes
            while self._bytes > self._capacity:
                _, dropped = self._entries.popitem(last=False)
                self._bytes -= dropped.vectors.nbytes
