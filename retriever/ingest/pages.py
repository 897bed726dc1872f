"""Keeps what was recognised on pages in the cache of an index, and passes the progress of recognition on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.index.cache.contents import PAGES

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore


@dataclass(frozen=True, slots=True)
class CachedPages:
    """A ``PageStore`` in the cache of an index. What was recognised survives a kill, and is never recognised again.

    ``on_page`` is called with the source, the pages of it that are done, and their total.
    """

    cache: EmbeddingStore
    on_page: Callable[[str, int, int], None]

    def recall(self, key: bytes) -> bytes | None:
        """See ``PageStore.recall``."""
        return self.cache.get_bytes(PAGES, {key}).get(key)

    def remember(self, key: bytes, value: bytes) -> None:
        """See ``PageStore.remember``."""
        self.cache.put_bytes(PAGES, [key], [value])

    def count(self, source: str, done: int, total: int) -> None:
        """See ``PageStore.count``."""
        self.on_page(source, done, total)
