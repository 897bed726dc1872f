"""Opens the files of an index for reading: regular files in real folders only, of a size that is known beforehand.

An index may come from anybody, so what stands in the place of a file may be a link to another file, a pipe without a
writer, a device, or a terabyte of nothing. Every file of an index is opened here, or named to a library only after it
was checked here. All flags of ``os.open`` are here and in ``create``.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from retriever import system

# Windows has not all of these; a path is checked before it is opened, so nothing waits there either.
_CAREFUL = system.NO_FOLLOW | system.NO_WAIT | system.CLOSE_ON_EXEC | system.BINARY
_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISREG, "a file"),
)
# Files of this many bytes and more have to hold data, not holes, in this share of them.
_LARGE = 16 << 20
_DATA_SHARE = 0.5


class UnexpectedFileError(OSError):
    """What stands in the place of a file or folder of an index is not what an index has there.

    It is a link, a pipe, a device, or a file of a size that this file cannot have.
    """


def check_folders(path: Path, root: Path) -> None:
    """Check that every folder from below ``root`` down to ``path`` is a folder and no link.

    Raises OSError: FileNotFoundError for a missing one, UnexpectedFileError.
    """
    folder = os.fspath(root)
    for name in path.parts[len(root.parts) : -1]:
        # An index that is opened asks for dozens of files: paths that are objects take longer than the system.
        folder = os.path.join(folder, name)
        check_folder(folder)


def check_folder(folder: Path | str) -> None:
    """Check that ``folder`` is a folder and no link. Raises OSError as ``check_folders``."""
    mode = os.lstat(folder).st_mode
    if not stat.S_ISDIR(mode):
        raise _unexpected(folder, f"it is {_kind(mode)} instead of a folder")


def check_regular(path: Path, root: Path | None = None) -> os.stat_result:
    """The status of a regular file. With ``root`` the folders above it are checked up to that one.

    Raises OSError: FileNotFoundError, UnexpectedFileError for anything but a regular file.
    """
    if root is not None:
        check_folders(path, root)
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        raise _unexpected(path, f"it is {_kind(status.st_mode)} instead of a file")
    return status


def open_regular(path: Path, root: Path | None = None, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a regular file, never one behind a link. Raises OSError as ``check_regular``."""
    check_regular(path, root)
    handle = os.open(path, flags | _CAREFUL)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _unexpected(path, f"it is {_kind(status.st_mode)} instead of a file")
        if status.st_size >= _LARGE and _is_sparse(handle, status.st_size):
            raise _unexpected(path, "most of it is holes")
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextmanager
def opened(path: Path, root: Path | None = None) -> Iterator[int]:
    """A descriptor as from ``open_regular``, closed at the end."""
    handle = open_regular(path, root)
    try:
        yield handle
    finally:
        os.close(handle)


def read_regular(path: Path, most: int, root: Path | None = None) -> bytes:
    """The bytes of a regular file that has at most ``most`` bytes. Raises OSError as ``check_regular``."""
    handle = open_regular(path, root)
    with os.fdopen(handle, "rb") as file:
        # Python makes room for as much as it is asked for.
        data = file.read(min(most, os.fstat(handle).st_size) + 1)
    if len(data) > most:
        raise _unexpected(path, f"it has more than {most} bytes")
    return data


def list_folder(folder: Path) -> list[str]:
    """The names in a folder, in order; none for a missing one. Raises OSError as ``check_folder``."""
    try:
        check_folder(folder)
    except FileNotFoundError:
        return []
    return sorted(os.listdir(folder))


def is_there(path: Path) -> bool:
    """Whether anything stands at ``path``, a link to nothing included. Raises OSError."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def find_obstacle(path: Path) -> str:
    """Why no folder can be at ``path``, as a clause: it, or a place on the way there, is something else; else "".

    Links to folders are followed. Raises OSError.
    """
    for place in (*reversed(path.parents), path):
        what = ""
        try:
            mode = os.stat(place).st_mode
            what = "" if stat.S_ISDIR(mode) else _kind(mode)
        except FileNotFoundError:
            if not is_there(place):
                return ""
            what = "a link that leads nowhere"
        if what:
            return f"{'it' if place == path else place} is {what}"
    return ""


def measure(path: str | Path) -> int:
    """The bytes of a file, or of all files below a folder: others may remove what is measured, which then has none."""
    below = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(map(_find_size, (path, *below)))


def _find_size(path: str | Path) -> int:
    with suppress(OSError):
        status = os.lstat(path)
        return status.st_size if stat.S_ISREG(status.st_mode) else 0
    return 0


def _is_sparse(handle: int, size: int) -> bool:
    """Whether less than a share of the file was ever written.

    No index has such a file, and reading one takes as long as if it were there. A file system that does not tell holes
    from data calls everything data.
    """
    if not hasattr(os, "SEEK_DATA"):
        return False
    held = place = 0
    try:
        while place < size and held < size * _DATA_SHARE:
            start = os.lseek(handle, place, os.SEEK_DATA)
            place = os.lseek(handle, start, os.SEEK_HOLE)
            held += place - start
    except OSError as error:
        # No data after this place, or a file system that cannot say.
        return error.errno == errno.ENXIO
    finally:
        os.lseek(handle, 0, os.SEEK_SET)
    return held < size * _DATA_SHARE


def _kind(mode: int) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")


def _unexpected(path: Path | str, reason: str) -> UnexpectedFileError:
    return UnexpectedFileError(errno.EINVAL, reason, str(path))
