"""Repair: what can be derived is derived again from what cannot, as a new generation.

Documents and passages, and the notes of what is deleted, cannot be derived; ids, postings, vectors and the files
beside them can. So the newest generation is taken of which the former are whole, and its segments in which any of the
latter is not are written anew. No file that is there is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from retriever.errors import IndexCorruptError, IndexReadError, IndexVersionError, StorageError
from retriever.index.interface import Addition, Changes
from retriever.index.local.commit import Commit
from retriever.index.local.garbage import collect_garbage
from retriever.index.local.integrity.verify_segment import verify_segment
from retriever.index.local.lock import remove_unless_held
from retriever.index.local.manifest import (
    Manifest,
    Pointer,
    SegmentEntry,
    generations_on_disk,
    manifest_path,
    read_manifest,
)
from retriever.index.local.publish import now, publish
from retriever.index.local.segment import PASSAGES, Segment, check_file, read_tombstones

REBUILD_HINT = "rebuild it: retriever index SOURCE... --rebuild; vectors that are already computed are reused"

Rebuild = Callable[[SegmentEntry], Iterable[Addition]]
"""The live documents of a damaged segment, with their vectors, as they were added."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong and can be repaired: the newest generation that can be read (``base``), the one that was to be the
    newest (``newest``, None where CURRENT does not say), and the segments of the base to write anew."""

    base: Manifest
    newest: int | None
    broken: tuple[SegmentEntry, ...]
    current: bool

    @property
    def none(self) -> bool:
        """Whether nothing needs repair."""
        return self.current and not self.broken


def examine(root: Path) -> Damage:
    """Check every byte and find what the index can be repaired from.

    Raises IndexVersionError, IndexNotFoundError, IndexReadError where the system refuses what would be started from,
    and IndexCorruptError where there is none.
    """
    pointer = _read_pointer(root)
    numbers = [number for number in generations_on_disk(root) if pointer is None or number <= pointer.generation]
    lost: list[str] = []
    for number in reversed(numbers):
        try:
            manifest = read_manifest(root, number)
            for entry in manifest.segments:
                _check_source(root, entry)
        except (IndexReadError, IndexVersionError):
            raise  # What is refused now may be whole: no older generation takes its place.
        except (StorageError, FileNotFoundError) as error:
            lost.append(str(error))
            continue
        if lost and not manifest.documents:
            continue  # An empty index does not replace one that has documents.
        broken = tuple(entry for entry in manifest.segments if any(True for _ in verify_segment(root, manifest, entry)))
        current = pointer is not None and number == pointer.generation and _is_consistent(root, pointer)
        return Damage(manifest, pointer.generation if pointer else None, broken, current)
    reasons = "; ".join(lost) or "no generation is there"
    raise IndexCorruptError(f"{root} cannot be repaired: {reasons}", hint=REBUILD_HINT)


def repair_files(root: Path, damage: Damage, rebuild: Rebuild) -> Manifest:
    """Write the base as a new generation, its broken segments anew; where nothing is wrong with it, return it.

    Generations that are damaged and have nothing that the returned one has not are given up. The caller holds the
    writer's lock. Raises IndexWriteError and what ``rebuild`` raises; then the index is as it was.
    """
    if damage.none:
        _remove_damaged(root, damage.base.parent, damage.base)
        return damage.base
    number = max([*generations_on_disk(root), damage.newest or 0]) + 1
    if damage.broken:
        whole = [entry for entry in damage.base.segments if entry not in damage.broken]
        parts = [(Segment(root, entry), read_tombstones(root, entry)) for entry in whole]
        additions = (addition for entry in damage.broken for addition in rebuild(entry))
        changes = Changes([], additions, damage.base.settings)
        made = Commit(root, damage.base, parts, number).run(changes)
    else:
        made = replace(damage.base, generation=number, parent=damage.base.generation, created=now())
        publish(root, made)
    _remove_damaged(root, damage.base.generation, made)
    return made


def _read_pointer(root: Path) -> Pointer | None:
    """What CURRENT says, None where it says nothing. Raises IndexNotFoundError, IndexVersionError."""
    try:
        return Pointer.read(root)
    except IndexCorruptError:
        return None


def _is_consistent(root: Path, pointer: Pointer) -> bool:
    try:
        read_manifest(root, pointer.generation, pointer.digest)
    except StorageError:
        return False
    return True


def _check_source(root: Path, entry: SegmentEntry) -> None:
    """Raise IndexCorruptError where what cannot be derived is not whole."""
    for file in entry.all_files:
        if file.path.endswith(f"/{PASSAGES}") or file == entry.tombstones:
            check_file(root, file, digest=True)


def _remove_damaged(root: Path, last: int, made: Manifest) -> None:
    """Remove the manifests up to ``last`` of generations that are damaged, unless they are being read."""
    for number in [number for number in generations_on_disk(root) if number <= last]:
        with suppress(OSError):
            if not _is_intact(root, number):
                remove_unless_held(root / manifest_path(number))
    collect_garbage(root, made.generation + 1)


def _is_intact(root: Path, number: int) -> bool:
    try:
        for entry in read_manifest(root, number).segments:
            for file in entry.all_files:
                check_file(root, file, digest=True)
    except StorageError:
        return False
    return True
