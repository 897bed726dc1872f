"""Makes the folder of a new index, in a place where nothing else is."""

from __future__ import annotations

import os
import re
from pathlib import Path

from retriever.errors import IndexWriteError
from retriever.index.cache.store import CACHE
from retriever.index.files.access import find_obstacle
from retriever.index.files.create import is_temporary, make_folders
from retriever.index.files.durable import writing
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.lock import WRITER_LOCK
from retriever.index.local.manifest import CURRENT
from retriever.system import sync_folder

_CURRENT = re.compile(CURRENT)
_ANOTHER = "name another folder with --index (in Python: location)"


def make_index_folder(path: Path) -> None:
    """Make a folder with what is missing above it; one that is there has nothing but what an index has.

    Raises IndexWriteError.
    """
    with writing(path):
        if reason := find_obstacle(path):
            raise IndexWriteError(f"{path} cannot be an index: {reason}", hint=_ANOTHER)
        for folder in make_folders(path):
            sync_folder(folder.parent)
        if strange := [name for name in sorted(os.listdir(path)) if not _is_ours(name)]:
            raise IndexWriteError(f"{path} is not an index and not empty: it contains {strange[0]}", hint=_ANOTHER)


def _is_ours(name: str) -> bool:
    """Whether a name in the folder is one that an index has there; CURRENT may have been created in the meantime."""
    ours = (WRITER_LOCK, GENERATIONS, SEGMENTS, CURRENT)
    return name in ours or name.startswith(CACHE) or is_temporary(name, _CURRENT)
