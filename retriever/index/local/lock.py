"""Advisory locks (flock) on generations being read, and whether somebody writes; they end with their process.

A lock never decides what a reader sees; it protects the files of readers from removal.
"""

from __future__ import annotations

import errno
import os
import time
import weakref
from contextlib import suppress
from pathlib import Path

from retriever.errors import IndexReadError
from retriever.index.files.access import open_regular
from retriever.index.files.read_errors import classify_read_error
from retriever.system import LOCKS, remove_file

WRITER_LOCK = "writer.lock"
# A manifest is locked for an instant by who removes it. Seconds after which it must be another program, or one that was
# stopped, and between two attempts.
_PATIENCE = 10.0
_POLL_SECONDS = 0.01
_LOCKED = "another program has it open: end it, or wait until it is done, and run the same command again"


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
        try:
            _share(handle, manifest)
        except BaseException:
            os.close(handle)
            raise
        weakref.finalize(self, os.close, handle)


def _share(handle: int, manifest: Path) -> None:
    """Lock an open manifest as a reader. Raises IndexReadError, FileNotFoundError if it was removed meanwhile."""
    deadline = time.monotonic() + _PATIENCE
    with suppress(OSError):
        while not LOCKS.lock(handle, shared=True):
            if time.monotonic() > deadline:
                raise IndexReadError(f"{manifest} cannot be read: another program has locked it", hint=_LOCKED)
            time.sleep(_POLL_SECONDS)
    if os.fstat(handle).st_nlink == 0:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(manifest))


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
