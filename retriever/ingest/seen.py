"""Remembers which documents one call has given so far, in memory that does not grow with their number."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from retriever.errors import IndexWriteError
from retriever.ingest.embed import text_hash
from retriever.locks import WORK

# Bound parameters of one statement; old SQLite libraries allow no more than 999.
_BATCH = 500


class SeenDocuments:
    """The hash of each document that was given, by its key, in a temporary file that SQLite makes and removes.

    Keys are kept as digests. Raises IndexWriteError where the file cannot be written.
    """

    def __init__(self) -> None:
        with _writing():
            # An empty name is a private file that is written once it outgrows SQLite's cache of two megabytes.
            self._connection = sqlite3.connect("", isolation_level=None)
            self._connection.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
                "CREATE TABLE seen (key BLOB PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID; BEGIN;"
            )

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        """The hashes of those that were given, by key."""
        named = {text_hash(key): key for key in keys}
        digests, found = list(named), {}
        with _writing():
            for start in range(0, len(digests), _BATCH):
                batch = digests[start : start + _BATCH]
                sql = f"SELECT key, hash FROM seen WHERE key IN ({','.join('?' * len(batch))})"
                found.update({named[digest]: hash_ for digest, hash_ in self._connection.execute(sql, batch)})
        return found

    def put(self, hashes: Mapping[str, str]) -> None:
        """Remember hashes by key; of a key that was there before the new one counts."""
        rows = [(text_hash(key), hash_) for key, hash_ in hashes.items()]
        with _writing():
            self._connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", rows)

    def close(self) -> None:
        """Remove the file."""
        self._connection.close()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        with WORK.hold():
            yield
    except sqlite3.OperationalError as error:
        raise IndexWriteError(
            f"cannot write a temporary file: {error}",
            hint="free space on the disk for temporary files, or name another one: TMPDIR",
        ) from error
