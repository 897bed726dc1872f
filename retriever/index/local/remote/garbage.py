"""Removes objects that no generation needs, with grace: readers may be fetching what was the newest a moment ago.

A generation is kept while it is among the newest, and for ``grace`` seconds after the next one was published. Files
that no kept generation lists are removed once they are older than that: younger ones may belong to a writer that will
publish them. A writer that began before the newest generation cannot publish any more, so its files are nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.index.local.entries import (
    FILE_NAME,
    GENERATION_NAME,
    GENERATIONS,
    SEGMENT_NAME,
    SEGMENTS,
    TOMBSTONES_NAME,
)
from retriever.index.local.manifest import CURRENT, MANIFEST_SIZE, Manifest, manifest_path

if TYPE_CHECKING:
    from retriever.index.local.remote.store import ObjectStore, StoredObject

KEPT = 3
"""Generations that are kept whatever their age."""
# The server tells times in whole seconds.
_LEAST_GRACE = 2.0


def number_of(name: str) -> int:
    """The generation that wrote an object of ``generations/``; 0 for another name."""
    own = name.removeprefix(f"{GENERATIONS}/")
    if GENERATION_NAME.fullmatch(own) or TOMBSTONES_NAME.fullmatch(own):
        return int(own.partition("-")[0].partition(".")[0])
    return 0


def collect_remote_garbage(store: ObjectStore, newest: Manifest, grace: float) -> None:
    """Remove what is not needed beside ``newest``, which was just published. Raises StorageError, MissingObjectError.

    An object of a name that no index has is left alone.
    """
    objects = {item.name: item for item in store.list()}
    if CURRENT not in objects:
        return
    before = objects[CURRENT].modified - timedelta(seconds=max(grace, _LEAST_GRACE))
    kept = list(_list_kept(store, newest, objects, before))
    needed = {manifest.path for manifest in kept} | {file.path for manifest in kept for file in manifest.files}
    unneeded = [name for name, item in objects.items() if item.modified < before and name not in needed]
    # A manifest goes before the files that it lists.
    for name in sorted(filter(is_of_index, unneeded), key=lambda name: not name.startswith(f"{GENERATIONS}/")):
        store.delete(name)


def _list_kept(
    store: ObjectStore, newest: Manifest, objects: Mapping[str, StoredObject], before: datetime
) -> Iterator[Manifest]:
    """The generations to keep, back from the newest. What was never published is in no generation's past."""
    manifest, ended, count = newest, before, 0
    while count < KEPT or ended >= before:
        yield manifest
        count += 1
        own, parent = objects.get(manifest.path), objects.get(manifest_path(manifest.parent))
        if own is None or parent is None or manifest.parent >= manifest.generation:
            return
        manifest, ended = _read(store, parent), own.modified


def _read(store: ObjectStore, item: StoredObject) -> Manifest:
    found = store.read(item.name, MANIFEST_SIZE)
    return Manifest.from_bytes(found[0] if found else b"", Path(str(store.location), item.name))


def is_of_index(name: str) -> bool:
    """Whether a writer of an index makes objects of this name."""
    folder, _, own = name.partition("/")
    if folder == GENERATIONS:
        return bool(GENERATION_NAME.fullmatch(own) or TOMBSTONES_NAME.fullmatch(own))
    segment, _, file = own.partition("/")
    return folder == SEGMENTS and bool(SEGMENT_NAME.fullmatch(segment) and FILE_NAME.fullmatch(file))
