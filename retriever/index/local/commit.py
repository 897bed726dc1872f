"""The commit: a stream of changes becomes the next generation, all of it or nothing.

New segments, tombstones and the manifest are on disk to stay before CURRENT, in one rename, makes them the newest
generation. Until then nothing that a reader looks at is touched. The caller holds the writer's lock.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.index.files import durable
from retriever.index.interface import Addition, Changes, LanguageSums
from retriever.index.local.manifest import FileEntry, Manifest, SegmentEntry, tombstones_path
from retriever.index.local.merge import FULL, Weight, plan_compaction, plan_merge
from retriever.index.local.publish import now, publish
from retriever.index.local.segment import Segment, SegmentWriter
from retriever.index.local.segment_view import sum_deleted
from retriever.index.local.stores.languages import add, sum_by_language
from retriever.index.local.tombstones import Tombstones

if TYPE_CHECKING:
    from retriever.index.local.stores.rows import DocumentRow
    from retriever.index.settings import IndexSettings
    from retriever.types import Source

# Passages after which a segment is closed and the next begun.
FLUSH_ROWS = FULL


@dataclass(slots=True)
class _Part:
    """A segment on its way into the next generation."""

    segment: Segment
    entry: SegmentEntry
    tombstones: Tombstones
    holds: Counter[str] = field(default_factory=Counter)
    documents: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    languages: dict[str, LanguageSums] = field(default_factory=dict)

    @property
    def deleted(self) -> set[int]:
        return {*self.tombstones.documents.tolist(), *self.documents}


class Commit:
    """One commit on its way.

    ``parts`` are the segments of the base generation that stay; None takes all of it out. ``number`` is that of the
    new generation, without one the next after the base.
    """

    def __init__(
        self,
        root: Path,
        base: Manifest,
        parts: Iterable[tuple[Segment, Tombstones]] | None,
        number: int | None = None,
    ) -> None:
        self._root = root
        self._base = base
        entries = {entry.id: entry for entry in base.segments}
        self._replace = parts is None
        self._parts = [_Part(segment, entries[segment.id], tombstones) for segment, tombstones in parts or ()]
        self._old = len(self._parts)
        self._dimension = base.dimension if self._parts else 0
        self._number = base.generation + 1 if number is None else number

    def run(self, changes: Changes) -> Manifest:
        """Write the next generation and make it the newest; the base's manifest where nothing differs.

        Raises IndexWriteError, ValueError for an addition that does not fit, and what ``changes`` raises.
        """
        sources = self._base.sources if changes.sources is None else changes.sources
        self._write(changes.additions)
        # Read after the additions: whoever streams these may learn on the way what has to go.
        for part in self._parts[: self._old]:
            _delete_documents(part, part.segment.passages.find(changes.removals))
        if self._is_unchanged(changes.settings, sources):
            return self._base
        self._merge(plan_merge)
        return self._publish(changes.settings, sources)

    def compact(self) -> Manifest:
        """The next generation with the same contents in few segments without deletions; the base's manifest where
        it is like that already. Raises IndexWriteError."""
        if not plan_compaction(self._weights()):
            return self._base
        self._merge(plan_compaction)
        return self._publish(self._base.settings, self._base.sources)

    def _publish(self, settings: IndexSettings | None, sources: tuple[Source, ...]) -> Manifest:
        manifest = Manifest(
            generation=self._number,
            parent=self._base.generation,
            created=now(),
            dimension=self._dimension if self._parts else 0,
            settings=settings,
            segments=tuple(self._entries()),
            sources=sources,
        )
        publish(self._root, manifest)
        return manifest

    def _is_unchanged(self, settings: IndexSettings | None, sources: tuple[Source, ...]) -> bool:
        if settings != self._base.settings or sources != self._base.sources:
            return False
        deletions = any(part.documents for part in self._parts)
        additions = len(self._parts) > self._old
        missing = self._old < len(self._base.segments)
        return not (self._replace or deletions or additions or missing)

    def _write(self, additions: Iterable[Addition]) -> None:
        """Stream the additions into new segments; what they replace in earlier ones is deleted there."""
        stream = iter(additions)
        for first in stream:
            if not self._dimension and first.vectors.ndim == 2:
                self._dimension = first.vectors.shape[1]
            writer = SegmentWriter(self._root, self._make_name(), self._dimension)
            part = self._fill(writer, chain([first], stream), FLUSH_ROWS)
            for earlier in self._parts:
                _delete_documents(earlier, earlier.segment.passages.find(part.segment.passages.keys()))
            self._parts.append(part)

    def _fill(self, writer: SegmentWriter, additions: Iterable[Addition], limit: int | None) -> _Part:
        try:
            for addition in additions:
                writer.add(addition)
                # Documents without passages take memory and disk, too.
                if limit is not None and max(writer.rows, writer.documents) >= limit:
                    break
            entry = writer.finish()
        except BaseException:
            writer.abandon()
            raise
        part = _Part(Segment(self._root, entry), entry, Tombstones.empty())
        if superseded := part.segment.passages.find_superseded():
            _delete_documents(part, part.segment.passages.documents(superseded))
        return part

    def _weights(self) -> list[Weight]:
        return [Weight(part.entry.live_rows, part.entry.deleted_rows) for part in self._parts]

    def _merge(self, policy: Callable[[Sequence[Weight]], list[list[int]]]) -> None:
        """Drop the segments that nothing is left of, and write anew those that the policy picks."""
        self._parts = [part for part in self._parts if part.entry.deleted_documents < part.entry.documents]
        parts, groups = self._parts, policy(self._weights())
        taken = {number for group in groups for number in group}
        kept = [part for number, part in enumerate(parts) if number not in taken]
        for group in groups:
            writer = SegmentWriter(self._root, self._make_name(), self._dimension)
            kept.append(self._fill(writer, _read_live([parts[number] for number in group]), None))
            durable.checkpoint("merge:written")
        self._parts = kept

    def _entries(self) -> Iterator[SegmentEntry]:
        """The manifest's entries; tombstones that changed are written."""
        for part in self._parts:
            if not part.documents:
                yield part.entry
                continue
            sums = add(sum_deleted(part.segment, part.tombstones), part.languages)
            data = part.tombstones.add(part.documents, part.rows, part.holds, sums).to_bytes()
            name = tombstones_path(self._number, part.entry.id)
            with durable.writing(self._root / name):
                durable.write_durably(self._root / name, data)
            durable.checkpoint("tombstones:durable")
            yield replace(part.entry, tombstones=FileEntry(name, len(data), durable.digest_bytes(data)))

    def _make_name(self) -> str:
        return f"{self._number:08d}-{secrets.token_hex(4)}"


def _delete_documents(part: _Part, rows: Iterable[DocumentRow]) -> None:
    """Note documents of a segment as deleted, with their rows, the terms that these hold, and their sums."""
    deleted = part.deleted
    terms = 0
    for row in rows:
        if row.number in deleted:
            continue
        deleted.add(row.number)
        part.documents.append(row.number)
        numbers = np.arange(row.first, row.first + row.count)
        part.rows.extend(numbers.tolist())
        for held in part.segment.passages.terms(row):
            part.holds.update(set(held.distinct))
            terms += held.length
        languages = [found.passage.language for found in part.segment.passages.passage_range(row.first, row.count)]
        part.languages = add(part.languages, sum_by_language(languages, part.segment.dense.vectors(numbers)))
    part.entry = replace(
        part.entry,
        deleted_documents=len(deleted),
        deleted_rows=len(part.tombstones.rows) + len(part.rows),
        deleted_terms=part.entry.deleted_terms + terms,
    )


def _read_live(parts: Iterable[_Part]) -> Iterator[Addition]:
    for part in parts:
        yield from part.segment.additions(part.deleted)
