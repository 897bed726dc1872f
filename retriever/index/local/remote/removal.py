"""Deletes an index from an object store: exactly the objects that the engine makes, ``CURRENT`` first.

A prefix that holds anything else is left as it is, and so is an index that a process of this machine has open. Readers
of other machines are not known; they are told with their next search. Their writers cannot publish any more, since what
they began with is gone.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from retriever.errors import IndexLockedError, StorageError
from retriever.index.files.writer import WriterLock
from retriever.index.local.foreign import foreign_error
from retriever.index.local.lock import WRITER_LOCK, is_held
from retriever.index.local.manifest import CURRENT, generations_on_disk, manifest_path
from retriever.index.local.remote.garbage import is_of_index
from retriever.index.local.remote.publication import missing_error
from retriever.index.local.remote.room import remove_contents

if TYPE_CHECKING:
    from retriever.index.local.remote.mirror import Mirror
    from retriever.index.local.remote.store import ObjectStore, StoredObject


def drop(store: ObjectStore, mirror: Mirror, timeout: float) -> list[StoredObject]:
    """Remove the index, also a damaged one, and this machine's mirror of it; return the objects that it had.

    Raises IndexNotFoundError where there is none, UsageError for other objects below the prefix, IndexLockedError after
    ``timeout`` seconds of waiting for a writer of this machine, while one of its processes reads the index, and where
    another machine has just published; IndexUnavailableError, IndexWriteError.
    """
    with mirror.hold():
        pass  # Makes the folder, which has the lock.
    lock = WriterLock(mirror.folder / WRITER_LOCK, mirror.folder)
    lock.acquire(timeout)
    try:
        if any(is_held(mirror.folder / manifest_path(number)) for number in generations_on_disk(mirror.folder)):
            raise IndexLockedError(
                f"{store.location} is open in a process", hint="end that process, then delete the index"
            )
        tag = store.tag(CURRENT)
        objects = _list_own(store)
        if store.tag(CURRENT) != tag:
            raise IndexLockedError(
                f"{store.location} was published by another writer in the meantime", hint="run the same command again"
            )
        for item in sorted(objects, key=lambda item: item.name != CURRENT):
            store.delete(item.name)
        with mirror.hold(), suppress(OSError, StorageError):
            remove_contents(mirror.folder)
    finally:
        lock.release()
    return objects


def _list_own(store: ObjectStore) -> list[StoredObject]:
    objects = list(store.list())
    others = [item.name for item in objects if item.name != CURRENT and not is_of_index(item.name)]
    if not objects or len(others) == len(objects):
        raise missing_error(store)
    if others:
        hint = "move it elsewhere, or delete the objects yourself; nothing was deleted"
        raise foreign_error(store.location, others, hint=hint)
    return objects
