"""The local index: a folder that any number of processes may read while one writes.

It opens generations and commits new ones; the modules beside it know their contents.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from retriever.arguments import require_seconds
from retriever.errors import IndexCorruptError, StorageError
from retriever.index.commit_guard import CommitGuard
from retriever.index.files.create import require_folder
from retriever.index.files.durable import write_durably, writing
from retriever.index.files.read_errors import REBUILD, exists
from retriever.index.files.writer import Writer
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.integrity.audit import Audit
from retriever.index.local.later import LaterVersion, require_known_format
from retriever.index.local.limits import DEFAULT_LIMITS, Limits
from retriever.index.local.lock import WRITER_LOCK, GenerationHold
from retriever.index.local.manifest import (
    CURRENT,
    Manifest,
    Pointer,
    generations_on_disk,
    manifest_path,
    read_manifest,
    write_manifest,
)
from retriever.index.local.publish import FolderPublication, Publication
from retriever.index.local.segment import Segment, read_tombstones
from retriever.index.local.segment_view import SegmentView
from retriever.index.local.snapshot import LocalSnapshot
from retriever.locks import WORK, ForkSafeLock

if TYPE_CHECKING:
    from retriever.index.interface import Changes
    from retriever.index.local.commit import Commit
    from retriever.index.local.history import Generation
    from retriever.index.local.tombstones import Tombstones
    from retriever.index.settings import IndexSettings
    from retriever.reports import Problem


class LocalIndex:
    """An index in a folder; see ``Index``. Safe to use from many threads."""

    def __init__(
        self, path: Path, limits: Limits = DEFAULT_LIMITS, publication: Publication | None = None, location: str = ""
    ) -> None:
        """Reads nothing; use ``open``, ``create`` or ``plan``.

        ``publication`` and ``location`` are those of the index that the folder mirrors, if it mirrors one.
        """
        self.path = path
        self.location = location or str(path)
        self._limits = limits
        self._snapshot: LocalSnapshot | None = None
        self._pointer: Pointer | None = None
        self._segments: weakref.WeakValueDictionary[str, Segment] = weakref.WeakValueDictionary()
        self._audit = Audit(path)
        self._opening = ForkSafeLock()
        self._writer = Writer(path / WRITER_LOCK, path)
        self._publication = publication or FolderPublication(self._writer.require_turn)
        self._commits = CommitGuard(path)
        self._planned = False
        self._closed = False
        self._later = LaterVersion()

    @classmethod
    def open(cls, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> LocalIndex:
        """Open the index at ``path`` and its newest generation. Writes nothing.

        Raises IndexNotFoundError, IndexVersionError, IndexCorruptError or IndexReadError.
        """
        index = cls(path, limits)
        index.snapshot()
        return index

    @classmethod
    def create(cls, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> LocalIndex:
        """The index at ``path``; a missing one is created empty (generation 0), an existing one is not read.

        Raises IndexReadError, and IndexWriteError also for a folder with other files.
        """
        index = cls(path, limits)
        if not exists(path / CURRENT):
            index._create()
        return index

    @classmethod
    def plan(cls, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> LocalIndex:
        """As ``create``, but if ``path`` does not exist, the index is created by the first write."""
        if exists(path):
            return cls.create(path, limits=limits)
        index = cls(path, limits)
        index._planned = True
        return index

    @property
    def folder(self) -> Path:
        """See ``Index.folder``."""
        return self.path

    @contextmanager
    def reading(self) -> Iterator[LocalSnapshot]:
        """See ``Index.reading``."""
        snapshot = self._later.read(self.snapshot, self._snapshot)
        with snapshot.guard():
            yield snapshot

    def snapshot(self) -> LocalSnapshot:
        """The newest generation; all callers share one object. Raises as ``open``."""
        if self._planned and not exists(self.path / CURRENT):
            return LocalSnapshot(self.path, Manifest(0, 0, ""), [], None, self._audit)
        missing: Pointer | None = None
        with self._opening.hold():
            while True:
                pointer = Pointer.read(self.path)
                if self._snapshot is not None and pointer == self._pointer:
                    self._audit.require(self._snapshot.manifest)
                    return self._snapshot
                if pointer == missing:
                    raise IndexCorruptError(f"{self.path / manifest_path(pointer.generation)} is missing", hint=REBUILD)
                try:
                    snapshot = self._read(pointer)
                except FileNotFoundError:
                    # It was removed since CURRENT was read: then CURRENT names a newer one.
                    missing = pointer
                    continue
                if not self._closed:
                    self._snapshot, self._pointer = snapshot, pointer
                return snapshot

    def last_settings(self) -> IndexSettings | None:
        """The settings of the newest generation with readable settings, whatever the state of its other files."""
        numbers = generations_on_disk(self.path)
        with suppress(StorageError):
            newest = Pointer.read(self.path).generation
            numbers = [number for number in numbers if number <= newest]
        for number in reversed(numbers):
            with suppress(StorageError, FileNotFoundError):
                if settings := read_manifest(self.path, number).settings:
                    return settings
        return None

    @contextmanager
    def writing(self, *, timeout: float = 0.0) -> Iterator[None]:
        """Hold the write lock, after waiting up to ``timeout`` seconds for it; the same thread may nest it.

        Raises UsageError for an invalid timeout, IndexLockedError, which names the holder, or IndexWriteError.
        """
        require_seconds(timeout)
        if self._planned:
            self._create()
        with self._writer.turn(timeout, self._begin_turn):
            yield

    def require_turn(self) -> None:
        """Raise IndexLockedError where another process may be writing, too: the lock was removed meanwhile."""
        self._writer.require_turn()

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """See ``Index.commit``. Raises IndexLockedError, IndexWriteError, and what ``changes`` raises."""
        with self.writing(), self._commits.hold():
            if replace:
                base = self._number_of_last()
                commit = self._prepare_commit(base, None)
            else:
                snapshot = self.snapshot()
                base = snapshot.manifest
                parts = [(view.segment, view.tombstones) for view in snapshot.views]
                commit = self._prepare_commit(base, parts)
            try:
                with self._audit.guard(base):
                    return commit.run(changes).generation
            finally:
                self._collect_garbage()

    def compact(self) -> int:
        """Rewrite the contents into few segments without deletions; return the number of the newest generation.

        An index that is compact already stays unchanged. Raises IndexLockedError, IndexWriteError, IndexCorruptError.
        """
        with self.writing(), self._commits.hold():
            snapshot = self.snapshot()
            parts = [(view.segment, view.tombstones) for view in snapshot.views]
            try:
                with snapshot.guard():
                    return self._prepare_commit(snapshot.manifest, parts).compact().generation
            finally:
                # Opening the new generation releases the old one.
                del snapshot, parts
                self.snapshot()
                self._collect_garbage()

    def rollback(self, generation: int | None = None) -> Generation:
        """Make the contents of a kept generation the newest; see ``history.rollback``. Also raises IndexLockedError."""
        with WORK.hold():
            from retriever.index.local.history import rollback
        with self.writing(), self._commits.hold():
            made = rollback(self.path, generation, self._publication)
            self._collect_garbage()
            return made

    def verify(self, *, deep: bool = False) -> list[Problem]:
        """List the problems of the newest generation: file sizes, with ``deep`` every byte and cross-reference.

        Changes nothing.
        """
        with WORK.hold():
            from retriever.index.local.integrity.verify import verify
        return verify(self.path, deep=deep)

    def forget(self) -> None:
        """Open the newest generation anew when it is read next: its files have been replaced, or were damaged."""
        with self._opening.hold():
            self._audit.stop()
            self._audit, self._snapshot, self._pointer = Audit(self.path), None, None
            self._segments.clear()

    def close(self) -> None:
        """Release everything. Snapshots in use stay valid; a snapshot requested later is not cached."""
        with self._opening.hold():
            self._closed = True
            self._audit.stop()
            self._snapshot = self._pointer = None

    def _read(self, pointer: Pointer) -> LocalSnapshot:
        path = self.path / manifest_path(pointer.generation)
        hold = GenerationHold(path)
        manifest = read_manifest(self.path, pointer.generation, pointer.digest)
        views = []
        base = 0
        for entry in manifest.segments:
            segment = self._segments.get(entry.id)
            if segment is None:
                segment = self._segments[entry.id] = Segment(self.path, entry)
            views.append(SegmentView(segment, read_tombstones(self.path, entry), base))
            base += entry.rows
        if manifest.size <= self._limits.checked_bytes:
            self._audit.compare(manifest)
        else:
            self._audit.begin(manifest, hold)
        return LocalSnapshot(self.path, manifest, views, hold, self._audit, self.location)

    def _number_of_last(self) -> Manifest:
        """An empty manifest with the number of the last generation, whatever the state of its files."""
        numbers = generations_on_disk(self.path)
        with suppress(IndexCorruptError):
            numbers.append(Pointer.read(self.path).generation)
        return Manifest(max(numbers, default=0), 0, "")

    def _prepare_commit(self, base: Manifest, parts: list[tuple[Segment, Tombstones]] | None) -> Commit:
        # Whoever only searches need not wait for what writes to be imported.
        with WORK.hold():
            from retriever.index.local.commit import Commit
        return Commit(self.path, base, parts, self._limits, self._publication)

    def _create(self) -> None:
        with WORK.hold():
            from retriever.index.local.creation import make_index_folder
        make_index_folder(self.path)
        with self._writer.turn(10.0, self._begin_turn), writing(self.path):
            # Generations without CURRENT are a damaged index, which must not be hidden by an empty one.
            if not exists(self.path / CURRENT) and not any(generations_on_disk(self.path)):
                pointer = write_manifest(self.path, Manifest(0, 0, ""))
                write_durably(self.path / CURRENT, pointer.to_bytes())
        self._planned = False

    def _begin_turn(self) -> None:
        self._publication.begin()
        require_known_format(self.path)
        with writing(self.path):
            require_folder(self.path / GENERATIONS)
            require_folder(self.path / SEGMENTS)
        self._collect_garbage()

    def _collect_garbage(self) -> None:
        with WORK.hold():
            from retriever.index.local.garbage import collect_garbage
        if self._writer.has_turn:  # not in a child that was forked meanwhile: its parent needs the files
            with self._publication.collecting() as allowed:
                if allowed:
                    collect_garbage(self.path, self._limits.generations)
