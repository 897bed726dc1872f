"""Makes the folder of a new index, in a place where nothing else is."""

from __future__ import annotations

from pathlib import Path

from retriever.errors import IndexWriteError
from retriever.index.files.access import find_obstacle
from retriever.index.files.create import make_folders
from retriever.index.files.durable import writing
from retriever.index.local.absent import find_strange
from retriever.index.local.manifest import CURRENT
from retriever.system import sync_folder

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
        if strange := find_strange(path, CURRENT):
            raise IndexWriteError(f"{path} is not an index and not empty: it contains {strange[0]}", hint=_ANOTHER)
