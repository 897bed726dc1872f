"""The embedding cache: embeddings by fingerprint and text, and the last known state of files.

It saves work and never changes a result: it may be deleted at any time at the cost of computing again. A damaged entry
counts as missing; a damaged file is set aside, and its readable entries are copied to a new one. The cache belongs to
no generation, and only the process that writes to the index uses it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from xxhash import xxh3_64_intdigest

from retriever.errors import IndexWriteError
from retriever.index.files.durable import digest_file
from retriever.index.files.precision import round_to_half
from retriever.locks import ForkSafeLock, leave_to_parent, renew_in_child

if TYPE_CHECKING:
    from retriever.types import Vectors

_T = TypeVar("_T")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS fingerprints (number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS embeddings (
    fingerprint INTEGER NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, checksum INTEGER NOT NULL,
    UNIQUE (fingerprint, hash)
);
CREATE TABLE IF NOT EXISTS files (path PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, hash TEXT);
"""
_BATCH = 500
CACHE = "cache.sqlite"
# Suffix of a damaged file that has been set aside.
DAMAGED = ".damaged"
# Suffix of the file with the digest, which exists while the cache is closed and intact.
DIGEST = ".digest"
# Messages of SQLite that mean damaged contents. All others concern the disk or other processes, and are no reason to
# set the file aside.
_DAMAGE = ("malformed", "not a database", "unsupported file format", "no such", "no column", "decode to utf-8")
_FREE = "free space on that disk or check its permissions, and run the same command again"
_LOCKED = "another program has it open: end it, or wait until it is done, and run the same command again"


