"""The kept generations of an index, how they differ, and rollback to one of them.

A rollback writes a new generation with the contents of an old one, so that readers only ever move forward. No file of a
kept generation is changed.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from retriever.errors import IndexCorruptError, StorageError, UsageError
from retriever.index.local.lock import GenerationHold, is_held
from retriever.index.local.manifest import Manifest, Pointer, generations_on_disk, manifest_path, read_manifest
from retriever.index.local.publish import Publication, now
from retriever.index.local.segment import check_file, live_documents
from retriever.types import StoredDocument


@dataclass(frozen=True, slots=True)
class Generation:
    """One kept state of an index.

    ``created`` is ISO 8601 in UTC. ``parent`` is the generation it was made from; after a rollback that is not the
    one before. ``added``, ``changed``, ``moved`` and ``removed`` count documents compared with the kept generation
    before it, a moved one once; they are None for the oldest, and where one of the two cannot be read: then
    ``problem`` is the reason. ``held`` says whether a process has it open.
    """

    generation: int
    parent: int
    created: str
    documents: int
    passages: int
    added: int | None
    changed: int | None
    moved: int | None
    removed: int | None
    current: bool
    held: bool
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__}


def list_generations(root: Path) -> list[Generation]:
    """The kept generations, newest first, without the empty one that every index starts with. Changes nothing.

    Raises IndexNotFoundError, IndexVersionError, and IndexCorruptError where CURRENT cannot be read.
    """
    current = Pointer.read(root).generation
    found: list[Generation] = []
    before: Manifest | None = None
    holds: list[GenerationHold] = []
    for number in [number for number in generations_on_disk(root) if number <= current]:
        path = root / manifest_path(number)
        held = is_held(path)
        try:
            holds.append(GenerationHold(path))
            manifest = read_manifest(root, number)
        except FileNotFoundError:
            continue  # It was removed in the meantime.
        except StorageError as error:
            before = None
            found.append(Generation(number, 0, "", 0, 0, None, None, None, None, number == current, held, str(error)))
            continue
        found.append(_describe(root, manifest, before, newest=number == current, held=held))
        before = manifest
        # The next one is compared with this one: both have to stay until then.
        holds = holds[-1:]
    return [one for one in found[::-1] if one.generation]


def rollback(root: Path, generation: int | None, publication: Publication) -> Generation:
    """Make the contents of a kept generation (None: the one before the newest) the newest.

    The empty generation that every index starts with, 0, has to be named. Every byte is checked first. The caller
    holds the write lock. Raises UsageError for a generation that is not kept or is the newest already,
    IndexCorruptError for a damaged one, IndexWriteError.
    """
    newest = Pointer.read(root)
    kept = [number for number in generations_on_disk(root) if number < newest.generation]
    if generation == newest.generation:
        raise UsageError(f"generation {generation} of {root} is already the newest", hint="name an earlier one")
    if generation is None and kept and kept[-1]:
        generation = kept[-1]
    if generation not in kept:
        names = ", ".join(str(number) for number in kept if number) or "none"
        which = "before the newest" if generation is None else f"{generation} (kept before the newest: {names})"
        raise UsageError(
            f"{root} keeps no generation {which}",
            hint=f"list the kept generations: retriever history --index {shlex.quote(str(root))} "
            "(in Python: index_history)",
        )
    try:
        target = read_manifest(root, generation)
    except FileNotFoundError as error:
        raise UsageError(
            f"generation {generation} of {root} has been removed in the meantime", hint="name an earlier one"
        ) from error
    for file in target.files:
        check_file(root, file, digest=True)
    made = replace(target, generation=newest.generation + 1, parent=generation, created=now())
    before = read_manifest(root, newest.generation)
    publication.publish(root, made)
    return _describe(root, made, before, newest=True, held=False)


def document_changes(root: Path, before: Manifest, after: Manifest) -> tuple[int, int, int, int]:
    """How many documents were added, changed, moved and removed from ``before`` to ``after``.

    Those of a file with the bytes of a removed one count as moved, as in a sync. Segments that are the same in both
    generations are not read. Raises IndexCorruptError.
    """
    same = {(entry.id, entry.tombstones) for entry in before.segments}
    same &= {(entry.id, entry.tombstones) for entry in after.segments}
    old = dict(_documents(root, before, same))
    new = dict(_documents(root, after, same))
    changed = sum(1 for key, document in new.items() if key in old and old[key].hash != document.hash)
    added = _count_by_content(document for key, document in new.items() if key not in old)
    removed = _count_by_content(document for key, document in old.items() if key not in new)
    moved = sum(min(count, removed[content]) for content, count in added.items() if content)
    return added.total() - moved, changed, moved, removed.total() - moved


def _count_by_content(documents: Iterable[StoredDocument]) -> Counter[str]:
    """The number of documents by the digest of their file; "" for documents without a whole file."""
    found = list(documents)
    # Of several rows of a file one has its digest.
    digests = {document.file: document.file_hash for document in found if document.file and document.file_hash}
    return Counter(digests.get(document.file, "") for document in found)


def _documents(root: Path, manifest: Manifest, leave_out: set[Any]) -> Iterator[tuple[str, StoredDocument]]:
    """Each live document by its key, without those in the segments to leave out."""
    for entry in manifest.segments:
        if (entry.id, entry.tombstones) not in leave_out:
            yield from ((document.key, document) for document in live_documents(root, entry))


def _describe(root: Path, manifest: Manifest, before: Manifest | None, *, newest: bool, held: bool) -> Generation:
    counts: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    problem = ""
    if before is not None:
        try:
            counts = document_changes(root, before, manifest)
        except IndexCorruptError as error:
            problem = str(error)
    return Generation(
        manifest.generation,
        manifest.parent,
        manifest.created,
        manifest.documents,
        manifest.passages,
        *counts,
        current=newest,
        held=held,
        problem=problem,
    )
