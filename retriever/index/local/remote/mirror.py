"""The folder of the user's cache that mirrors a remote index: the newest generation that was fetched, whole.

It is an index in the local format. The processes of a machine share it; one at a time changes it. Its ``CURRENT`` only
ever names what was published. A mirror can be deleted while no process uses it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from retriever.errors import IndexCorruptError, StorageError
from retriever.index.files import durable
from retriever.index.files.access import read_regular
from retriever.index.files.create import make_folders, open_or_create, remove_tree, require_folder
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.garbage import collect_garbage
from retriever.index.local.integrity.verify_segment import verify_files
from retriever.index.local.lock import WRITER_LOCK
from retriever.index.local.manifest import CURRENT, POINTER_SIZE, Manifest, Pointer, read_manifest, write_manifest
from retriever.index.local.remote.faults import MissingObjectError
from retriever.index.local.remote.fetch import (
    PUBLISH_AGAIN,
    fetch_files,
    fetch_manifest,
    list_missing,
    parse_current,
    read_current,
)
from retriever.index.local.remote.room import LOCK, make_room, remove_contents
from retriever.locks import ForkSafeLock
from retriever.system import LOCKS

if TYPE_CHECKING:
    from retriever.index.local.remote.location import RemoteSettings
    from retriever.index.local.remote.store import ObjectStore

GENERATIONS_KEPT = 1
"""Generations that a mirror keeps, besides those that are being read."""
# How often a generation is looked for whose files are removed while they are fetched.
_ATTEMPTS = 5


class Fetched(NamedTuple):
    """The newest generation, and the tag of the CURRENT that names it."""

    manifest: Manifest
    tag: str


class Mirror:
    """The mirror of one index. Safe to use from many threads and processes."""

    def __init__(self, store: ObjectStore, settings: RemoteSettings) -> None:
        self._store = store
        self._settings = settings
        name = hashlib.sha256(f"{store.endpoint} {store.location}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self.folder = settings.folder / name
        self._lock = settings.folder / f"{name}{LOCK}"
        self._own = ForkSafeLock()

    @contextmanager
    def hold(self, *, wait: bool = True) -> Iterator[bool]:
        """Be the only one that changes the mirror, in any process; yields False where another is, without ``wait``.

        Raises IndexWriteError where the cache cannot be written. Not reentrant.
        """
        with self._own.hold():
            with durable.writing(self._lock):
                for folder in (self._settings.folder.parent, self._settings.folder, self.folder):
                    make_folders(folder)
                handle = open_or_create(self._lock)
            try:
                with durable.writing(self._lock):
                    held = LOCKS.lock(handle, wait=wait)
                    # When it was used last, and for people what it mirrors.
                    if held:
                        os.write(handle, f"{self._store.location}\n".encode("utf-8", "surrogatepass"))
                        os.utime(self._lock)
                yield held
            finally:
                with suppress(OSError):
                    LOCKS.unlock(handle)
                os.close(handle)

    def current(self) -> bytes:
        """What CURRENT holds; empty without one."""
        try:
            return read_regular(self.folder / CURRENT, POINTER_SIZE)
        except OSError:
            return b""

    def fetch_newest(self) -> Fetched:
        """Make the newest generation the one that the mirror has. Within ``hold``.

        Raises MissingObjectError where there is no index, IndexCorruptError, IndexVersionError, IndexWriteError,
        IndexReadError where it has no room, IndexUnavailableError.
        """
        missing = ""
        for _ in range(_ATTEMPTS):
            # Asked within the lock, so that no process takes the mirror back to an older generation.
            data, tag = read_current(self._store)
            try:
                return Fetched(self._install(data), tag)
            except MissingObjectError as error:
                # It was collected since CURRENT was read: then CURRENT names a newer one.
                missing = str(error)
        raise IndexCorruptError(f"{self._store.location}/{missing} is missing", hint=PUBLISH_AGAIN)

    def _install(self, data: bytes) -> Manifest:
        """Fetch what is missing of the generation that ``data``, a remote CURRENT, names, and make it the newest."""
        pointer = parse_current(self._store, data)
        manifest = self._read_own(pointer) if data == self.current() else None
        manifest = manifest or fetch_manifest(self._store, pointer)
        missing = list_missing(self.folder, manifest)
        if missing:
            make_room(self._settings, self.folder, manifest, sum(file.size for file in missing))
            fetch_files(self._store, self.folder, missing)
        if data != self.current():
            self._point(manifest, data)
        self._collect_garbage()
        return manifest

    def drop_damaged(self, manifest: Manifest) -> None:
        """Remove what is damaged here of a generation, so that it is fetched again. Within ``hold``."""
        with suppress(OSError):
            (self.folder / CURRENT).unlink()
        for problem in verify_files(self.folder, manifest.files, deep=True):
            with suppress(OSError):
                remove_tree(self.folder / problem.where)

    def _read_own(self, pointer: Pointer) -> Manifest | None:
        with suppress(StorageError, OSError):
            return read_manifest(self.folder, pointer.generation, pointer.digest)
        return None

    def begin_empty(self) -> None:
        """Start anew with the empty generation that nobody has published yet. Within ``hold``."""
        with durable.writing(self.folder):
            remove_contents(self.folder)
        self._point(Manifest(0, 0, ""), b"")

    def _point(self, manifest: Manifest, data: bytes) -> None:
        with durable.writing(self.folder):
            require_folder(self.folder / GENERATIONS)
            require_folder(self.folder / SEGMENTS)
            pointer = write_manifest(self.folder, manifest)
            durable.checkpoint("mirror:manifest")
            durable.write_durably(self.folder / CURRENT, data or pointer.to_bytes())

    def _collect_garbage(self) -> None:
        """Remove older generations, unless a writer is at work here: its files belong to no generation yet."""
        with suppress(OSError):
            handle = open_or_create(self.folder / WRITER_LOCK)
            try:
                if LOCKS.lock(handle):
                    collect_garbage(self.folder, GENERATIONS_KEPT)
            finally:
                os.close(handle)
