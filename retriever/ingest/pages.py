"""Keeps what was recognised on pages in the cache of an index, and passes the progress of recognition on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retriever.index.cache.contents import FILE_PAGES, PAGES, file_key

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore


@dataclass(slots=True)
class CachedPages:
    """A ``PageStore`` in the cache of an index. What was recognised survives a kill, and is never recognised again.

    ``on_page`` is called with the source, the pages of it that are done, and their total.
    """

    cache: EmbeddingStore
    on_page: Callable[[str, int, int], None]
    _asked: dict[bytes, None] = field(default_factory=dict)

    def recall(self, key: bytes) -> bytes | None:
        """See ``PageStore.recall``."""
        self._asked[key] = None
        return self.cache.get_bytes(PAGES, {key}).get(key)

    def remember(self, key: bytes, value: bytes) -> None:
        """See ``PageStore.remember``."""
        self.cache.put_bytes(PAGES, [key], [value])

    def keep_for(self, mark: str) -> None:
        """Keep the pages that were asked for since the last call for as long as a document has this mark of its file.

        Without a mark a compaction drops them.
        """
        keys = list(self._asked)
        self._asked.clear()
        if keys and mark:
            self.cache.put_bytes(FILE_PAGES, [file_key(mark)], [b"".join(keys)])

    def count(self, source: str, done: int, total: int) -> None:
        """See ``PageStore.count``."""
        self.on_page(source, done, total)
