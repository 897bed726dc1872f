"""The embedding cache: embeddings by fingerprint and text, and the last known state of files.

It saves work and never changes a result: it may be deleted at any time at the cost of computing again. A damaged entry
counts as missing; a damaged file is set aside, and its readable entries are copied to a new one. The cache belongs to
no generation, and only the process that writes to the index uses it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from retriever.errors import IndexWriteError
from retriever.index.cache.contents import (
    SCHEMA,
    is_damage,
    prune,
    put_rows,
    read_embeddings,
    read_file_states,
    salvage,
    to_path,
    to_vectors,
)
from retriever.index.files.access import is_there
from retriever.index.files.databases import GuardedConnection, beside, open_writing
from retriever.index.files.durable import digest_file, replace_file, write_error, writing
from retriever.index.files.precision import round_to_half
from retriever.locks import ForkSafeLock, leave_to_parent, renew_in_child

if TYPE_CHECKING:
    from retriever.types import Vectors

_T = TypeVar("_T")
CACHE = "cache.sqlite"
# Suffix of a damaged file that has been set aside.
DAMAGED = ".damaged"
# Suffix of the file with the digest, which exists while the cache is closed and intact.
DIGEST = ".digest"
_LOCKED = "another program has it open: end it, or wait until it is done, and run the same command again"


class EmbeddingCache:
    """One file. Safe to use from many threads. What ``put`` has stored survives a kill of the process."""

    def __init__(self, path: Path) -> None:
        """Open the file; a damaged one is replaced. Raises IndexWriteError."""
        self._path = path
        self._mutex = ForkSafeLock()
        self._connection: GuardedConnection | None = None
        renew_in_child(self)
        self._run(lambda connection: connection.execute("SELECT 1 FROM fingerprints LIMIT 1").fetchone())

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        """The cached vectors by text hash, float32 [dimension] each."""
        return to_vectors(self.get_bytes(fingerprint, hashes))

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Store vectors, float32 [len(hashes), dimension], rounded to half precision.

        Raises ValueError for a number that is not finite, IndexWriteError.
        """
        self.put_bytes(fingerprint, hashes, [row.tobytes() for row in round_to_half(vectors).astype("<f2")])

    def get_bytes(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """The cached bytes by text hash."""
        return self._run(lambda connection: read_embeddings(connection, fingerprint, list(hashes)))

    def put_bytes(self, fingerprint: str, hashes: Sequence[bytes], values: Sequence[bytes]) -> None:
        """Store bytes by text hash. Raises IndexWriteError."""
        rows = list(zip(hashes, values, strict=True))
        self._run(lambda connection: put_rows(connection, fingerprint, rows))

    def prune(self, needed: Iterable[tuple[str, bytes]]) -> int:
        """Drop all embeddings but those of the given fingerprints and text hashes; return how many were dropped.

        From a damaged file only unreadable entries are dropped.
        """
        # A stream can be read only once: on a second attempt nothing would count as needed.
        waiting = [needed]
        return self._run(lambda connection: prune(connection, waiting.pop()) if waiting else 0)

    def vacuum(self) -> None:
        """Return free space to the disk. Raises IndexWriteError."""
        self._run(lambda connection: connection.execute("SELECT 1"))
        with self._mutex.hold():
            try:
                if self._connection is not None:
                    self._connection.renew()
                    self._connection.executescript("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
            except sqlite3.DatabaseError as error:
                self._disconnect()
                raise self._write_error(error) from error

    def rebuild(self) -> None:
        """Set the file aside as damaged and start a new one with its readable entries. Raises IndexWriteError."""
        with self._mutex.hold(), writing(self._path):
            self._disconnect()
            try:
                self._set_aside()
            except sqlite3.DatabaseError as error:
                self._disconnect()
                raise self._write_error(error) from error

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        """Each remembered file's size in bytes, time of change in nanoseconds and hash, by path."""
        return self._run(read_file_states)

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> None:
        """Store the size in bytes, time of change in nanoseconds and hash of files, by path."""
        rows = [(to_path(path), *state) for path, state in states.items()]
        sql = "INSERT OR REPLACE INTO files (path, size, mtime_ns, hash) VALUES (?, ?, ?, ?)"
        self._run(lambda connection: connection.executemany(sql, rows).rowcount)

    def renew(self) -> None:
        """Leave the connection to the parent: SQLite allows none to be used, or closed, on both sides of a fork."""
        leave_to_parent(self._connection)
        self._connection = None

    def close(self) -> None:
        """Close the file. When no other process has it open, its digest is written beside it, until the next change."""
        with self._mutex.hold():
            if self._connection is not None:
                self._disconnect()
                with suppress(OSError):
                    if not is_there(self._beside("-wal")):
                        replace_file(self._beside(DIGEST), digest_file(self._path).encode())

    def _run(self, action: Callable[[GuardedConnection], _T]) -> _T:
        """Run an action in one transaction; if the file turns out to be damaged, run it again on a new one."""
        with self._mutex.hold(), writing(self._path):
            try:
                with self._transaction() as connection:
                    return action(connection)
            except sqlite3.DatabaseError as error:
                self._disconnect()
                if not is_damage(error):
                    raise self._write_error(error) from error
            try:
                self._set_aside()
                with self._transaction() as connection:
                    return action(connection)
            except sqlite3.DatabaseError as error:
                self._disconnect()
                raise self._write_error(error) from error

    def _set_aside(self) -> None:
        """Rename the file, and copy its intact entries to a new one."""
        damaged = self._beside(DAMAGED)
        for source, target in zip((self._path, *beside(self._path)), (damaged, *beside(damaged)), strict=True):
            target.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                source.rename(target)
        with self._transaction() as connection:
            for fingerprint, rows in salvage(damaged):
                put_rows(connection, fingerprint, rows)

    @contextmanager
    def _transaction(self) -> Iterator[GuardedConnection]:
        if self._connection is None:
            # A commit survives a kill; the last ones may be lost in a power failure, and are then computed again.
            self._connection = open_writing(self._path, SCHEMA)
        connection = self._connection
        self._beside(DIGEST).unlink(missing_ok=True)
        connection.renew()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _write_error(self, error: Exception) -> IndexWriteError:
        if "lock" in str(error):
            return IndexWriteError(f"cannot write {self._path}: {error}", hint=_LOCKED)
        return write_error(self._path, error)
