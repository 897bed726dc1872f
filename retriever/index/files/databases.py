"""Opens SQLite files that may come from anybody.

A file is opened only if it has exactly the tables that are created here: no view, trigger or virtual table can run. A
query ends when it has taken more steps than the size of the file explains, since pages of a made-up file may lead back
to themselves. SQLite follows a journal beside a file and the names in it, so no file with a journal is opened.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from retriever.index.files.access import UnexpectedFileError, is_there, opened
from retriever.index.files.create import create_file, writing_aside
from retriever.system import replace_file

# What stands beside a database while it is written in WAL mode, and what stands there in the other modes.
WAL = ("-wal", "-shm")
JOURNAL = "-journal"
# Instructions of SQLite's machine between two looks at the budget, and how many a query has: a fixed number, about a
# second, and some for each byte of the file.
_STEP = 100_000
_FREE_STEPS = 200
_STEPS_PER_BYTE = 8 / _STEP
# ``sqlite3.SQLITE_LIMIT_LENGTH``, which Python 3.10 has no name for: the bytes of a value at most.
_LIMIT_LENGTH = 0
_LARGEST_VALUE = 1_000_000_000
# Rows of the schema at most.
_OBJECTS = 32
INTERRUPTED = "interrupted"


class NotOursError(sqlite3.DatabaseError):
    """A database that was not made here: other tables, or a journal that none of ours has."""


class GuardedConnection(sqlite3.Connection):
    """A connection whose queries end; see ``renew``."""

    _left = _FREE_STEPS
    _growing: Path | None = None
    size = 0

    def guard(self, size: int, growing: Path | None = None) -> None:
        """Set limits for a file of ``size`` bytes, or for one that grows, before anything is read."""
        self.size = size
        self._growing = growing
        self.renew()
        self.set_progress_handler(self._take, _STEP)
        if hasattr(self, "setlimit"):  # Since Python 3.11.
            self.setlimit(_LIMIT_LENGTH, min(size + (64 << 20), _LARGEST_VALUE))
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
            self.execute(f"PRAGMA {pragma}").close()

    def renew(self) -> None:
        """Give the next statement its full number of steps; one that takes more raises OperationalError."""
        if self._growing is not None:
            self.size = _measure(self._growing)
        self._left = _FREE_STEPS + int(self.size * _STEPS_PER_BYTE)

    def _take(self) -> int:
        self._left -= 1
        return self._left < 0


def open_reading(path: Path, schemas: Collection[str], *, journal: bool = False) -> GuardedConnection:
    """A connection that changes nothing, to a database that was created by one of the scripts ``schemas``.

    Without ``journal`` the file is opened as immutable: SQLite creates nothing beside it, takes no lock, and works on a
    read-only disk. With it, what a writer has not yet moved from its journal is read as well.

    Raises OSError for anything but a regular file, sqlite3.DatabaseError: NotOursError for other tables.
    """
    with opened(path) as handle:
        size = os.fstat(handle).st_size
    if journal:
        size += _check_beside(path)
    how = "readonly_shm=1" if journal else "immutable=1"
    connection = _connect(f"file:{quote(os.path.abspath(path))}?mode=ro&{how}", size)
    return _require(connection, schemas)


def open_writing(path: Path, schema: str, *, create: bool = True) -> GuardedConnection:
    """A connection to a database in WAL mode that was created by the script ``schema``.

    With ``create`` a missing or empty one is created. A file with several names is replaced by a copy, so that nothing
    is written into what another name stands for. Raises as ``open_reading``.
    """
    if create and not is_there(path):
        os.close(create_file(path))
    with opened(path) as handle:
        status = os.fstat(handle)
    size = status.st_size + _check_beside(path)
    if status.st_nlink > 1:
        _copy(path)
    connection = _connect(f"file:{quote(os.path.abspath(path))}?mode=rw", size, path)
    if create and not _list_objects(connection):
        connection.executescript(schema)
    _require(connection, [schema])
    # In WAL mode a commit survives a kill without waiting for the disk; a power failure may lose the last ones.
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    return connection


def beside(path: Path) -> Iterator[Path]:
    """The paths of everything that SQLite may keep beside a database."""
    return (path.with_name(path.name + suffix) for suffix in (*WAL, JOURNAL))


def fetch(connection: GuardedConnection, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query. Raises sqlite3.DatabaseError, also for more text than the file has room for."""
    connection.renew()
    room = connection.size + _STEP
    found = []
    cursor = connection.execute(sql, tuple(values))
    try:
        for row in cursor:
            for value in row:
                if isinstance(value, (str, bytes)):
                    room -= len(value)
            if room < 0:
                raise sqlite3.DatabaseError("database disk image is malformed: texts overlap")
            found.append(row)
    finally:
        cursor.close()
    return found


