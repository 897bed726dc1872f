"""Which pending documents were asked for: searches write them down, and the run that embeds the index takes them first.

The file lies in the user's cache, since a search writes nothing into an index. It holds hashes of keys and saves time
only: what is missing in it, or wrong, changes an order and nothing else. So no failure here is one of the caller.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np

from retriever.index.files.access import read_regular
from retriever.index.files.create import PRIVATE_FILE, make_folders, writing_aside
from retriever.index.identity import term_hash

# Bytes of a file at most: eight for each document.
_SIZE = 64 << 10


def note_wanted(location: str, keys: Iterable[str]) -> None:
    """Write down the keys of pending documents that a search of the index at ``location`` found."""
    with suppress(OSError):
        path = _find_path(location)
        make_folders(path.parent)
        wanted = [*dict.fromkeys([*(term_hash(key) for key in keys), *read_wanted(location)])][: _SIZE // 8]
        with writing_aside(path, PRIVATE_FILE) as (beside, handle):
            os.write(handle, np.array(wanted, "<u8").tobytes())
            os.replace(beside, path)


def read_wanted(location: str) -> frozenset[int]:
    """The hashes (``term_hash``) of the keys that were written down."""
    with suppress(OSError):
        data = read_regular(_find_path(location), _SIZE)
        return frozenset(np.frombuffer(data[: len(data) // 8 * 8], "<u8").tolist())
    return frozenset()


def forget_wanted(location: str) -> None:
    """Remove what was written down, when nothing is pending any more."""
    with suppress(OSError):
        _find_path(location).unlink()


def _find_path(location: str) -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("retriever") / "wanted" / f"{term_hash(location):016x}"
