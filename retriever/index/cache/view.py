"""A read-only view of the embedding cache on disk: no file is created or changed, not even by SQLite.

Damaged or missing entries count as not cached.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from retriever.index.cache.contents import SCHEMA, read_embeddings, read_file_states, to_vectors
from retriever.index.files.access import is_there
from retriever.index.files.databases import WAL, GuardedConnection, open_reading
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
        return to_vectors(self.get_bytes(fingerprint, hashes))

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
    def _read(self, action: Callable[[GuardedConnection], _T]) -> _T | None:
        # With a journal, SQLite reads it through the shared memory of the writing process. Without one, the file has to
        # be opened as immutable, or SQLite would create a journal.
        try:
            journal = all(is_there(self._path.with_name(self._path.name + suffix)) for suffix in WAL)
            with closing(open_reading(self._path, (SCHEMA,), journal=journal)) as connection:
                return action(connection)
        except (OSError, sqlite3.DatabaseError, UnicodeDecodeError):
            return None
