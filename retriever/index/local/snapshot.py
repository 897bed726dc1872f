"""One generation of the local index, open for reading: answers from all its segments as from one.

A ref is a passage's row plus the number of rows in the segments before its own. Nothing here writes.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.read_errors import REBUILD
from retriever.index.interface import Candidates, IndexStatistics, StoredDocument, StoredPassage, TermStatistics
from retriever.index.local.statistics import statistics_of
from retriever.index.local.stores.passages import PassageReader
from retriever.index.local.stores.postings import LexicalReader
from retriever.index.local.stores.topk import gather
from retriever.types import Neighbour

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.index.interface import Refs
    from retriever.index.local.integrity.audit import Audit
    from retriever.index.local.lock import GenerationHold
    from retriever.index.local.manifest import Manifest
    from retriever.index.local.segment_view import SegmentView
    from retriever.index.local.stores.passages import PassageRow
    from retriever.types import Vectors

_Asked = ParamSpec("_Asked")
_Said = TypeVar("_Said")


def _explained(
    read: Callable[Concatenate[LocalSnapshot, _Asked], _Said],
) -> Callable[Concatenate[LocalSnapshot, _Asked], _Said]:
    """A method that raises IndexCorruptError for whatever damage makes it raise; see ``LocalSnapshot.explaining``."""

    @wraps(read)
    def explained(self: LocalSnapshot, /, *args: _Asked.args, **options: _Asked.kwargs) -> _Said:
        with self.explaining():
            return read(self, *args, **options)

    return explained


class LocalSnapshot:
    """See ``Snapshot``. All threads of a process share one a generation."""

    def __init__(
        self, root: Path, manifest: Manifest, views: Sequence[SegmentView], hold: GenerationHold | None, audit: Audit
    ) -> None:
        """Use ``LocalIndex.snapshot``. Of a generation that is not on disk there is no ``hold``."""
        self.manifest = manifest
        self.views = tuple(views)
        self._root = root
        self._hold = hold
        self._audit = audit
        self._bases = np.array([view.base for view in views], np.int64)
        self._size = sum(view.segment.rows for view in views)
        self._opening = threading.Lock()

    @property
    def generation(self) -> int:
        return self.manifest.generation

    @property
    def passage_count(self) -> int:
        return self.manifest.passages

    @property
    def document_count(self) -> int:
        return self.manifest.documents

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.manifest.settings

    @_explained
    def dense(self, vector: Vectors, limit: int, *, within: Refs | None = None) -> Candidates:
        if self.manifest.dimension and vector.shape != (self.manifest.dimension,):
            raise ValueError(f"a query of shape {vector.shape} where ({self.manifest.dimension},) is needed")
        if not np.isfinite(vector).all():
            raise ValueError("the query's vector holds a number that is not finite")
        live = self._live(within)
        views = [view for view in self.views if view.segment.rows]
        searches = [partial(view.search, vector, live) for view in views]
        found = gather(searches, [view.segment.rows for view in views], limit)
        refs = [np.zeros(0, np.int64), *(part.refs for part in found)]
        scores = [np.zeros(0, np.float32), *(part.scores for part in found)]
        return self._best(np.concatenate(refs), np.concatenate(scores), limit, ties=True)

    @_explained
    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Refs | None = None) -> Candidates:
        if self._postings is None:
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        found = self._postings.search(weights, limit, self._live(within))
        return self._best(found.refs, found.scores, limit, ties=False)

    @_explained
    def term_statistics(self, terms: Sequence[str]) -> TermStatistics:
        wanted = list(dict.fromkeys(terms))
        counts = np.zeros(len(wanted), np.int64)
        if self._postings is not None:
            counts += self._postings.document_frequency(wanted)
        for view in self.views:
            counts -= view.tombstones.holding(wanted)
        if (counts < 0).any():
            raise IndexCorruptError(f"{self._root} has postings without terms that were deleted", hint=REBUILD)
        passages = self.manifest.passages
        return TermStatistics(
            passages=passages,
            mean_length=self.manifest.terms / passages if passages else 0.0,
            document_frequency=dict(zip(wanted, counts.tolist(), strict=True)),
        )

    @_explained
    def vectors(self, refs: Sequence[int]) -> Vectors:
        result = np.zeros((len(refs), self.manifest.dimension), np.float32)
        for view, places, rows in self._located(refs):
            result[places] = view.segment.dense.vectors(rows)
        return result

    @_explained
    def tokens(self, refs: Sequence[int]) -> list[bytes]:
        result = [b""] * len(refs)
        for view, places, rows in self._located(refs):
            if view.segment.tokens:
                for place, run in zip(places.tolist(), view.segment.tokens.runs(rows), strict=True):
                    result[place] = run
        return result

    @_explained
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
                    terms=passage.terms,
                )
        return [found[int(ref)] for ref in refs]

    @_explained
    def neighbours(self, ref: int, count: int) -> tuple[list[Neighbour], list[Neighbour]]:
        [(view, _, rows)] = self._located([ref])
        row = int(rows[0])
        store = view.segment.passages
        around = store.passage_range(max(0, row - count), min(row, count) + 1 + count)
        number = next(passage.document for passage in around if passage.row == row)
        before = [_neighbour(passage) for passage in around if passage.document == number and passage.row < row]
        after = [_neighbour(passage) for passage in around if passage.document == number and passage.row > row]
        return before, after

    def language_counts(self) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for segment in self.manifest.segments:
            counts.update(segment.languages)
        return counts

    @_explained
    def of_language(self, language: str) -> Refs:
        return np.concatenate([np.zeros(0, np.int64), *(view.of_language(language) for view in self.views)])

    @_explained
    def languages(self) -> list[str]:
        return self._by_ref(PassageReader.languages, "")

    @_explained
    def pages(self) -> list[int | None]:
        return self._by_ref(PassageReader.pages, None)

    @_explained
    def headings(self) -> list[tuple[str, ...]]:
        return self._by_ref(PassageReader.headings, ())

    def _by_ref(self, read: Callable[[PassageReader], list[tuple[int, _Said]]], missing: _Said) -> list[_Said]:
        """What ``read`` tells of every row of a segment, and ``missing`` for rows that are deleted."""
        result = [missing] * self._size
        for view in self.views:
            live = view.live
            for row, said in read(view.segment.passages):
                if live[row]:
                    result[view.base + row] = said
        return result

    def documents(self) -> Iterator[tuple[Refs, StoredDocument]]:
        with self.explaining():
            for view in self.views:
                deleted = set(view.tombstones.documents.tolist())
                for row in view.segment.passages.documents():
                    if row.number not in deleted:
                        first = view.base + row.first
                        yield np.arange(first, first + row.count, dtype=np.int64), row.document

    @_explained
    def statistics(self) -> IndexStatistics:
        return statistics_of(self._root, self.manifest, self.views)

    def explaining(self) -> AbstractContextManager[None]:
        """For who works on what comes from here: see ``Audit.explaining``. Every method does so by itself."""
        return self._audit.explaining(self.manifest)

    def close(self) -> None:
        """Let go. It is shared with other threads: its files are closed when the last of them drops it."""

    @property
    def _postings(self) -> LexicalReader | None:
        """Opened when first needed; None while there is no passage."""
        with self._opening:
            return self._reader

    @cached_property
    def _reader(self) -> LexicalReader | None:
        if not self._size:
            return None
        reader = LexicalReader([view.segment.postings(view.base) for view in self.views])
        if reader.size != self._size:
            raise IndexCorruptError(
                f"{self._root} has postings of {reader.size} passages where there are {self._size}", hint=REBUILD
            )
        return reader

    @cached_property
    def _all_live(self) -> npt.NDArray[np.bool_] | None:
        """For each ref whether it is still there; None where all are."""
        if not any(len(view.tombstones.rows) for view in self.views):
            return None
        return np.concatenate([view.live for view in self.views])

    def _live(self, within: Refs | None) -> npt.NDArray[np.bool_] | None:
        """For each ref whether it takes part in a search; None where all do."""
        if within is None:
            return self._all_live
        allowed = np.zeros(self._size, np.bool_)
        allowed[within] = True
        return allowed if self._all_live is None else allowed & self._all_live

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
        if wanted.min() < 0 or wanted.max() >= self._size:
            raise IndexError(f"a ref outside of 0 to {self._size}")
        owners = np.searchsorted(self._bases, wanted, side="right") - 1
        for owner in np.unique(owners):
            view = self.views[owner]
            places = np.flatnonzero(owners == owner)
            yield view, places, wanted[places] - view.base


def _neighbour(row: PassageRow) -> Neighbour:
    passage = row.passage
    return Neighbour(passage.text, passage.start, passage.end, passage.line, passage.page)
