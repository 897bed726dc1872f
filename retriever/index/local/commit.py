"""The commit: a stream of changes becomes the next generation, all of it or nothing.

New segments, tombstones and the manifest are on disk to stay before CURRENT, in one rename, makes them the newest
generation. Until then nothing that a reader looks at is touched. The caller holds the writer's lock.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from retriever.index.files import durable
from retriever.index.interface import Addition, Changes, searched
from retriever.index.local.manifest import FileEntry, Manifest, SegmentEntry, tombstones_path
from retriever.index.local.merge import FULL, Weight, compaction, plan
from retriever.index.local.publish import now, publish
from retriever.index.local.segment import Analyze, Segment, SegmentWriter
from retriever.index.local.tombstones import Tombstones

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
        analyze: Analyze,
        number: int | None = None,
    ) -> None:
        self._root = root
        self._base = base
        self._analyze = analyze
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
        settings = json.loads(json.dumps(dict(changes.settings)))
        self._write(changes.additions)
        # Read after the additions: who streams these may find out on the way what has to go.
        self._delete(changes.removals, self._parts[: self._old])
        if self._unchanged(settings):
            return self._base
        self._merge(plan)
        return self._publish(settings)

    def compact(self) -> Manifest:
        """The next generation with the same contents in few segments without deletions; the base's manifest where
        it is like that already. Raises IndexWriteError."""
        if not compaction(self._weights()):
            return self._base
        self._merge(compaction)
        return self._publish(self._base.settings)

    def _publish(self, settings: Mapping[str, Any]) -> Manifest:
        manifest = Manifest(
            generation=self._number,
            parent=self._base.generation,
            created=now(),
            dimension=self._dimension if self._parts else 0,
            settings=settings,
            segments=tuple(self._entries()),
        )
        publish(self._root, manifest)
        return manifest

    def _unchanged(self, settings: Mapping[str, Any]) -> bool:
        deletions = any(part.documents for part in self._parts)
        additions = len(self._parts) > self._old
        missing = self._old < len(self._base.segments)
        return not (self._replace or deletions or additions or missing) and settings == self._base.settings

    def _write(self, additions: Iterable[Addition]) -> None:
        """Stream the additions into new segments; what they replace in earlier ones is deleted there."""
        stream = iter(additions)
        for first in stream:
            if not self._dimension and first.vectors.ndim == 2:
                self._dimension = first.vectors.shape[1]
            writer = SegmentWriter(self._root, self._new_name(), self._dimension, self._analyze)
            part = self._fill(writer, chain([first], stream), FLUSH_ROWS)
            self._delete(writer.keys, self._parts[: self._old])
            for earlier in self._parts[self._old :]:
                if again := list(earlier.segment.passages.find(writer.keys)):
                    raise ValueError(f"a commit adds the document {again[0].document.key!r} twice")
            self._parts.append(part)

    def _fill(self, writer: SegmentWriter, additions: Iterable[Addition], limit: int | None) -> _Part:
        try:
            for addition in additions:
                writer.add(addition)
                if limit is not None and writer.rows >= limit:
                    break
            entry = writer.finish()
        except BaseException:
            writer.abandon()
            raise
        return _Part(Segment(self._root, entry), entry, Tombstones.none())

    def _delete(self, keys: Iterable[str], parts: Iterable[_Part]) -> None:
        """Note the documents of these keys as deleted, with their rows and the terms that these hold."""
        wanted = list(keys)
        for part in parts:
            deleted = part.deleted
            for row in part.segment.passages.find(wanted):
                if row.number in deleted:
                    continue
                deleted.add(row.number)
                part.documents.append(row.number)
                part.rows.extend(range(row.first, row.first + row.count))
                for found in part.segment.passages.passage_range(row.first, row.count):
                    terms = self._analyze(searched(row.document, found.passage, found.row - row.first))
                    part.holds.update(set(terms))
                    part.entry = replace(part.entry, deleted_terms=part.entry.deleted_terms + found.terms)
            part.entry = replace(
                part.entry,
                deleted_documents=len(deleted),
                deleted_rows=len(part.tombstones.rows) + len(part.rows),
            )

    def _weights(self) -> list[Weight]:
        return [Weight(part.entry.live_rows, part.entry.deleted_rows) for part in self._parts]

    def _merge(self, policy: Callable[[Sequence[Weight]], list[list[int]]]) -> None:
        """Drop the segments that nothing is left of, and write anew those that the policy picks."""
        self._parts = [part for part in self._parts if part.entry.deleted_documents < part.entry.documents]
        parts, groups = self._parts, policy(self._weights())
        taken = {number for group in groups for number in group}
        kept = [part for number, part in enumerate(parts) if number not in taken]
        for group in groups:
            writer = SegmentWriter(self._root, self._new_name(), self._dimension, self._analyze)
            kept.append(self._fill(writer, _surviving([parts[number] for number in group]), None))
            durable.checkpoint("merge:written")
        self._parts = kept

    def _entries(self) -> Iterator[SegmentEntry]:
        """The manifest's entries; tombstones that changed are written."""
        for part in self._parts:
            if not part.documents:
                yield part.entry
                continue
            data = part.tombstones.adding(part.documents, part.rows, part.holds).to_bytes()
            name = tombstones_path(self._number, part.entry.id)
            with durable.writing(self._root / name):
                durable.write_durably(self._root / name, data)
            durable.checkpoint("tombstones:durable")
            yield replace(part.entry, tombstones=FileEntry(name, len(data), durable.digest_bytes(data)))

    def _new_name(self) -> str:
        return f"{self._number:08d}-{secrets.token_hex(4)}"


def _surviving(parts: Iterable[_Part]) -> Iterator[Addition]:
    for part in parts:
        yield from part.segment.additions(part.deleted)
