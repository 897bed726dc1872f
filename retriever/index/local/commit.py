"""The commit: turns a stream of changes into the next generation, atomically.

New segments, tombstones and the manifest are durable before CURRENT, in one rename, makes them the newest generation.
Until then no file that readers use is changed. The caller holds the write lock.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import UsageError
from retriever.index.files import durable
from retriever.index.interface import Addition, Changes
from retriever.index.local.entries import FileEntry, SegmentEntry
from retriever.index.local.limits import Limits
from retriever.index.local.manifest import Manifest, tombstones_path
from retriever.index.local.merge import Weight, plan_compaction, plan_merge
from retriever.index.local.publish import Publication, now
from retriever.index.local.segment import Segment, SegmentWriter
from retriever.index.local.segment_view import sum_deleted
from retriever.index.local.stores.languages import add, sum_by_language
from retriever.index.local.tombstones import Tombstones
from retriever.index.statistics import LanguageSums
from retriever.locks import leave_to_parent

if TYPE_CHECKING:
    from retriever.index.local.stores.rows import DocumentRow
    from retriever.index.settings import IndexSettings
    from retriever.types import Source

_Policy = Callable[[Sequence[Weight], Limits], list[list[int]]]


@dataclass(slots=True)
class _Part:
    """A segment of the next generation; all but its first three fields describe what the commit deletes from it."""

    segment: Segment
    entry: SegmentEntry
    tombstones: Tombstones
    term_counts: Counter[str] = field(default_factory=Counter)
    documents: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    languages: dict[str, LanguageSums] = field(default_factory=dict)

    @property
    def deleted(self) -> set[int]:
        return {*self.tombstones.documents.tolist(), *self.documents}


class Commit:
    """One commit.

    ``parts`` are the segments of the base generation that stay; None replaces all of them. ``publication`` numbers the
    new generation and publishes it.
    """

    def __init__(
        self,
        root: Path,
        base: Manifest,
        parts: Iterable[tuple[Segment, Tombstones]] | None,
        limits: Limits,
        publication: Publication,
    ) -> None:
        self._root = root
        self._process = os.getpid()
        self._base = base
        self._limits = limits
        entries = {entry.id: entry for entry in base.segments}
        self._replace = parts is None
        self._parts = [_Part(segment, entries[segment.id], tombstones) for segment, tombstones in parts or ()]
        self._old = len(self._parts)
        self._dimension = base.dimension if self._parts else 0
        self._publication = publication
        self._number = publication.choose_number(base)

    def run(self, changes: Changes) -> Manifest:
        """Write the next generation, publish it and return its manifest; the base's manifest if nothing changes.

        Raises IndexWriteError, ValueError for an invalid addition, and what ``changes`` raises.
        """
        sources = self._base.sources if changes.sources is None else changes.sources
        self._write(changes.additions)
        # Read after the additions: their producer may add to the removals while it runs.
        for part in self._parts[: self._old]:
            _delete_documents(part, part.segment.passages.find(changes.removals))
        if self._is_unchanged(changes.settings, sources):
            return self._base
        self._merge(plan_merge)
        return self._publish(changes.settings, sources)

    def compact(self) -> Manifest:
        """Publish the same contents in few segments without deletions, and return the manifest.

        The base's manifest is returned if it is compact already. Raises IndexWriteError.
        """
        if not any(plan_compaction(list(map(_weigh, alike)), self._limits) for alike in _split_alike(self._parts)):
            return self._base
        self._merge(plan_compaction)
        return self._publish(self._base.settings, self._base.sources)

    def _require_own_process(self) -> None:
        if os.getpid() != self._process:
            raise UsageError(
                f"a process that was forked while {self._root} was being written cannot go on writing it",
                hint="leave it to the process that began; end a child from the function that forked it",
            )

    def _publish(self, settings: IndexSettings | None, sources: tuple[Source, ...]) -> Manifest:
        self._require_own_process()
        self._publication.require()
        manifest = Manifest(
            generation=self._number,
            parent=self._base.generation,
            created=now(),
            dimension=self._dimension if self._parts else 0,
            settings=settings,
            segments=tuple(self._entries()),
            sources=sources,
        )
        self._publication.publish(self._root, manifest)
        return manifest

    def _is_unchanged(self, settings: IndexSettings | None, sources: tuple[Source, ...]) -> bool:
        if settings != self._base.settings or sources != self._base.sources:
            return False
        deletions = any(part.documents for part in self._parts)
        additions = len(self._parts) > self._old
        missing = self._old < len(self._base.segments)
        return not (self._replace or deletions or additions or missing)

    def _write(self, additions: Iterable[Addition]) -> None:
        """Stream the additions into new segments, and delete the documents that they replace from earlier ones."""
        stream = _Stream(additions)
        while (first := stream.peek()) is not None:
            if not self._dimension and first.vectors.ndim == 2:
                self._dimension = first.vectors.shape[1]
            writer = SegmentWriter(self._root, self._make_name(), self._dimension, self._limits)
            part = self._fill(writer, stream.take_alike(), self._limits.flush_rows)
            self._dimension = self._dimension or writer.dimension
            for earlier in self._parts:
                _delete_documents(earlier, earlier.segment.passages.find(part.segment.passages.keys()))
            self._parts.append(part)

    def _fill(self, writer: SegmentWriter, additions: Iterable[Addition], limit: int | None) -> _Part:
        try:
            for addition in additions:
                self._require_own_process()
                writer.add(addition)
                # Documents without passages take memory and disk space, too.
                if limit is not None and max(writer.rows, writer.documents) >= limit:
                    break
            entry = writer.finish()
        except BaseException:
            if os.getpid() == self._process:
                writer.abandon()
            else:
                leave_to_parent(writer)
            raise
        part = _Part(Segment(self._root, entry), entry, Tombstones.empty())
        if superseded := part.segment.passages.find_superseded():
            _delete_documents(part, part.segment.passages.documents(superseded))
        return part

    def _merge(self, policy: _Policy) -> None:
        """Drop the segments without live documents, and rewrite those that the policy selects."""
        live = [part for part in self._parts if part.entry.deleted_documents < part.entry.documents]
        self._parts = [part for alike in _split_alike(live) for part in self._merge_alike(alike, policy)]

    def _merge_alike(self, parts: Sequence[_Part], policy: _Policy) -> list[_Part]:
        """Merge parts that all have their vectors, or are all pending."""
        groups = policy([_weigh(part) for part in parts], self._limits)
        taken = {number for group in groups for number in group}
        kept = [part for number, part in enumerate(parts) if number not in taken]
        for group in groups:
            members = [parts[number] for number in group]
            writer = SegmentWriter(self._root, self._make_name(), self._dimension, self._limits)
            kept.append(self._fill(writer, _read_live(members), None))
            durable.checkpoint("merge:written")
        return kept

    def _entries(self) -> Iterator[SegmentEntry]:
        """The entries of the manifest; changed tombstones are written."""
        for part in self._parts:
            if not part.documents:
                yield part.entry
                continue
            sums = add(sum_deleted(part.segment, part.tombstones), part.languages)
            data = part.tombstones.add(part.documents, part.rows, part.term_counts, sums).to_bytes()
            name = tombstones_path(self._number, part.entry.id)
            with durable.writing(self._root / name):
                durable.write_durably(self._root / name, data)
            durable.checkpoint("tombstones:durable")
            yield replace(part.entry, tombstones=FileEntry(name, len(data), durable.digest_bytes(data)))

    def _make_name(self) -> str:
        return f"{self._number:08d}-{secrets.token_hex(4)}"


@dataclass(slots=True)
class _Stream:
    """Additions in order, of which one can be looked at before it is taken."""

    additions: InitVar[Iterable[Addition]]
    _rest: Iterator[Addition] = field(init=False)
    _next: Addition | None = field(init=False, default=None)

    def __post_init__(self, additions: Iterable[Addition]) -> None:
        self._rest = iter(additions)

    def peek(self) -> Addition | None:
        """The next addition, None at the end."""
        if self._next is None:
            self._next = next(self._rest, None)
        return self._next

    def take_alike(self) -> Iterator[Addition]:
        """The next additions, up to the first that is pending where they are not, or the other way round.

        One without passages is like any other.
        """
        pending: bool | None = None
        while (one := self.peek()) is not None:
            if one.passages:
                if pending is not None and one.pending != pending:
                    return
                pending = one.pending
            self._next = None
            yield one


def _split_alike(parts: Iterable[_Part]) -> tuple[list[_Part], list[_Part]]:
    """The parts with vectors, and the pending ones."""
    split: tuple[list[_Part], list[_Part]] = ([], [])
    for part in parts:
        split[part.segment.pending].append(part)
    return split


def _weigh(part: _Part) -> Weight:
    return Weight(part.entry.live_rows, part.entry.deleted_rows)


def _delete_documents(part: _Part, rows: Iterable[DocumentRow]) -> None:
    """Mark documents of a segment as deleted, with their rows, the terms in these, and their sums."""
    deleted = part.deleted
    terms = 0
    for row, passages, held in part.segment.passages.contents(_take_new(rows, deleted)):
        part.documents.append(row.number)
        numbers = np.arange(row.first, row.first + row.count)
        part.rows.extend(numbers.tolist())
        for one in held:
            part.term_counts.update(set(one.distinct))
            terms += one.length
        languages = [passage.language for passage in passages]
        part.languages = add(part.languages, sum_by_language(languages, part.segment.dense.vectors(numbers)))
    part.entry = replace(
        part.entry,
        deleted_documents=len(deleted),
        deleted_rows=len(part.tombstones.rows) + len(part.rows),
        deleted_terms=part.entry.deleted_terms + terms,
    )


def _take_new(rows: Iterable[DocumentRow], deleted: set[int]) -> Iterator[DocumentRow]:
    """The rows of documents that are not ``deleted`` yet; a taken one is: it may come twice, and readers look ahead."""
    for row in rows:
        if row.number not in deleted:
            deleted.add(row.number)
            yield row


def _read_live(parts: Iterable[_Part]) -> Iterator[Addition]:
    for part in parts:
        yield from part.segment.additions(part.deleted)
