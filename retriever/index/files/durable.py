"""Durable writes: digests, atomic replacement, fsync, and errors of the operating system with a remedy.

Everything that an index writes is made durable here. Nothing here knows what the files mean.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xxhash import xxh3_128

from retriever import system
from retriever.errors import IndexWriteError
from retriever.index.files.access import UnexpectedFileError, opened
from retriever.index.files.create import writing_aside
from retriever.index.files.read_errors import UNEXPECTED, pass_on_timeout
from retriever.system import sync_file, sync_folder

_CHUNK = 1 << 20
_HINTS = {
    errno.ENOSPC: "free some space on that disk and run the same command again; the index is as it was before",
    errno.EDQUOT: "your disk quota is used up: free some space and run the same command again",
    errno.EFBIG: "the system limits the size of files (ulimit -f): raise the limit and run the same command again",
    errno.EMFILE: "raise the limit of open files (ulimit -n) and run the same command again",
    errno.ENFILE: "close other programs or raise the limit of open files, and run the same command again",
    errno.EROFS: "the disk is mounted read-only: copy the index to a writable disk, or name another index",
    errno.EACCES: "you have no permission to write there: change the permissions, or name another index",
    errno.EPERM: "you have no permission to write there: change the permissions, or name another index",
}
# No library has more files open at a time.
_FILES = 16
_CHECK = "the index is as it was before; check the disk and run the command again"


def checkpoint(name: str) -> None:
    """Mark a point in a commit. It does nothing; tests replace it to kill the process there."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError raised inside into an IndexWriteError about ``path`` with a remedy."""
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error


def write_error(path: Path, error: Exception) -> IndexWriteError:
    """The error for a file that cannot be written, with a remedy by what the system has said.

    Libraries that are not written in Python tell that within a message of their own. Raises a TimeoutError of a signal.
    """
    pass_on_timeout(error)
    place, reason, code = path, str(error), 0
    if isinstance(error, OSError):
        place, reason, code = error.filename or path, error.strerror or reason, error.errno or 0
    if isinstance(error, UnexpectedFileError | FileExistsError):
        return IndexWriteError(f"cannot write {place}: {reason}", hint=UNEXPECTED)
    said = reason.replace("database or disk is full", os.strerror(errno.ENOSPC))
    # SQLite opens a file for reading that it may not write.
    said = said.replace("attempt to write a readonly database", os.strerror(errno.EACCES))
    code = next((known for known in _HINTS if known == code or os.strerror(known) in said), 0)
    code = code or (0 if isinstance(error, OSError) else _find_shortage())
    return IndexWriteError(
        f"cannot write {place}: {os.strerror(code) if code else reason}", hint=_HINTS.get(code, _CHECK)
    )


def _find_shortage() -> int:
    """The errno where no more files may be opened; 0 where some may. Not every library says that of itself."""
    handles: list[int] = []
    try:
        handles.extend(os.open(os.devnull, os.O_RDONLY | system.CLOSE_ON_EXEC) for _ in range(_FILES))
    except OSError as error:
        return error.errno if error.errno in (errno.EMFILE, errno.ENFILE) else 0
    finally:
        for handle in handles:
            os.close(handle)
    return 0


def digest_bytes(data: bytes) -> str:
    """XXH3-128 in hexadecimal."""
    return xxh3_128(data).hexdigest()


def digest_file(path: Path) -> str:
    """XXH3-128 of a regular file's bytes in hexadecimal. Raises OSError."""
    with opened(path) as handle:
        return _digest_opened(handle)


def _digest_opened(handle: int) -> str:
    """XXH3-128 of the bytes from here to the end of an open file, in hexadecimal. Raises OSError."""
    state = xxh3_128()
    # Most files of an index are small: to clear a megabyte takes longer than to read them.
    buffer = bytearray(min(os.fstat(handle).st_size + 1, _CHUNK))
    view = memoryview(buffer)
    with os.fdopen(handle, "rb", buffering=0, closefd=False) as file:
        while count := file.readinto(buffer):
            state.update(view[:count])
    return state.hexdigest()


def sync_tree(path: Path) -> None:
    """Make every file and folder below ``path``, and ``path`` itself, durable."""
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            with opened(Path(folder, name)) as handle:
                sync_file(handle)
        sync_folder(Path(folder))


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file atomically: after a crash it has either its old contents or all of the new ones.

    A link in its place is replaced, never followed.
    """
    with writing_aside(path) as (aside, handle):
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(data)
        sync_file(handle)
        checkpoint(f"aside:{path.suffix or path.name}")
        system.replace_file(aside, path)
    sync_folder(path.parent)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file in one step, as ``write_durably``, without waiting for the disk. Raises OSError."""
    with writing_aside(path) as (aside, handle):
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(data)
        system.replace_file(aside, path)
