"""The embedding cache of an index: in the folder of the index, or in the user's cache for an index without one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retriever.index.cache.store import CACHE, DIGEST, EmbeddingCache
from retriever.index.cache.view import CacheView
from retriever.index.files.access import measure
from retriever.index.files.durable import writing
from retriever.index.identity import term_hash
from retriever.locks import ForkSafeLock

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.index.interface import Index


class IndexCache:
    """Opens the cache of one index on first use. Safe to use from many threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._store: EmbeddingCache | None = None
        self._lock = ForkSafeLock()

    def open(self) -> EmbeddingStore:
        """The cache, for reading and writing. The index must exist. Raises IndexWriteError."""
        with self._lock.hold():
            if self._store is None:
                self._store = EmbeddingCache(cache_path(self._index))
            return self._store

    def view(self) -> EmbeddingStore:
        """A read-only view of the cache, for dry runs."""
        with self._lock.hold():
            return self._store or CacheView(cache_path(self._index, create=False))

    def measure(self) -> int:
        """The size of the cache on disk in bytes, 0 if there is none."""
        return sum(measure(file) for file in _files(self._index))

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        with self._lock.hold():
            if self._store is not None:
                self._store.close()
            self._store = None


def remove_cache(index: Index) -> None:
    """Remove the cache of an index that was deleted. Raises IndexWriteError."""
    for file in _files(index):
        with writing(file):
            file.unlink(missing_ok=True)


def _files(index: Index) -> list[Path]:
    path = cache_path(index, create=False)
    return [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", DIGEST))]


def cache_path(index: Index, *, create: bool = True) -> Path:
    """The file of an index's cache. With ``create`` a missing user cache folder is created.

    Raises IndexWriteError.
    """
    if index.folder is not None:
        return index.folder / CACHE
    from platformdirs import user_cache_path

    from retriever.index.files.create import make_folders

    folder = user_cache_path("retriever") / "embeddings"
    if create:
        with writing(folder):
            for needed in (folder.parent, folder):
                make_folders(needed)
    return folder / f"{term_hash(index.location):016x}.sqlite"
