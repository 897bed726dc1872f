"""Advisory locks (flock) for the writer and for generations being read; they end with their process.

A lock never decides what a reader sees; it excludes a second writer and protects the files of readers from removal.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
import weakref
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from retriever.errors import IndexLockedError
from retriever.index.files.access import open_regular
from retriever.index.files.create import open_or_create
from retriever.index.files.durable import writing
from retriever.index.files.json_values import parse_json, read_integer, read_string
from retriever.index.files.read_errors import classify_read_error
from retriever.locks import renew_in_child
from retriever.system import LOCKS, remove_file

WRITER_LOCK = "writer.lock"
_POLL_SECONDS = 0.05


class WriterLock:
    """The write lock of one index, held by one process at a time.

    While it is held, the lock file names the holder. It is released when the process ends.
    """

    def __init__(self, root: Path) -> None:
        self.path = root / WRITER_LOCK
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
        with writing(self.path):
            handle = open_or_create(self.path)
            try:
                while not LOCKS.lock(handle):
                    if time.monotonic() >= deadline:
                        raise self._locked_error(handle)
                    time.sleep(_POLL_SECONDS)
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
            f"{self.path.parent} is being written by {holder}",
            hint="wait until it is done, or end that process; the index can be searched meanwhile",
        )


class GenerationHold:
    """A reader's hold on a generation: while one exists in any process, the generation is not removed.

    It ends with this object. On a file system without locks there is no protection.
    """

    def __init__(self, manifest: Path) -> None:
        """Raises FileNotFoundError if the generation has been removed, IndexReadError, IndexCorruptError."""
        try:
            handle = open_regular(manifest)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise classify_read_error(manifest, error) from error
        with suppress(OSError):
            LOCKS.lock(handle, shared=True, wait=True)
        if os.fstat(handle).st_nlink == 0:
            os.close(handle)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(manifest))
        weakref.finalize(self, os.close, handle)


def remove_unless_held(manifest: Path) -> bool:
    """Remove a generation's manifest unless a reader holds it; return whether it was removed. Raises OSError."""
    handle = open_regular(manifest)
    try:
        if not LOCKS.lock(handle):
            return False
        return remove_file(manifest)
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether a process holds a lock on the file, as readers do on the manifest of their generation.

    False if that cannot be determined.
    """
    try:
        handle = open_regular(path)
    except OSError:
        return False
    try:
        return not LOCKS.lock(handle)
    except OSError:
        return False
    finally:
        os.close(handle)


def is_written(root: Path) -> bool:
    """Whether a process holds the write lock now; False if that cannot be determined."""
    return is_held(root / WRITER_LOCK)


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
