"""Publishes a generation: writes its manifest durably, then replaces CURRENT in one rename.

All files that the manifest lists are durable before. The caller holds the write lock. Where the folder mirrors an index
that lies elsewhere, ``Publication`` is how the two are kept alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol

from retriever.index.files import durable
from retriever.index.local.manifest import CURRENT, Manifest, require_readable, write_manifest


class Publication(Protocol):
    """What the writer of a folder does beside writing into it."""

    def begin(self) -> None:
        """Called when the writer's turn begins. Raises StorageError."""

    def choose_number(self, base: Manifest) -> int:
        """The number of the generation that follows ``base``. Raises StorageError."""

    def require(self) -> None:
        """Raise IndexLockedError where the right to write was lost. Called before what others may read is replaced."""

    def publish(self, root: Path, manifest: Manifest) -> None:
        """As ``publish``."""

    def collecting(self) -> AbstractContextManager[bool]:
        """Entered while files that no generation needs are removed; whether they may be."""


class FolderPublication:
    """That of an index which lies in its folder and nowhere else; see ``Publication``.

    - ``require``: raises IndexLockedError where the right to write was lost
    - ``number``: of the next generation, by default the one after its base
    """

    def __init__(self, require: Callable[[], None], number: int | None = None) -> None:
        self._require = require
        self._number = number

    def begin(self) -> None:
        """See ``Publication.begin``."""

    def choose_number(self, base: Manifest) -> int:
        """See ``Publication.choose_number``."""
        return base.generation + 1 if self._number is None else self._number

    def require(self) -> None:
        """See ``Publication.require``."""
        self._require()

    def publish(self, root: Path, manifest: Manifest) -> None:
        """See ``Publication.publish``."""
        publish(root, manifest, self._require)

    @contextmanager
    def collecting(self) -> Iterator[bool]:
        """See ``Publication.collecting``."""
        yield True


def publish(root: Path, manifest: Manifest, require: Callable[[], None]) -> None:
    """Make ``manifest`` the newest generation; ``require`` raises IndexLockedError where that is not ours to do.

    Also raises IndexWriteError; then the newest is the same as before.
    """
    require_readable(root, manifest)
    with durable.writing(root):
        durable.checkpoint("manifest:before")
        require()
        pointer = write_manifest(root, manifest)
        durable.checkpoint("manifest:durable")
        require()
        durable.write_durably(root / CURRENT, pointer.to_bytes())
        durable.checkpoint("current:durable")


def now() -> str:
    """The current time in the format of manifests: ISO 8601 in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
