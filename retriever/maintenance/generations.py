"""History and rollback of an index, by its path. No model is loaded."""

from __future__ import annotations

from pathlib import Path

from retriever.arguments import require_count
from retriever.index import local_folder
from retriever.index.local.history import Generation, list_generations
from retriever.index.local.index import LocalIndex


def index_history(path: str | Path) -> list[Generation]:
    """The generations that the index at ``path`` keeps, newest first, with what each changed. Changes nothing.

    Raises IndexNotFoundError, IndexVersionError or IndexCorruptError.
    """
    return list_generations(local_folder(path))


def rollback_index(path: str | Path, generation: int | None = None, *, wait: float = 0.0) -> Generation:
    """Make the contents of a kept generation, by default the one before the newest, the newest again.

    0 is the empty state that every index starts with, which ``index_history`` leaves out.

    A new generation is written, which readers use from their next search on. ``wait`` is how many seconds to wait while
    another process writes. The next sync updates the index to the current state of its sources as usual.

    Raises UsageError for a generation that is not kept or is the newest, IndexLockedError, IndexWriteError,
    IndexCorruptError if the generation is damaged.
    """
    require_count("generation", generation, optional=True)
    index = LocalIndex.open(local_folder(path))
    try:
        with index.writing(timeout=wait):
            return index.rollback(generation)
    finally:
        index.close()
