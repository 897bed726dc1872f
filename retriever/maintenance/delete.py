"""Deletes an index from the disk: exactly the files that the engine writes, and never through a link.

A folder that holds anything else is left as it is, so that no mistaken path costs a user their files.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retriever.arguments import require_seconds
from retriever.errors import IndexLockedError, IndexNotFoundError, IndexWriteError, UsageError
from retriever.index import is_uri, local_folder, open_index
from retriever.index.cache.access import remove_cache
from retriever.index.cache.store import CACHE, DAMAGED, DIGEST
from retriever.index.files.durable import writing
from retriever.index.files.writer import WriterLock
from retriever.index.local.entries import (
    FILE_NAME,
    GENERATION_NAME,
    GENERATIONS,
    PASSAGES,
    POSTINGS,
    SEGMENT_NAME,
    SEGMENTS,
    TOMBSTONES_NAME,
)
from retriever.index.local.foreign import foreign_error
from retriever.index.local.lock import WRITER_LOCK, is_held
from retriever.index.local.manifest import CURRENT, generations_on_disk, manifest_path

_SEGMENT = SEGMENT_NAME.pattern
_TEMPORARY = r"(?:\.[0-9a-f]{16})?(?:\.tmp)?"
_FOLDERS = re.compile(rf"{GENERATIONS}|{SEGMENTS}(?:/{_SEGMENT}(?:/{POSTINGS})?)?", re.ASCII)
# What a manifest lists, and what a killed process leaves beside it.
_FILES = re.compile(
    rf"(?:{CURRENT}|{re.escape(WRITER_LOCK)}"
    rf"|{re.escape(CACHE)}(?:\{DIGEST}|(?:\{DAMAGED})?(?:-wal|-shm|-journal)?)"
    rf"|{GENERATIONS}/(?:{GENERATION_NAME.pattern}|{TOMBSTONES_NAME.pattern})"
    rf"|{SEGMENTS}/{_SEGMENT}/(?:{FILE_NAME.pattern}|{re.escape(PASSAGES)}(?:-wal|-shm|-journal)"
    rf"|{POSTINGS}/(?:\.managed\.json|\.tantivy-[a-z]+\.lock|[0-9a-f]{{32}}\.\d+\.[a-z]{{1,16}})))"
    rf"{_TEMPORARY}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class DeleteReport:
    """What a deletion removed: the location ``index``, the number of its ``files`` and their ``bytes``.

    On an object store ``files`` counts objects, in Milvus collections, of which ``bytes`` is 0: it tells no sizes.
    """

    index: str
    files: int
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__}


def delete_index(location: str | Path, *, wait: float = 0.0) -> DeleteReport:
    """Delete the index at ``location``, also a damaged one, and its folder. The documents' own files stay.

    Of an index in Milvus the collections are removed, which whoever reads it will miss; a file of milvus-lite stays,
    empty. Of one on an object store the objects are removed, and what this machine has fetched of it; readers on other
    machines are told with their next search.

    ``wait`` is how many seconds to wait while another process writes.

    Raises IndexNotFoundError where there is no index, UsageError for a link and for a folder or prefix that also holds
    something else, all of which stay untouched; IndexLockedError while a process of this machine reads or writes the
    index; IndexWriteError, IndexUnavailableError.
    """
    require_seconds(wait)
    if is_uri(location) and not str(location).startswith("file://"):
        return _delete_elsewhere(str(location), wait)
    root = local_folder(location)
    _require_index(root)
    lock = WriterLock(root / WRITER_LOCK, root)
    lock.acquire(wait)
    try:
        files = _list_own(root)
        if any(is_held(root / manifest_path(number)) for number in generations_on_disk(root)):
            raise IndexLockedError(f"{root} is open in a process", hint="end that process, then delete the index")
        size = sum(os.lstat(root / name).st_size for name in files)
        with writing(root):
            _remove(root)
    finally:
        lock.release()
    return DeleteReport(str(root), len(files), size)


def _delete_elsewhere(uri: str, wait: float) -> DeleteReport:
    """Delete an index that is not in a folder, and the embeddings of it that this machine has cached."""
    if uri.startswith("s3://"):
        from retriever.index.local.remote.index import RemoteIndex
        from retriever.index.local.remote.location import RemoteLocation

        stored = RemoteIndex(RemoteLocation.parse(uri))
        report = DeleteReport(stored.location, *stored.drop(wait))
        remove_cache(stored)
        return report
    from retriever.index.milvus.index import MilvusIndex

    index = open_index(uri)
    if not isinstance(index, MilvusIndex):
        raise UsageError(f"{uri!r} cannot be deleted here", hint="use the tools of its engine")
    try:
        report = DeleteReport(index.location, index.drop(wait), 0)
        remove_cache(index)
        return report
    finally:
        index.close()


def _require_index(root: Path) -> None:
    """Raise an error if ``root`` is not a folder of an index, even of a damaged one."""
    if root.is_symlink() and root.exists():
        raise UsageError(f"{root} is a link", hint=f"delete the index that it leads to: {os.path.realpath(root)}")
    folders = [name for name in (GENERATIONS, SEGMENTS) if _is_folder(root / name)]
    if len(folders) < 2:
        raise IndexNotFoundError(
            f"there is no index at {root}", hint="name the folder of an index; `retriever indexes` lists them"
        )


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _list_own(root: Path) -> list[str]:
    """The files of the index, below ``root``. Raises UsageError if there is anything else."""
    files: list[str] = []
    others: list[str] = []
    for name, mode in _walk(root, ""):
        pattern, is_kind = (_FOLDERS, True) if stat.S_ISDIR(mode) else (_FILES, stat.S_ISREG(mode))
        if not (is_kind and pattern.fullmatch(name)):
            others.append(name)
        elif not stat.S_ISDIR(mode):
            files.append(name)
    if others:
        raise foreign_error(root, others, hint="move it elsewhere, or delete the folder yourself; nothing was deleted")
    return files


def _walk(root: Path, below: str) -> Iterator[tuple[str, int]]:
    """Every entry below a folder with its mode. Links are not followed, and folders of other names not entered."""
    with os.scandir(root / below) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name = f"{below}/{entry.name}" if below else entry.name
        mode = entry.stat(follow_symlinks=False).st_mode
        yield name, mode
        if stat.S_ISDIR(mode) and _FOLDERS.fullmatch(name):
            yield from _walk(root, name)


def _remove(root: Path) -> None:
    """Remove what ``_list_own`` allows, the name of the newest generation first: from then on there is no index."""
    (root / CURRENT).unlink(missing_ok=True)
    # Folders are opened without following links, so one that is swapped for a link meanwhile leads nowhere.
    for folder, folders, files, handle in os.fwalk(root, topdown=False, follow_symlinks=False):
        below = os.path.relpath(folder, root)
        for name in files:
            if not _FILES.fullmatch(name if below == "." else f"{below}/{name}"):
                raise IndexWriteError(
                    f"the file {name} was added to {folder} in the meantime", hint="delete the rest yourself"
                )
            os.unlink(name, dir_fd=handle)
        for name in folders:
            os.rmdir(name, dir_fd=handle)
    os.rmdir(root)
