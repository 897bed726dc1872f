"""Bounds what the mirrors of remote indexes take on this machine: those used longest ago are emptied first.

A mirror that a process reads, writes or fills is never touched.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import IndexReadError
from retriever.index.files.access import list_folder, measure, open_regular
from retriever.index.files.create import remove_tree
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.lock import is_held, is_written
from retriever.index.local.manifest import CURRENT
from retriever.index.local.remote.location import CACHE_VARIABLE
from retriever.system import LOCKS

if TYPE_CHECKING:
    from retriever.index.local.manifest import Manifest
    from retriever.index.local.remote.location import RemoteSettings

LOCK = ".lock"
"""What the name of a mirror's lock has behind that of its folder."""


def make_room(settings: RemoteSettings, own: Path, manifest: Manifest, needed: int) -> None:
    """Empty other mirrors until ``needed`` more bytes fit into the cache. The caller holds the lock of ``own``.

    Raises IndexReadError, before anything is removed, for a generation that does not fit into the cache at all.
    """
    if manifest.size > settings.cache_bytes:
        raise IndexReadError(
            f"the index takes {manifest.size / 1e9:.1f} GB, and the cache for indexes on S3 is "
            f"{settings.cache_bytes / 1e9:.1f} GB",
            hint=f"raise {CACHE_VARIABLE} (gigabytes); the cache is {settings.folder}",
        )
    sizes = {path: measure(path) for path in _list_mirrors(settings.folder)}
    total = needed + sum(sizes.values())
    for path in sorted(sizes, key=_last_used):
        if total <= settings.cache_bytes:
            break
        if path != own and _empty(path):
            total -= sizes[path]


def remove_contents(folder: Path) -> None:
    """Remove all files of an index from a folder, CURRENT first; its locks stay. Raises OSError."""
    for name in (CURRENT, GENERATIONS, SEGMENTS):
        if os.path.lexists(folder / name):
            remove_tree(folder / name)


def _empty(folder: Path) -> bool:
    """Empty a mirror unless somebody uses it; return whether it was emptied."""
    try:
        handle = open_regular(folder.with_name(folder.name + LOCK))
    except OSError:
        return False
    try:
        if not LOCKS.lock(handle) or is_written(folder):
            return False
        names = list_folder(folder / GENERATIONS)
        if any(is_held(folder / GENERATIONS / name) for name in names):
            return False
        remove_contents(folder)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)


def _list_mirrors(folder: Path) -> list[Path]:
    try:
        return [folder / name.removesuffix(LOCK) for name in list_folder(folder) if name.endswith(LOCK)]
    except OSError:
        return []


def _last_used(folder: Path) -> float:
    try:
        return os.lstat(folder.with_name(folder.name + LOCK)).st_mtime
    except OSError:
        return 0.0