def fetch_at_once(connection: GuardedConnection, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """As ``fetch``, in no particular order, for a query ``SELECT columns FROM ...``.

    SQLite makes one value of all rows: Python lets go of its lock for every value, hundreds of times for the candidates
    of a search, and each time a thread that waits for it wakes up.
    """
    given = tuple(values)
    if hasattr(connection, "setlimit"):  # Else nothing limits the value.
        connection.renew()
        columns, _, source = sql.removeprefix("SELECT ").partition(" FROM ")
        joined = f"SELECT json_group_array(json_array({columns})) FROM {source}"
        # An SQLite without JSON, and bytes and infinity, which JSON cannot hold: row by row.
        with (
            suppress(sqlite3.OperationalError, sqlite3.DataError, json.JSONDecodeError),
            closing(connection.execute(joined, given)) as cursor,
        ):
            [(whole,)] = cursor
            if len(whole) <= connection.size + _STEP:
                return list(map(tuple, json.loads(whole)))
    return fetch(connection, sql, given)


def _measure(path: Path) -> int:
    """The bytes of a database with its journal in WAL mode."""
    sizes = 0
    for part in (path, path.with_name(path.name + WAL[0])):
        with suppress(OSError):
            sizes += os.lstat(part).st_size
    return sizes


def _connect(uri: str, size: int, growing: Path | None = None) -> GuardedConnection:
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, factory=GuardedConnection
    )
    try:
        connection.guard(size, growing)
    except BaseException:
        connection.close()
        raise
    return connection


def _require(connection: GuardedConnection, schemas: Collection[str]) -> GuardedConnection:
    """The connection, if its database has exactly the objects of one of the scripts. Raises NotOursError."""
    try:
        found = _list_objects(connection)
        if not any(found == _objects_of(schema) for schema in schemas):
            raise NotOursError("database disk image is malformed: its tables are not those of an index")
    except BaseException:
        connection.close()
        raise
    return connection


def _list_objects(connection: sqlite3.Connection) -> frozenset[tuple[Any, ...]]:
    rows = connection.execute(f"SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT {_OBJECTS}").fetchall()
    return frozenset((*names, _normalise(sql)) for *names, sql in rows)


def _normalise(sql: object) -> object:
    """The text of a statement without the white space that tells nothing."""
    return " ".join(sql.split()).replace(" )", ")") if isinstance(sql, str) else sql


@lru_cache(maxsize=16)
def _objects_of(schema: str) -> frozenset[tuple[Any, ...]]:
    """What SQLite lists of a database that the script has created."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(schema)
        return _list_objects(connection)
    finally:
        connection.close()


def _check_beside(path: Path) -> int:
    """The bytes of the journal in WAL mode. Raises NotOursError for a journal of another mode, OSError."""
    if is_there(path.with_name(path.name + JOURNAL)):
        raise NotOursError("database disk image is malformed: it has a journal that no cache has")
    sizes = 0
    for suffix in WAL:
        companion = path.with_name(path.name + suffix)
        if is_there(companion):
            with opened(companion) as handle:
                status = os.fstat(handle)
            if status.st_nlink > 1:
                raise UnexpectedFileError(None, "it has a second name", str(companion))
            sizes += status.st_size if suffix == WAL[0] else 0
    return sizes


def _copy(path: Path) -> None:
    """Replace a file by a copy that has no other name. Raises OSError."""
    with writing_aside(path) as (aside, handle), opened(path) as source:
        with os.fdopen(handle, "wb", closefd=False) as target, os.fdopen(source, "rb", closefd=False) as original:
            shutil.copyfileobj(original, target)
        replace_file(aside, path)
