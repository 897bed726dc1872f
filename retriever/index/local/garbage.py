"""Removes files that no generation needs: leftovers of a killed writer, and old generations.

The caller holds the write lock. No file that a committed generation lists is removed before its manifest is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from retriever.errors import StorageError
from retriever.index.cache.store import CACHE, DAMAGED, DIGEST
from retriever.index.files import durable
from retriever.index.files.access import list_folder
from retriever.index.files.create import is_temporary, remove_tree
from retriever.index.local.entries import GENERATION_NAME, GENERATIONS, SEGMENT_NAME, SEGMENTS, TOMBSTONES_NAME
from retriever.index.local.lock import remove_unless_held
from retriever.index.local.manifest import (
    CURRENT,
    Pointer,
    generations_on_disk,
    manifest_path,
    read_manifest,
)
from retriever.index.local.segment import check_file

# What is written aside first, in the folder of the index and in that of the manifests.
_BESIDE = re.compile(f"{CURRENT}|{re.escape(CACHE)}(?:{re.escape(DIGEST)}|{re.escape(DAMAGED)})?", re.ASCII)
_WRITTEN = re.compile(f"{GENERATION_NAME.pattern}|{TOMBSTONES_NAME.pattern}", re.ASCII)


def collect_garbage(root: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` generations and those being read, then all files that none of them lists.

    If CURRENT or a needed manifest cannot be read, the files it needs are unknown and nothing more is removed, and
    nothing either where a file of the newest generation is missing and there are later ones. A file that the disk
    refuses to remove stays until the next call.
    """
    with suppress(StorageError, OSError):
        current = Pointer.read(root)
        needed = _list_needed(root, current.generation)
        older = [number for number in generations_on_disk(root) if number < current.generation]
        _remove_unpublished(root, current.generation)
        recent = set(older[-(keep - 1) :] if keep > 1 else [])
        kept = [number for number in older if number in recent or not remove_unless_held(root / manifest_path(number))]
        for number in kept:
            needed |= _list_needed(root, number)
        durable.checkpoint("garbage:manifests")
        _remove_others(root, needed)


def _remove_unpublished(root: Path, newest: int) -> None:
    """Remove the manifests of later generations, which a killed writer left, unless the newest is damaged.

    Then a later one may be all that is whole, as where an index was copied while it was written. Raises StorageError.
    """
    if later := [number for number in generations_on_disk(root) if number > newest]:
        for file in read_manifest(root, newest).files:
            check_file(root, file, digest=False)
        for number in later:
            (root / manifest_path(number)).unlink()


def _list_needed(root: Path, generation: int) -> set[Path]:
    """The segment folders and files that a generation lists. Raises StorageError, FileNotFoundError."""
    manifest = read_manifest(root, generation)
    needed = {root / SEGMENTS / segment.id for segment in manifest.segments}
    needed |= {root / segment.tombstones.path for segment in manifest.segments if segment.tombstones}
    needed.add(root / manifest.path)
    return needed


def _remove_others(root: Path, needed: set[Path]) -> None:
    """Remove what a writer has made and none of the kept generations needs; what no writer makes is left alone.

    A link is removed, not what it leads to.
    """
    for path in [path for path in _list_written(root) if path not in needed]:
        with suppress(OSError):
            remove_tree(path)
    durable.checkpoint("garbage:files")


def _list_written(root: Path) -> Iterator[Path]:
    """What writers leave behind, or put beside manifests; a manifest that is there is of a generation that is read."""
    yield from (root / name for name in list_folder(root) if is_temporary(name, _BESIDE))
    for name in list_folder(root / GENERATIONS):
        if TOMBSTONES_NAME.fullmatch(name) or is_temporary(name, _WRITTEN):
            yield root / GENERATIONS / name
    yield from (root / SEGMENTS / name for name in list_folder(root / SEGMENTS) if SEGMENT_NAME.fullmatch(name))
