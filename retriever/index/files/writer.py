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

from retriever.errors import IndexLockedError
from retriever.index.files.create import open_or_create
from retriever.index.files.durable import writing
from retriever.index.files.json_values import parse_json, read_integer, read_string
from retriever.locks import renew_in_child
from retriever.system import LOCKS

_POLL_SECONDS = 0.05


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
        """Whether this process holds it."""
        return self._handle is not None

    def acquire(self, timeout: float = 0.0) -> None:
        """Take the lock, waiting up to ``timeout`` seconds.

        Raises IndexLockedError, which names the holder, or IndexWriteError where no lock can be taken.
        """
        deadline = time.monotonic() + timeout
        with writing(self._path):
            handle = open_or_create(self._path)
            try:
                while not LOCKS.lock(handle):
                    if time.monotonic() >= deadline:
                        raise self._locked_error(handle)
                    time.sleep(_POLL_SECONDS)
                # On a full disk nobody is named, but what frees space goes on.
                with suppress(OSError):
                    _describe_self(handle)
            except BaseException:
                os.close(handle)
                raise
        self._handle = handle

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
            hint="wait until it is done, or end that process; the index can be searched meanwhile",
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
        """Whether a thread of this process has it."""
        return self._lock.held

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
            finally:
                if os.getpid() == owner:  # not in a child that was forked meanwhile
                    self._depth -= 1
                    if not self._depth:
                        self._lock.release()
        finally:
            thread.release()


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
        return "another process"
