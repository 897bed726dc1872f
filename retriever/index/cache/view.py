"""The embedding cache as it is on disk, read without leaving a trace: no file is made, none is changed.

What is damaged or not there counts as not remembered. Nothing is ever written here.
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

if TYPE_CHECKING:
    from retriever.types import Vectors

_T = TypeVar("_T")


class CacheView:
    """Reads what ``EmbeddingCache`` keeps in the file at ``path``, which need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        """The vectors that are there, float32 [dimension] each, by text hash."""
        found = self.get_bytes(fingerprint, hashes)
        return {key: np.frombuffer(data, "<f2").astype(np.float32) for key, data in found.items()}

    def get_bytes(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """What is kept under the text hashes."""
        return self._read(lambda connection: read_embeddings(connection, fingerprint, list(hashes))) or {}

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        """Each remembered file's size in bytes, time of change in nanoseconds and hash, by path."""
        return self._read(read_file_states) or {}

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> NoReturn:
        raise TypeError("a view of the cache is never written to")

    def put_bytes(self, fingerprint: str, hashes: Sequence[bytes], values: Sequence[bytes]) -> NoReturn:
        raise TypeError("a view of the cache is never written to")

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> NoReturn:
        raise TypeError("a view of the cache is never written to")

    def _read(self, action: Callable[[sqlite3.Connection], _T]) -> _T | None:
        # Where there is a journal, SQLite follows it with what another process has mapped and writes nothing;
        # else it takes the file for one that never changes, or it would make a journal.
        journal = all(self._path.with_name(self._path.name + suffix).exists() for suffix in ("-wal", "-shm"))
        uri = f"file:{quote(str(self._path.resolve()))}?mode=ro&{'readonly_shm=1' if journal else 'immutable=1'}"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                return action(connection)
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            return None
