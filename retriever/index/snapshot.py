"""One generation of the local index, open for reading: answers from all its segments as from one.

A ref is a passage's row plus the number of rows in the segments before its own. Nothing here writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.index.interface import Candidates, IndexStatistics, StoredDocument, StoredPassage, TermStatistics
from retriever.index.segment import PASSAGES, VECTORS, Segment
from retriever.types import Neighbour

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.index.interface import Refs
    from retriever.index.lock import GenerationHold
    from retriever.index.manifest import Manifest
    from retriever.index.passage_store import PassageRow
    from retriever.index.tombstones import Tombstones
    from retriever.types import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class SegmentView:
    """A segment as one generation sees it; ``base`` is the ref of its row 0, ``live`` None where all rows are."""

    segment: Segment
    tombstones: Tombstones
    base: int
    live: npt.NDArray[np.bool_] | None

    @classmethod
    def of(cls, segment: Segment, tombstones: Tombstones, base: int) -> SegmentView:
        live = tombstones.live(segment.rows) if len(tombstones.rows) else None
        return cls(segment, tombstones, base, live)


class LocalSnapshot:
    """See ``Snapshot``. All threads of a process share one a generation."""

    def __init__(self, root: Path, manifest: Manifest, views: Sequence[SegmentView], hold: GenerationHold) -> None:
        """Use ``LocalIndex.snapshot``."""
        self.manifest = manifest
        self.views = tuple(views)
        self._root = root
        self._hold = hold
        self._bases = np.array([view.base for view in views], np.int64)

    @property
    def generation(self) -> int:
        return self.manifest.generation

    @property
    def passage_count(self) -> int:
        return self.manifest.passages

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.manifest.settings

    def dense(self, vector: Vectors, limit: int, *, within: Refs | None = None) -> Candidates:
        if self.manifest.dimension and vector.shape != (self.manifest.dimension,):
            raise ValueError(f"a query of shape {vector.shape} where ({self.manifest.dimension},) is needed")
        if not np.isfinite(vector).all():
            raise ValueError("the query's vector holds a number that is not finite")
        refs, scores = self._gather(lambda view, live: view.segment.dense.search(vector, limit, live), within)
        return self._best(refs, scores, limit, ties=True)

    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Refs | None = None) -> Candidates:
        refs, scores = self._gather(lambda view, live: view.segment.lexical.search(weights, limit, live), within)
        return self._best(refs, scores, limit, ties=False)

    def term_statistics(self, terms: Sequence[str]) -> TermStatistics:
        wanted = list(dict.fromkeys(terms))
        counts = np.zeros(len(wanted), np.int64)
        for view in self._searched():
            counts += view.segment.lexical.document_frequency(wanted) - view.tombstones.holding(wanted)
        passages = self.manifest.passages
        return TermStatistics(
            passages=passages,
            mean_length=self.manifest.terms / passages if passages else 0.0,
            document_frequency=dict(zip(wanted, counts.tolist(), strict=True)),
        )

    def vectors(self, refs: Sequence[int]) -> Vectors:
        result = np.zeros((len(refs), self.manifest.dimension), np.float32)
        for view, places, rows in self._located(refs):
            result[places] = view.segment.dense.vectors(rows)
        return result

    def passages(self, refs: Sequence[int]) -> list[StoredPassage]:
        found: dict[int, StoredPassage] = {}
        for view, _, rows in self._located(refs):
            passages = list(view.segment.passages.passages(sorted(set(rows.tolist()))))
            numbers = sorted({passage.document for passage in passages})
            documents = {document.number: document for document in view.segment.passages.documents(numbers)}
            for passage in passages:
                document = documents[passage.document]
                found[view.base + passage.row] = StoredPassage(
                    ref=view.base + passage.row,
                    id=f"{int(view.segment.ids[passage.row]):016x}",
                    position=passage.row - document.first,
                    passage=passage.passage,
                    document=document.document,
                )
        return [found[int(ref)] for ref in refs]

    def neighbours(self, ref: int, count: int) -> tuple[list[Neighbour], list[Neighbour]]:
        [(view, _, rows)] = self._located([ref])
        row = int(rows[0])
        store = view.segment.passages
        around = store.passage_range(max(0, row - count), min(row, count) + 1 + count)
        number = next(passage.document for passage in around if passage.row == row)
        before = [_neighbour(passage) for passage in around if passage.document == number and passage.row < row]
        after = [_neighbour(passage) for passage in around if passage.document == number and passage.row > row]
        return before, after

    def documents(self) -> Iterator[tuple[Refs, StoredDocument]]:
        for view in self.views:
            deleted = set(view.tombstones.documents.tolist())
            for row in view.segment.passages.documents():
                if row.number not in deleted:
                    first = view.base + row.first
                    yield np.arange(first, first + row.count, dtype=np.int64), row.document

    def statistics(self) -> IndexStatistics:
        manifest = self.manifest
        languages: Counter[str] = Counter()
        for view in self.views:
            rows = view.segment.passages.languages()
            languages.update(language for row, language in rows if view.live is None or view.live[row])
        sizes: Counter[str] = Counter(manifest=(self._root / manifest.path).stat().st_size)
        for segment in manifest.segments:
            for file in segment.all_files:
                sizes[_kind(file.path)] += file.size
        return IndexStatistics(
            generation=manifest.generation,
            created=manifest.created,
            documents=manifest.documents,
            passages=manifest.passages,
            deleted=sum(segment.deleted_rows for segment in manifest.segments),
            segments=len(manifest.segments),
            dimension=manifest.dimension,
            bytes=dict(sizes),
            languages=dict(languages.most_common()),
        )

    def close(self) -> None:
        """Let go. It is shared with other threads: its files are closed when the last of them drops it."""

    def _searched(self) -> list[SegmentView]:
        return [view for view in self.views if view.segment.rows]

    def _gather(
        self, search: Callable[[SegmentView, npt.NDArray[np.bool_] | None], Candidates], within: Refs | None
    ) -> tuple[Refs, npt.NDArray[np.float32]]:
        """Each segment's answer, as refs and scores in no particular order."""
        wanted = None if within is None else np.unique(np.asarray(within, np.int64))
        refs, scores = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for view in self._searched():
            found = search(view, _restricted(view, wanted))
            refs.append(found.refs + view.base)
            scores.append(found.scores)
        return np.concatenate(refs), np.concatenate(scores)

    def _best(self, refs: Refs, scores: npt.NDArray[np.float32], limit: int, *, ties: bool) -> Candidates:
        """The best ``limit``, ordered by score and id; with ``ties`` also those that tie with the last."""
        if len(scores) > limit > 0:
            keep = scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit]
            refs, scores = refs[keep], scores[keep]
        order = np.lexsort((self._ids(refs), -scores))
        if not ties:
            order = order[:limit]
        return Candidates(refs[order], scores[order])

    def _ids(self, refs: Refs) -> npt.NDArray[np.uint64]:
        ids = np.zeros(len(refs), np.uint64)
        for view, places, rows in self._located(refs):
            ids[places] = view.segment.ids[rows]
        return ids

    def _located(
        self, refs: Sequence[int] | Refs
    ) -> Iterator[tuple[SegmentView, npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """For each segment that holds some of the refs: the places of these in ``refs``, and their rows.

        Raises IndexError for a ref that is not in this snapshot.
        """
        wanted = np.asarray(refs, np.int64)
        if not len(wanted):
            return
        end = self.views[-1].base + self.views[-1].segment.rows if self.views else 0
        if wanted.min() < 0 or wanted.max() >= end:
            raise IndexError(f"a ref outside of 0 to {end}")
        owners = np.searchsorted(self._bases, wanted, side="right") - 1
        for owner in np.unique(owners):
            view = self.views[owner]
            places = np.flatnonzero(owners == owner)
            yield view, places, wanted[places] - view.base


def _restricted(view: SegmentView, wanted: Refs | None) -> npt.NDArray[np.bool_] | None:
    """Which rows of the segment take part; None is all."""
    if wanted is None:
        return view.live
    low, high = np.searchsorted(wanted, [view.base, view.base + view.segment.rows])
    allowed = np.zeros(view.segment.rows, np.bool_)
    allowed[wanted[low:high] - view.base] = True
    return allowed if view.live is None else allowed & view.live


def _neighbour(row: PassageRow) -> Neighbour:
    passage = row.passage
    return Neighbour(passage.text, passage.start, passage.end, passage.line, passage.page)


def _kind(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return {PASSAGES: "passages", VECTORS: "vectors"}.get(name, "postings" if "/lexical/" in path else "manifest")
