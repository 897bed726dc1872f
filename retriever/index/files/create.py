"""Creates files and folders of an index: always new ones, never through a link, readable by whom the folder is.

A new index is its user's own: folders 0700, files 0600, since they hold the user's texts. What is made in a folder
that others may read, or write, may be read, or written, by the same: widening the folders of an index shares it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from retriever import system
from retriever.index.files.access import check_folder, is_there, open_regular

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_NEW = os.O_CREAT | os.O_EXCL | system.NO_FOLLOW | system.CLOSE_ON_EXEC | system.BINARY
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp$")


def file_mode(folder: Path) -> int:
    """The permissions of a new file in ``folder``: whoever may enter the folder may read its files."""
    return PRIVATE_FILE | (stat.S_IMODE(os.stat(folder).st_mode) & 0o666)


def folder_mode(folder: Path) -> int:
    """The permissions of a new folder in ``folder``."""
    return PRIVATE_FOLDER | (stat.S_IMODE(os.stat(folder).st_mode) & 0o777)


def create_file(path: Path, mode: int | None = None, flags: int = os.O_WRONLY) -> int:
    """A descriptor of a new, empty file, by default with the permissions of its folder.

    Raises OSError: FileExistsError if anything stands there, a link to nothing included.
    """
    wanted = file_mode(path.parent) if mode is None else mode
    handle = os.open(path, flags | _NEW, wanted)
    if hasattr(os, "fchmod"):
        with suppress(OSError):  # A file system without permissions.
            os.fchmod(handle, wanted)  # The umask of the process has no part in who shares an index.
    return handle


def create_writable(path: Path) -> BinaryIO:
    """A new file as from ``create_file``, for writing. Raises OSError."""
    return os.fdopen(create_file(path), "wb")


def open_or_create(path: Path) -> int:
    """A descriptor of a regular file for reading and writing; a missing one is created. Raises OSError."""
    if not is_there(path):
        with suppress(FileExistsError):  # Another process was faster.
            return create_file(path, flags=os.O_RDWR)
    return open_regular(path, flags=os.O_RDWR)


def make_folder(path: Path, mode: int | None = None) -> None:
    """Create a folder, by default with the permissions of the one above. Raises OSError as ``create_file``."""
    wanted = folder_mode(path.parent) if mode is None else mode
    os.mkdir(path, wanted)
    with suppress(OSError):
        os.chmod(path, wanted)


def require_folder(path: Path) -> None:
    """Create a folder unless it is there. Raises OSError: UnexpectedFileError for anything else there."""
    try:
        check_folder(path)
    except FileNotFoundError:
        with suppress(FileExistsError):
            make_folder(path)
        check_folder(path)


def make_folders(path: Path) -> list[Path]:
    """Create a private folder and what is missing above it; return what was created, the outermost first.

    An existing one may be a link to a folder. Raises OSError.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()][::-1]
    for folder in missing:
        with suppress(FileExistsError):
            if folder == path:
                make_folder(folder, PRIVATE_FOLDER)
            else:
                os.mkdir(folder)
    if not path.is_dir():
        check_folder(path)
    return missing


def share_tree(folder: Path) -> None:
    """Give a folder and all in it the permissions that a new one in its place would have. Raises OSError."""
    mode, own = folder_mode(folder.parent), file_mode(folder.parent)
    for parent, _, files in os.walk(folder, topdown=False):
        for path, wanted in (*((os.path.join(parent, name), own) for name in files), (parent, mode)):
            if stat.S_IMODE(os.lstat(path).st_mode) & 0o777 != wanted & 0o777:
                os.chmod(path, wanted)


@contextmanager
def writing_aside(path: Path, mode: int | None = None) -> Iterator[tuple[Path, int]]:
    """A new file beside ``path`` that nobody can foresee, with its descriptor; removed unless it was renamed.

    Raises OSError.
    """
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    handle = create_file(aside, mode)
    try:
        yield aside, handle
    finally:
        with suppress(OSError):
            os.close(handle)
        with suppress(FileNotFoundError):
            aside.unlink()


def is_temporary(name: str, of: re.Pattern[str]) -> bool:
    """Whether this is the name of a file beside one whose name matches ``of``, left by a killed process.

    Earlier versions called it the file's name and ``.tmp``.
    """
    own = name.removesuffix(".tmp")
    if own == name:
        return False
    ending = _TEMPORARY.search(name)
    return bool(of.fullmatch(name[: ending.start()] if ending else own))


def remove_tree(path: Path) -> None:
    """Remove a folder with all in it, or the link that stands in its place. Raises OSError."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
    else:
        shutil.rmtree(path)  # It follows no link, above or within.
