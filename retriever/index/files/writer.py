"""Whose turn it is to write to an index in files: one thread of one process at a time, which may nest it.

A lock never decides what a reader sees; it excludes a second writer. In the child of a fork nobody is writing: what its
parent writes is not its own.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from retriever.errors import IndexLockedError, StorageError
from retriever.index.files.create import open_or_create
from retriever.index.files.durable import writing
from retriever.index.files.json_values import parse_json, read_integer, read_string
from retriever.locks import renew_in_child
from retriever.system import LOCKS

_POLL_SECONDS = 0.05
# Seconds that one without a name may have the lock: who looks whether somebody writes, or tidies up a mirror.
_INSTANT = 0.5
_UNKNOWN = "another process"


class WriterLock:
    """The write lock of the index at ``location``, held by one process at a time: an advisory lock on ``path``.

    While it is held, the file names the holder. It is released when the process ends.
    """

    def __init__(self, path: Path, location: object) -> None:
        self._path = path
        self._location = location
        self._handle: int | None = None
        renew_in_child(self)

    @property
    def held(self) -> bool:
        """Whether this process holds it, and no other can."""
        return self._handle is not None and _is_at(self._handle, self._path)

    def acquire(self, timeout: float = 0.0) -> None:
        """Take the lock, waiting up to ``timeout`` seconds.

        Raises IndexLockedError, which names the holder, or IndexWriteError where no lock can be taken.
        """
        deadline = time.monotonic() + timeout
        with writing(self._path):
            while (handle := self._lock_file(deadline)) is None:
                pass
        self._handle = handle

    def require(self) -> None:
        """Raise IndexLockedError where another process may hold the lock, too: its file was removed meanwhile."""
        if self._handle is not None and not self.held:
            raise IndexLockedError(
                f"the right to write to {self._location} was lost: {self._path} was removed or replaced",
                hint="run the same command again, and leave that file alone: the lock ends with its process",
            )

    def _lock_file(self, deadline: float) -> int | None:
        """The locked file; None if it was removed or replaced before it was locked. Raises OSError, as ``acquire``."""
        handle = open_or_create(self._path)
        try:
            while not LOCKS.lock(handle):
                late = time.monotonic() - deadline
                if late >= 0 and (late >= _INSTANT or _read_holder(handle) != _UNKNOWN):
                    raise self._locked_error(handle)
                time.sleep(_POLL_SECONDS)
            if _is_at(handle, self._path):
                # On a full disk nobody is named, but what frees space goes on.
                with suppress(OSError):
                    _describe_self(handle)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return None

    def release(self) -> None:
        """Release the lock; do nothing if it is not held."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                _write_holder(handle, b"")
            # The children of a fork share the lock as long as they live; unlocking, unlike closing, ends it for all.
            with suppress(OSError):
                LOCKS.unlock(handle)
            os.close(handle)

    def renew(self) -> None:
        """In the child of a fork, let go of the parent's lock without releasing it."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _locked_error(self, handle: int) -> IndexLockedError:
        holder = _read_holder(handle)
        return IndexLockedError(
            f"{self._location} is being written by {holder}",
            hint="wait until it is done, or end that process; the index can be searched in the meantime",
        )


class Writer:
    """The turn of the index at ``location``, between processes by a lock on ``path``. Safe to use from many threads."""

    def __init__(self, path: Path, location: object) -> None:
        self._location = location
        self._lock = WriterLock(path, location)
        renew_in_child(self)
        self.renew()

    def renew(self) -> None:
        """Forget the parent's turn in the child of a fork."""
        self._thread = threading.RLock()
        self._depth = 0

    @property
    def has_turn(self) -> bool:
        """Whether a thread of this process has it, and no other process can."""
        return self._lock.held

    def require_turn(self) -> None:
        """Raise IndexLockedError where another process may have it, too; see ``WriterLock.require``."""
        self._lock.require()

    @contextmanager
    def turn(self, timeout: float, begin: Callable[[], None]) -> Iterator[None]:
        """Have the turn, after waiting up to ``timeout`` seconds; ``begin`` is called once it begins.

        Raises IndexLockedError, which names who has it, or IndexWriteError.
        """
        owner, thread = os.getpid(), self._thread
        if not thread.acquire(timeout=timeout):
            raise IndexLockedError(
                f"{self._location} is being written by another thread of this process", hint="wait until it is done"
            )
        try:
            if not self._depth:
                self._lock.acquire(timeout)
            self._depth += 1
            try:
                if self._depth == 1:
                    begin()
                yield
            except StorageError:
                # What is missing may have been removed by another writer.
                self._lock.require()
                raise
            finally:
                if os.getpid() == owner:  # not in a child that was forked meanwhile
                    self._depth -= 1
                    if not self._depth:
                        self._lock.release()
        finally:
            thread.release()


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file still is the one at ``path``. Raises OSError."""
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except FileNotFoundError:
        return False


def _describe_self(handle: int) -> None:
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": " ".join(sys.argv)[:200],
        "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    _write_holder(handle, json.dumps(holder, ensure_ascii=False).encode("utf-8", "replace"))


def _write_holder(handle: int, data: bytes) -> None:
    """Write who holds the lock into its file, unless that has another name, elsewhere, that would change as well."""
    if os.fstat(handle).st_nlink == 1:
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, data)


def _read_holder(handle: int) -> str:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        holder = parse_json(os.read(handle, 4096))
        pid = read_integer(holder, "pid")
        host, since, command = (read_string(holder, name, ".{0,255}") for name in ("host", "since", "command"))
        told = f"process {pid} on {host} since {since} ({command})"
        return "".join(one if one.isprintable() else "?" for one in told)
    except (ValueError, AttributeError):
        return _UNKNOWN
