"""Repairs an index as a new generation: derived files are rebuilt from the source files.

Documents, passages and tombstones are source files; ids, postings, vectors and the files beside them are derived. The
base of a repair is the generation that CURRENT names, or else the newest one with intact source files; its segments
with damaged derived files are rebuilt. No existing file is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from retriever.errors import IndexCorruptError, IndexReadError, IndexVersionError, StorageError, advise_rebuild
from retriever.index.interface import Addition, Changes
from retriever.index.local.commit import Commit
from retriever.index.local.entries import PASSAGES, SegmentEntry
from retriever.index.local.garbage import collect_garbage
from retriever.index.local.integrity.verify_segment import verify_segment
from retriever.index.local.limits import DEFAULT_LIMITS, Limits
from retriever.index.local.lock import remove_unless_held
from retriever.index.local.manifest import Manifest, Pointer, generations_on_disk, manifest_path, read_manifest
from retriever.index.local.publish import FolderPublication, now
from retriever.index.local.segment import Segment, check_file, read_tombstones

REBUILD_HINT = f"{advise_rebuild()}; vectors that are already computed are reused"

Rebuild = Callable[[SegmentEntry], Iterable[Addition]]
"""Gives the live documents of a damaged segment as they were added, with their vectors."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What a repair has to do.

    - ``base``: the generation that CURRENT names, else the newest one, with intact source files
    - ``newest``: the number that CURRENT names, None where CURRENT cannot be read
    - ``broken``: the segments of the base to rebuild
    - ``current``: whether CURRENT names the base and its digest
    """

    base: Manifest
    newest: int | None
    broken: tuple[SegmentEntry, ...]
    current: bool

    @property
    def none(self) -> bool:
        """Whether nothing needs repair."""
        return self.current and not self.broken


def examine(root: Path) -> Damage:
    """Check every byte, and find the generation that the index can be repaired from.

    Raises IndexNotFoundError, IndexVersionError, IndexReadError if the system cannot read it at the moment, and
    IndexCorruptError if there is none.
    """
    pointer = _read_pointer(root)
    numbers = generations_on_disk(root)[::-1]
    if pointer is not None:
        # A later one is whole as well where an index was copied while it was written, CURRENT first.
        numbers.sort(key=lambda number: number != pointer.generation)
    lost: list[str] = []
    for number in numbers:
        try:
            manifest = read_manifest(root, number)
            for entry in manifest.segments:
                _check_source(root, entry)
        except (IndexReadError, IndexVersionError):
            raise  # It may be intact: do not fall back to an older generation.
        except (StorageError, FileNotFoundError) as error:
            lost.append(str(error))
            continue
        if lost and not manifest.documents:
            continue  # An empty index does not replace one that has documents.
        broken = tuple(entry for entry in manifest.segments if any(True for _ in verify_segment(root, manifest, entry)))
        current = pointer is not None and number == pointer.generation and _is_consistent(root, pointer)
        return Damage(manifest, pointer.generation if pointer else None, broken, current)
    reasons = "; ".join(lost) or "it has no generation"
    raise IndexCorruptError(f"{root} cannot be repaired: {reasons}", hint=REBUILD_HINT)


def repair_files(
    root: Path, damage: Damage, rebuild: Rebuild, require: Callable[[], None], limits: Limits = DEFAULT_LIMITS
) -> Manifest:
    """Publish the base as a new generation with its broken segments rebuilt; without any damage, return the base.

    - ``rebuild``: gives the documents of a broken segment
    - ``require``: raises IndexLockedError where the right to write was lost

    Older damaged generations, whose contents the returned one has, are removed. The caller holds the write lock.
    Raises IndexWriteError and what ``rebuild`` raises; then the index is unchanged.
    """
    if damage.none:
        _remove_damaged(root, damage.base.parent, damage.base)
        return damage.base
    number = max([*generations_on_disk(root), damage.newest or 0]) + 1
    publication = FolderPublication(require, number)
    if damage.broken:
        whole = [entry for entry in damage.base.segments if entry not in damage.broken]
        parts = [(Segment(root, entry), read_tombstones(root, entry)) for entry in whole]
        additions = (addition for entry in damage.broken for addition in rebuild(entry))
        changes = Changes([], additions, damage.base.settings)
        made = Commit(root, damage.base, parts, limits, publication).run(changes)
    else:
        made = replace(damage.base, generation=number, parent=damage.base.generation, created=now())
        publication.publish(root, made)
    _remove_damaged(root, damage.base.generation, made)
    return made


def _read_pointer(root: Path) -> Pointer | None:
    """The contents of CURRENT, None if it is damaged. Raises IndexNotFoundError, IndexVersionError."""
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
    """Raise IndexCorruptError if a source file of the segment is damaged."""
    for file in filter(None, (entry.find(PASSAGES), entry.tombstones)):
        check_file(root, file, digest=True)


def _remove_damaged(root: Path, last: int, made: Manifest) -> None:
    """Remove the manifests of damaged generations up to ``last``, unless they are being read."""
    for number in [number for number in generations_on_disk(root) if number <= last]:
        with suppress(OSError):
            if not _is_intact(root, number):
                remove_unless_held(root / manifest_path(number))
    collect_garbage(root, made.generation + 1)


def _is_intact(root: Path, number: int) -> bool:
    try:
        for file in read_manifest(root, number).files:
            check_file(root, file, digest=True)
    except StorageError:
        return False
    return True
