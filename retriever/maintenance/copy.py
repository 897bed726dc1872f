"""Copies an index from one location to another, of any engine: a part with each commit, so that a copy can go on.

What the target has already is left as it is. So a copy that was interrupted goes on where it stopped, and another copy
transfers what differs since the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from retriever.arguments import require_callback, require_flag
from retriever.errors import UsageError
from retriever.index import open_index
from retriever.index.batches import batch
from retriever.index.interface import Changes
from retriever.reports import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from retriever.index.interface import Index, Snapshot
    from retriever.types import StoredDocument

    # What a document is compared by: digests, names, its number of passages, and whether it is pending.
    Mark: TypeAlias = tuple[str, str, str, str, int, bool]

PART = 20_000
"""Passages of one commit."""

# Documents of one commit: they may have no passages.
_DOCUMENTS = 20_000


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was copied from ``source`` to ``target``, whose newest generation is ``generation``.

    ``copied``, ``removed`` and ``unchanged`` count documents of the target; ``documents`` and ``passages`` are those it
    has now, ``pending`` the passages whose vectors are still to come.
    """

    source: str
    target: str
    generation: int
    copied: int
    removed: int
    unchanged: int
    documents: int
    passages: int
    pending: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__}


def copy_index(
    source: str | Path,
    target: str | Path,
    *,
    update: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> CopyReport:
    """Copy the newest generation of the index at ``source`` to ``target``, each of them of any engine.

    The copy gives the same results, score for score. It is made by several commits, 20,000 passages each: until it is
    complete, the target holds a part of the documents. After an interruption the same call goes on. With ``update`` the
    target may be an older copy, which becomes equal to the source; without it, a target with other documents is
    refused.

    Raises UsageError for a target with other documents or settings, and for the source itself; IndexLockedError while
    another process writes to the target, IndexWriteError, and as ``Retriever.open``.
    """
    require_flag("update", update)
    if on_progress is not None:
        require_callback("on_progress", on_progress)
    origin = open_index(source)
    try:
        copy = open_index(target, create=True)
        try:
            if copy.location == origin.location:
                raise UsageError(f"{copy.location} is both source and target", hint="name two locations")
            with origin.reading() as snapshot, copy.writing():
                return _Copying(snapshot, origin, copy, on_progress).run(update=update)
        finally:
            copy.close()
    finally:
        origin.close()


class _Copying:
    def __init__(
        self, snapshot: Snapshot, origin: Index, copy: Index, on_progress: Callable[[Progress], None] | None
    ) -> None:
        self._snapshot = snapshot
        self._origin = origin
        self._copy = copy
        self._on_progress = on_progress

    def run(self, *, update: bool) -> CopyReport:
        snapshot = self._snapshot
        with self._copy.reading() as there:
            self._require_settings(there)
            known = _describe(there)
        missing, same = [], 0
        for key, mark in _describe(snapshot).items():
            if known.pop(key, None) == mark:
                same += 1
            else:
                missing.append((key, mark[4]))
        with self._copy.reading() as there:
            replaced = sum(1 for _ in there.stored_documents([key for key, _ in missing])) if there.documents else 0
        if (known or replaced) and not update:
            raise UsageError(
                f"{self._copy.location} holds {len(known) + replaced} documents that {self._origin.location} has not",
                hint="copy to another location; or make it equal to the source with --update (in Python: update=True)",
            )
        done = 0
        for part in batch(missing, lambda one: one[1], weight=PART, count=_DOCUMENTS):
            self._copy.commit(Changes([], snapshot.additions([key for key, _ in part]), snapshot.settings))
            done += len(part)
            self._report(done, len(missing))
        generation = self._copy.commit(Changes(list(known), [], snapshot.settings, snapshot.sources))
        with self._copy.reading() as now:
            return CopyReport(
                source=self._origin.location,
                target=self._copy.location,
                generation=generation,
                copied=len(missing),
                removed=len(known),
                unchanged=same,
                documents=now.documents,
                passages=now.passages,
                pending=now.pending,
            )

    def _require_settings(self, there: Snapshot) -> None:
        if there.settings is not None and there.settings != self._snapshot.settings:
            raise UsageError(
                f"{self._copy.location} was built with other settings than {self._origin.location}",
                hint="copy to another location, or delete that index first",
            )

    def _report(self, done: int, total: int) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress("commit", done, total, "documents"))


def _describe(snapshot: Snapshot) -> dict[str, Mark]:
    pending = {document.key for document in snapshot.pending_documents()}
    return {document.key: _mark(document, document.key in pending) for document in snapshot.stored_documents()}


def _mark(document: StoredDocument, pending: bool) -> Mark:
    return document.hash, document.file_hash, document.source, document.file, document.passages, pending
