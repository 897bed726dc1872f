"""A temporary folder of links, through which a library that opens one folder reads the files of several.

It is removed after use; the folder of a killed process is removed by the next process.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from retriever.index.files.durable import writing
from retriever.system import LOCKS, NO_FOLLOW, link_or_copy

_SHARED_MEMORY = "/dev/shm"
_PREFIX = "retriever-links-"


@contextmanager
def link_files(made: Mapping[str, bytes], files: Sequence[Path]) -> Iterator[Path]:
    """A temporary folder with files of the given bytes, by name, and links to ``files``.

    It is created in shared memory if possible, where links are fast even while the disk is busy, else in the folder for
    temporary files. Raises IndexWriteError if neither is possible.
    """
    folder, handle = _create(made, files)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(handle)


def _create(made: Mapping[str, bytes], files: Sequence[Path]) -> tuple[Path, int]:
    if os.access(_SHARED_MEMORY, os.W_OK | os.X_OK):
        with suppress(OSError):
            return _fill(made, files, _SHARED_MEMORY)
    where = tempfile.gettempdir()
    with writing(Path(where)):
        return _fill(made, files, where)


def _fill(made: Mapping[str, bytes], files: Sequence[Path], where: str) -> tuple[Path, int]:
    _remove_abandoned(where)
    folder, handle = _create_locked(where)
    try:
        for name, data in made.items():
            (folder / name).write_bytes(data)
        for file in files:
            link_or_copy(file, folder / file.name)
    except BaseException:
        _remove(folder)
        os.close(handle)
        raise
    return folder, handle


def _create_locked(where: str) -> tuple[Path, int]:
    """A new folder and a handle that holds a lock on it while it is in use. Raises OSError."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=where))
        with suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            # On a file system without locks no process removes it either.
            with suppress(OSError):
                LOCKS.lock(handle, shared=True, wait=True)
            if folder.exists():
                return folder, handle
            # Another process removed it as abandoned before it was locked.
            os.close(handle)


def _remove_abandoned(where: str) -> None:
    """Remove the folders of this user that no process holds."""
    for folder in Path(where).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | NO_FOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(handle).st_uid == os.geteuid() and LOCKS.lock(handle):
                    _remove(folder)
            finally:
                os.close(handle)


def _remove(links: Path) -> None:
    """Remove the folder. If tantivy's watcher creates its lock file there in the meantime, try again."""
    for _ in range(5):
        shutil.rmtree(links, ignore_errors=True)
        if not links.exists():
            return
