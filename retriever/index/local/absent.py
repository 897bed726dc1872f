"""What stands where an index is looked for, or is to be made."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from retriever.errors import IndexCorruptError, IndexNotFoundError, StorageError
from retriever.index.cache.store import CACHE
from retriever.index.files.access import find_obstacle
from retriever.index.files.create import is_temporary
from retriever.index.files.read_errors import REBUILD, classify_read_error, exists
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.lock import WRITER_LOCK

_IN_PYTHON = "(in Python: Retriever.open(..., create=True))"


def find_strange(root: Path, pointer: str) -> list[str]:
    """The names in a folder that no index has there, in order; ``pointer`` is that of CURRENT. Raises OSError."""
    ours, temporary = (pointer, WRITER_LOCK, GENERATIONS, SEGMENTS), re.compile(re.escape(pointer))
    return [
        name
        for name in sorted(os.listdir(root))
        if name not in ours and not name.startswith(CACHE) and not is_temporary(name, temporary)
    ]


def explain_absence(pointer: Path, error: OSError) -> StorageError:
    """Why CURRENT, at ``pointer``, could not be read, and what to do about it."""
    root = pointer.parent
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        return classify_read_error(pointer, error)
    try:
        if reason := find_obstacle(root):
            return IndexNotFoundError(f"{root} is not an index: {reason}", hint="name the folder of an index")
        is_there = root.exists()
        strange = find_strange(root, pointer.name) if is_there else []
    except OSError as refused:
        return classify_read_error(root, refused)
    place = shlex.quote(str(root))
    make = f"create one with `retriever index SOURCE... --index {place}` {_IN_PYTHON}"
    if not is_there:
        return IndexNotFoundError(f"there is no index at {root}", hint=make)
    if exists(root / GENERATIONS):
        return IndexCorruptError(f"{pointer} is missing", hint=REBUILD)
    if below := [name for name in strange if exists(root / name / pointer.name)]:
        make = f"name an index in it, such as {root / below[0]}"
    elif strange:
        make = f"index its files with `retriever index {place} --index NEW` {_IN_PYTHON}"
    return IndexNotFoundError(f"{root} is not an index", hint=make)
