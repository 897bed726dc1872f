"""Fetches generations of a remote index into the folder that mirrors it; every byte is checked as it comes.

A file gets its name only when it is whole and durable. Nothing here decides what is newest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from xxhash import xxh3_128

from retriever.errors import IndexCorruptError, advise_rebuild
from retriever.index.files import durable
from retriever.index.files.access import check_regular, list_folder
from retriever.index.files.create import is_temporary, require_folder, writing_aside
from retriever.index.local.entries import FileEntry
from retriever.index.local.manifest import CURRENT, MANIFEST_SIZE, POINTER_SIZE, Manifest, Pointer, manifest_path
from retriever.index.local.remote.faults import MissingObjectError
from retriever.index.local.remote.store import CONNECTIONS
from retriever.system import replace_file, sync_file, sync_folder

if TYPE_CHECKING:
    from retriever.index.local.remote.store import ObjectStore

PUBLISH_AGAIN = (
    "publish it again from a sound index with `retriever export` and `retriever import` "
    f"(in Python: export_index and import_index), or {advise_rebuild()}"
)
_ANY_NAME = re.compile(r"[^/]+")


def read_current(store: ObjectStore) -> tuple[bytes, str]:
    """CURRENT and its tag. Raises MissingObjectError, StorageError."""
    found = store.read(CURRENT, POINTER_SIZE)
    if found is None:
        raise MissingObjectError(CURRENT)
    return found


def parse_current(store: ObjectStore, data: bytes) -> Pointer:
    """What CURRENT names. Raises IndexCorruptError, IndexVersionError."""
    try:
        return Pointer.from_bytes(data, Path(str(store.location), CURRENT))
    except IndexCorruptError as error:
        raise IndexCorruptError(f"{store.location}/{CURRENT} is damaged", hint=PUBLISH_AGAIN) from error


def fetch_manifest(store: ObjectStore, pointer: Pointer) -> Manifest:
    """The manifest that CURRENT names. Raises MissingObjectError, IndexCorruptError, IndexVersionError."""
    name = manifest_path(pointer.generation)
    found = store.read(name, MANIFEST_SIZE)
    data = found[0] if found else b""
    path = Path(str(store.location), name)
    if durable.digest_bytes(data) != pointer.digest:
        raise IndexCorruptError(f"{store.location}/{name} is not what CURRENT names", hint=PUBLISH_AGAIN)
    manifest = Manifest.from_bytes(data, path)
    if manifest.generation != pointer.generation:
        raise IndexCorruptError(f"{store.location}/{name} is of another generation", hint=PUBLISH_AGAIN)
    return manifest


def list_missing(root: Path, manifest: Manifest) -> list[FileEntry]:
    """The files of a generation that are not in the folder, in their size."""
    return [file for file in manifest.files if not _is_there(root, file)]


def fetch_files(store: ObjectStore, root: Path, files: Iterable[FileEntry]) -> None:
    """Fetch files, several at a time, after what a killed fetch has left of them was removed.

    Raises MissingObjectError, IndexCorruptError for what is not as the manifest says, IndexWriteError.
    """
    files = list(files)
    folders = {(root / file.path).parent for file in files}
    with durable.writing(root):
        for folder in sorted(folders):
            _prepare(root, folder)
    with ThreadPoolExecutor(CONNECTIONS, "retriever-fetch") as pool:
        fetches = [pool.submit(_fetch, store, root / file.path, file) for file in files]
        try:
            for one in fetches:
                one.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    with durable.writing(root):
        for folder in folders:
            sync_folder(folder)


def _fetch(store: ObjectStore, path: Path, file: FileEntry) -> None:
    state, size = xxh3_128(), 0
    with durable.writing(path), writing_aside(path) as (aside, handle):
        for piece in store.stream(file.path):
            size += len(piece)
            if size > file.size:
                break
            state.update(piece)
            view = memoryview(piece)
            while view:
                view = view[os.write(handle, view) :]
        if size != file.size or state.hexdigest() != file.digest:
            raise IndexCorruptError(f"{store.location}/{file.path} is damaged", hint=PUBLISH_AGAIN)
        sync_file(handle)
        durable.checkpoint("fetch:written")
        replace_file(aside, path)


def _prepare(root: Path, folder: Path) -> None:
    """Make a folder of an index, and remove from it what a killed fetch was writing. Raises OSError."""
    path = root
    for name in folder.relative_to(root).parts:
        path = path / name
        require_folder(path)
    for name in list_folder(folder):
        if is_temporary(name, _ANY_NAME):
            (folder / name).unlink()


def _is_there(root: Path, file: FileEntry) -> bool:
    try:
        return check_regular(root / file.path, root).st_size == file.size
    except OSError:
        return False