class EmbeddingCache:
    """One file. Safe to use from many threads. What ``put`` has stored survives a kill of the process."""

    def __init__(self, path: Path) -> None:
        """Open the file; a damaged one is replaced. Raises IndexWriteError."""
        self._path = path
        self._mutex = ForkSafeLock()
        self._connection: sqlite3.Connection | None = None
        renew_in_child(self)
        self._run(lambda connection: connection.execute("SELECT count(*) FROM fingerprints").fetchone())

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        """The cached vectors by text hash, float32 [dimension] each."""
        found = self.get_bytes(fingerprint, hashes)
        return {key: np.frombuffer(data, "<f2").astype(np.float32) for key, data in found.items()}

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
        self._run(lambda connection: _put(connection, fingerprint, rows))

    def prune(self, needed: Iterable[tuple[str, bytes]]) -> int:
        """Drop all embeddings but those of the given fingerprints and text hashes; return how many were dropped.

        From a damaged file only unreadable entries are dropped.
        """
        # A stream can be read only once: on a second attempt nothing would count as needed.
        waiting = [needed]
        return self._run(lambda connection: _prune(connection, waiting.pop()) if waiting else 0)

    def vacuum(self) -> None:
        """Return free space to the disk. Raises IndexWriteError."""
        self._run(lambda connection: connection.execute("SELECT 1"))
        with self._mutex.hold():
            try:
                if self._connection is not None:
                    self._connection.executescript("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
            except sqlite3.DatabaseError as error:
                self._disconnect()
                raise self._write_error(error) from error

    def rebuild(self) -> None:
        """Set the file aside as damaged and start a new one with its readable entries. Raises IndexWriteError."""
        with self._mutex.hold():
            self._disconnect()
            try:
                self._set_aside()
            except (sqlite3.DatabaseError, OSError) as error:
                self._disconnect()
                raise self._write_error(error) from error

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        """Each remembered file's size in bytes, time of change in nanoseconds and hash, by path."""
        return self._run(read_file_states)

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> None:
        """Store the size in bytes, time of change in nanoseconds and hash of files, by path."""
        rows = [(_path(path), *state) for path, state in states.items()]
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
                    if not self._beside("-wal").exists():
                        self._beside(DIGEST).write_text(digest_file(self._path))

    def _run(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run an action in one transaction; if the file turns out to be damaged, run it again on a new one."""
        with self._mutex.hold():
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
            except (sqlite3.DatabaseError, OSError) as error:
                self._disconnect()
                raise self._write_error(error) from error

    def _set_aside(self) -> None:
        """Rename the file, and copy its intact entries to a new one."""
        damaged = self._beside(DAMAGED)
        for suffix in ("", "-wal", "-shm"):
            damaged.with_name(damaged.name + suffix).unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                self._beside(suffix).rename(damaged.with_name(damaged.name + suffix))
        with self._transaction() as connection:
            for fingerprint, rows in _salvage(damaged):
                _put(connection, fingerprint, rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            # In WAL mode a commit survives a kill without waiting for the disk; a power failure may lose the last
            # ones, which are then computed again.
            self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")
        connection = self._connection
        self._beside(DIGEST).unlink(missing_ok=True)
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
        return IndexWriteError(f"cannot write {self._path}: {error}", hint=_LOCKED if "lock" in str(error) else _FREE)


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether SQLite raised this for damaged contents, which includes constraints that no write here violates."""
    message = str(error).lower()
    return isinstance(error, sqlite3.IntegrityError) or any(word in message for word in _DAMAGE)


def read_file_states(connection: sqlite3.Connection) -> dict[str, tuple[int, int, str]]:
    """The stored state of files by path, from an open cache."""
    return {
        path.decode("utf-8", "surrogatepass"): (size, mtime_ns, digest)
        for path, size, mtime_ns, digest in connection.execute("SELECT path, size, mtime_ns, hash FROM files")
    }


def read_embeddings(connection: sqlite3.Connection, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
    """The intact entries of an open cache by text hash."""
    found: dict[bytes, bytes] = {}
    for start in range(0, len(hashes), _BATCH):
        batch = hashes[start : start + _BATCH]
        rows = connection.execute(
            "SELECT hash, vector, checksum FROM embeddings JOIN fingerprints ON number = embeddings.fingerprint "
            f"WHERE fingerprints.fingerprint = ? AND hash IN ({','.join('?' * len(batch))})",
            (fingerprint, *batch),
        )
        found.update((key, data) for key, data, kept in rows if checksum(key, data) == kept)
    return found


def _put(connection: sqlite3.Connection, fingerprint: str, rows: Sequence[tuple[bytes, bytes]]) -> None:
    connection.execute("INSERT OR IGNORE INTO fingerprints (fingerprint) VALUES (?)", (fingerprint,))
    connection.executemany(
        "INSERT OR REPLACE INTO embeddings (fingerprint, hash, vector, checksum) "
        "SELECT number, ?, ?, ? FROM fingerprints WHERE fingerprint = ?",
        [(key, data, checksum(key, data), fingerprint) for key, data in rows],
    )


def _prune(connection: sqlite3.Connection, needed: Iterable[tuple[str, bytes]]) -> int:
    connection.execute("CREATE TEMP TABLE needed (fingerprint TEXT, hash BLOB, PRIMARY KEY (fingerprint, hash))")
    connection.executemany("INSERT OR IGNORE INTO needed VALUES (?, ?)", needed)
    dropped = connection.execute(
        "DELETE FROM embeddings WHERE NOT EXISTS (SELECT 1 FROM needed JOIN fingerprints USING (fingerprint) "
        "WHERE fingerprints.number = embeddings.fingerprint AND needed.hash = embeddings.hash)"
    ).rowcount
    connection.execute("DELETE FROM fingerprints WHERE number NOT IN (SELECT fingerprint FROM embeddings)")
    connection.execute("DROP TABLE needed")
    return dropped


def _salvage(damaged: Path) -> Iterator[tuple[str, list[tuple[bytes, bytes]]]]:
    """The readable entries of a damaged file with a correct checksum: text hashes and vectors by fingerprint."""
    try:
        with closing(sqlite3.connect(damaged)) as connection:
            [(last,)] = connection.execute("SELECT max(rowid) FROM embeddings")
            names = dict(connection.execute("SELECT number, fingerprint FROM fingerprints"))
            # The last number may itself be damaged; no file holds more rows than bytes.
            for first in range(1, min(last or 0, damaged.stat().st_size) + 1, _BATCH):
                found: dict[str, list[tuple[bytes, bytes]]] = {}
                for number, key, data, kept in _read_rows(connection, first, _BATCH):
                    if isinstance(key, bytes) and isinstance(data, bytes) and checksum(key, data) == kept:
                        found.setdefault(str(names.get(number)), []).append((key, data))
                yield from found.items()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return


def _read_rows(connection: sqlite3.Connection, first: int, count: int) -> list[tuple[Any, ...]]:
    """``count`` rows from ``first`` on, without those on a damaged page."""
    sql = "SELECT fingerprint, hash, vector, checksum FROM embeddings WHERE rowid >= ? AND rowid < ?"
    try:
        return connection.execute(sql, (first, first + count)).fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        if count == 1:
            return []
        half = count // 2
        return [*_read_rows(connection, first, half), *_read_rows(connection, first + half, count - half)]


def checksum(key: bytes, data: bytes) -> int:
    """XXH3-64 over both, as SQLite's signed integer."""
    return xxh3_64_intdigest(key + data) - (1 << 63)


def _path(path: str) -> bytes:
    return path.encode("utf-8", "surrogatepass")
