"""A read-only view of the embedding cache on disk: no file is created or changed, not even by SQLite.

Damaged or missing entries count as not cached.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar
from urllib.parse import quote

import numpy as np

from retriever.index.cache.store import read_embeddings, read_file_states
from retriever.locks import WORK

if TYPE_CHECKING:
    from retriever.types import Vectors

_T = TypeVar("_T")


class CacheView:
    """Reads the file of an ``EmbeddingCache``, which need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        """The cached vectors by text hash, float32 [dimension] each."""
        found = self.get_bytes(fingerprint, hashes)
        return {key: np.frombuffer(data, "<f2").astype(np.float32) for key, data in found.items()}

    def get_bytes(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """The cached bytes by text hash."""
        return self._read(lambda connection: read_embeddings(connection, fingerprint, list(hashes))) or {}

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        """Each remembered file's size in bytes, time of change in nanoseconds and hash, by path."""
        return self._read(read_file_states) or {}

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> NoReturn:
        """Raises TypeError: a view is never written to."""
        raise TypeError("a view of the cache cannot be written to")

    def put_bytes(self, fingerprint: str, hashes: Sequence[bytes], values: Sequence[bytes]) -> NoReturn:
        """Raises TypeError: a view is never written to."""
        raise TypeError("a view of the cache cannot be written to")

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> NoReturn:
        """Raises TypeError: a view is never written to."""
        raise TypeError("a view of the cache cannot be written to")

    @WORK.held
    def _read(self, action: Callable[[sqlite3.Connection], _T]) -> _T | None:
        # With a journal, SQLite reads it through the shared memory of the writing process. Without one, the file has to
        # be opened as immutable, or SQLite would create a journal.
        journal = all(self._path.with_name(self._path.name + suffix).exists() for suffix in ("-wal", "-shm"))
        uri = f"file:{quote(str(self._path.resolve()))}?mode=ro&{'readonly_shm=1' if journal else 'immutable=1'}"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                return action(connection)
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            return None
