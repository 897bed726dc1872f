"""What the embedding cache holds: its tables, and how their entries are read, written, dropped and saved from damage.

An entry that is not what was stored counts as missing.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from xxhash import xxh3_64_intdigest

from retriever.index.files.databases import INTERRUPTED, GuardedConnection, fetch, open_writing

if TYPE_CHECKING:
    from retriever.types import Vectors

SCHEMA = """
CREATE TABLE fingerprints (number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
CREATE TABLE embeddings (
    fingerprint INTEGER NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, checksum INTEGER NOT NULL,
    UNIQUE (fingerprint, hash)
);
CREATE TABLE files (path PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, hash TEXT);
"""
# What recognised pages have in the place of a model's fingerprint; their hashes say by which recogniser they were read.
PAGES = "recognised pages"
# The keys of the pages of a file, one behind the other, have this; their hashes are those of what marks the file.
FILE_PAGES = "pages of files"
_PAGE_KEY = 16
# How a page without text ends: it holds nothing that could be found, and its picture is not to be looked at again.
_NO_LINES = b",[]]"
# What was said of files that are not read, or in part, has this; their hashes are those of their names.
REMARKS = "remarks on files"
_BATCH = 500
# Drops what a table of needed entries does not name.
_DROP = (
    "DELETE FROM embeddings WHERE NOT EXISTS (SELECT 1 FROM needed JOIN fingerprints USING (fingerprint) "
    "WHERE fingerprints.number = embeddings.fingerprint AND needed.hash = embeddings.hash)"
)
# Messages of SQLite that mean damaged contents. All others concern the disk or other processes, and are no reason to
# set the file aside.
_DAMAGE = (
    "malformed",
    "not a database",
    "unsupported file format",
    "no such",
    "no column",
    "decode to utf-8",
    INTERRUPTED,
)


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether SQLite raised this for damaged contents, which includes constraints that no write here violates."""
    message = str(error).lower()
    return isinstance(error, sqlite3.IntegrityError) or any(word in message for word in _DAMAGE)


def read_file_states(connection: GuardedConnection) -> dict[str, tuple[int, int, str]]:
    """The stored state of files by path, from an open cache, without those that are not what is stored."""
    return {
        path.decode("utf-8", "surrogatepass"): (size, mtime_ns, digest)
        for path, size, mtime_ns, digest in fetch(connection, "SELECT path, size, mtime_ns, hash FROM files")
        if type(path) is bytes and type(size) is type(mtime_ns) is int and type(digest) is str
    }


def read_embeddings(connection: GuardedConnection, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
    """The intact entries of an open cache by text hash."""
    found: dict[bytes, bytes] = {}
    for start in range(0, len(hashes), _BATCH):
        batch = hashes[start : start + _BATCH]
        rows = fetch(
            connection,
            "SELECT hash, vector, checksum FROM embeddings JOIN fingerprints ON number = embeddings.fingerprint "
            f"WHERE fingerprints.fingerprint = ? AND hash IN ({','.join('?' * len(batch))})",
            (fingerprint, *batch),
        )
        found.update((key, data) for key, data, kept in rows if is_intact(key, data, kept))
    return found


def to_vectors(found: Mapping[bytes, bytes]) -> dict[bytes, Vectors]:
    """Cached bytes as vectors, float32 [dimension] each, without what is none."""
    vectors = {key: np.frombuffer(data, "<f2").astype(np.float32) for key, data in found.items() if len(data) % 2 == 0}
    return {key: vector for key, vector in vectors.items() if np.isfinite(vector).all()}


def put_rows(connection: GuardedConnection, fingerprint: str, rows: Sequence[tuple[bytes, bytes]]) -> None:
    """Store bytes by text hash under a fingerprint."""
    connection.execute("INSERT OR IGNORE INTO fingerprints (fingerprint) VALUES (?)", (fingerprint,))
    connection.executemany(
        "INSERT OR REPLACE INTO embeddings (fingerprint, hash, vector, checksum) "
        "SELECT number, ?, ?, ? FROM fingerprints WHERE fingerprint = ?",
        [(key, data, checksum(key, data), fingerprint) for key, data in rows],
    )


def prune(connection: GuardedConnection, needed: Iterable[tuple[str, bytes]]) -> int:
    """Drop all embeddings but those of the given fingerprints and text hashes; return how many were dropped.

    A recognised page stays if a list of pages that names it is needed, and if it has no text. Remarks on files stay:
    which of the files are still there is not known here. Neither pages nor their lists are counted.
    """
    connection.execute("CREATE TEMP TABLE needed (fingerprint TEXT, hash BLOB, PRIMARY KEY (fingerprint, hash))")
    stream = iter(needed)
    while batch := list(islice(stream, _BATCH)):
        connection.renew()
        connection.executemany("INSERT OR IGNORE INTO needed VALUES (?, ?)", batch)
    lists = fetch(
        connection,
        "SELECT embeddings.hash, vector, checksum FROM embeddings "
        "JOIN fingerprints ON fingerprints.number = embeddings.fingerprint "
        "JOIN needed ON needed.fingerprint = fingerprints.fingerprint AND needed.hash = embeddings.hash "
        "WHERE fingerprints.fingerprint = ?",
        (FILE_PAGES,),
    )
    for _, listed, _ in (row for row in lists if is_intact(*row)):
        pages = [(PAGES, listed[at : at + _PAGE_KEY]) for at in range(0, len(listed), _PAGE_KEY)]
        connection.executemany("INSERT OR IGNORE INTO needed VALUES (?, ?)", pages)
    connection.renew()
    connection.execute(
        f"{_DROP} AND fingerprint IN (SELECT number FROM fingerprints WHERE fingerprint IN (?, ?)) "
        "AND substr(vector, -4) != ?",
        (PAGES, FILE_PAGES, _NO_LINES),
    )
    dropped = connection.execute(
        f"{_DROP} AND fingerprint NOT IN (SELECT number FROM fingerprints WHERE fingerprint IN (?, ?, ?))",
        (PAGES, FILE_PAGES, REMARKS),
    ).rowcount
    connection.execute("DELETE FROM fingerprints WHERE number NOT IN (SELECT fingerprint FROM embeddings)")
    connection.execute("DROP TABLE needed")
    return dropped


def file_key(mark: str) -> bytes:
    """The key of the list of the pages of a file, BLAKE2b of what marks the file, 16 bytes."""
    return hashlib.blake2b(mark.encode(), digest_size=16).digest()


def salvage(damaged: Path) -> Iterator[tuple[str, list[tuple[bytes, bytes]]]]:
    """The readable entries of a damaged file with a correct checksum: text hashes and vectors by fingerprint.

    There are none in a file that was not made here.
    """
    try:
        with closing(open_writing(damaged, SCHEMA, create=False)) as connection:
            [(last,)] = connection.execute("SELECT max(rowid) FROM embeddings")
            names = dict(fetch(connection, "SELECT number, fingerprint FROM fingerprints"))
            # The last number may itself be damaged; no file holds more rows than bytes.
            for first in range(1, min(last or 0, damaged.stat().st_size) + 1, _BATCH):
                found: dict[str, list[tuple[bytes, bytes]]] = {}
                for number, key, data, kept in _read_rows(connection, first, _BATCH):
                    if is_intact(key, data, kept):
                        found.setdefault(str(names.get(number)), []).append((key, data))
                yield from found.items()
    except (OSError, sqlite3.DatabaseError, UnicodeDecodeError):
        return


def _read_rows(connection: GuardedConnection, first: int, count: int) -> list[tuple[Any, ...]]:
    """``count`` rows from ``first`` on, without those on a damaged page."""
    sql = "SELECT fingerprint, hash, vector, checksum FROM embeddings WHERE rowid >= ? AND rowid < ?"
    try:
        return fetch(connection, sql, (first, first + count))
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if INTERRUPTED in str(error):
            raise  # The file leads back to itself.
        if count == 1:
            return []
        half = count // 2
        return [*_read_rows(connection, first, half), *_read_rows(connection, first + half, count - half)]


def is_intact(key: object, data: object, kept: object) -> bool:
    """Whether an entry is one that was stored, by its checksum."""
    return isinstance(key, bytes) and isinstance(data, bytes) and checksum(key, data) == kept


def checksum(key: bytes, data: bytes) -> int:
    """XXH3-64 over both, as SQLite's signed integer."""
    return xxh3_64_intdigest(key + data) - (1 << 63)


def to_path(path: str) -> bytes:
    """The path of a file as it is stored."""
    return path.encode("utf-8", "surrogatepass")
