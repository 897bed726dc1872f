"""Fetches the passages of one generation of the local index by ref, by id and by document.

A ref is a passage's row plus the number of rows in the segments before its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.read_errors import REBUILD
from retriever.index.identity import parse_passage_id
from retriever.index.interface import StoredPassage
from retriever.types import Neighbour

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.index.local.segment_view import SegmentView
    from retriever.index.local.stores.rows import DocumentRow, PassageRow
    from retriever.types import Refs, Vectors

_NOTHING: Mapping[int, Any] = MappingProxyType({})


class PassageLookup:
    """The passages of the segments of one generation. Safe to use from many threads."""

    def __init__(self, views: Sequence[SegmentView]) -> None:
        self.views = tuple(views)
        self.size = sum(view.segment.rows for view in views)
        self._bases = np.array([view.base for view in views], np.int64)

    def fetch(self, refs: Sequence[int], *, vectors: bool = False, tokens: bool = False) -> list[StoredPassage]:
        """See ``Snapshot.fetch``."""
        found: dict[int, StoredPassage] = {}
        for view, _, rows in self._locate(refs):
            unique = _sort_unique(rows)
            numbers = unique.tolist()
            kept: dict[int, Vectors] = {}
            if vectors and not view.segment.pending:
                kept = dict(zip(numbers, view.segment.dense.vectors(unique), strict=True))
            runs: dict[int, bytes] = {}
            if tokens and view.segment.tokens:
                runs = dict(zip(numbers, view.segment.tokens.runs(unique), strict=True))
            found.update((one.ref, one) for one in self._read(view, unique, kept, runs))
        return [found[int(ref)] for ref in refs]

    def _read(
        self,
        view: SegmentView,
        rows: npt.NDArray[np.int64],
        vectors: Mapping[int, Vectors] = _NOTHING,
        tokens: Mapping[int, bytes] = _NOTHING,
    ) -> list[StoredPassage]:
        """The passages of some rows of a segment, in no particular order, with their vectors and tokens by row."""
        passages = list(view.segment.passages.passages(rows.tolist()))
        numbers = sorted({passage.document for passage in passages})
        documents = {document.number: document for document in view.segment.passages.documents(numbers)}
        owned = [
            (passage, own)
            for passage in passages
            if (own := documents.get(passage.document)) and 0 <= passage.row - own.first < own.count
        ]
        if len(owned) != len(rows):
            raise _passages_error(view)
        return _to_stored(view, owned, vectors, tokens)

    def around(self, refs: Sequence[int], count: int) -> list[tuple[list[Neighbour], list[Neighbour]]]:
        """See ``Snapshot.around``."""
        found: list[tuple[list[Neighbour], list[Neighbour]]] = [([], []) for _ in refs]
        for view, places, rows in self._locate(refs):
            for place, row in zip(places.tolist(), rows.tolist(), strict=True):
                beside = view.segment.passages.passage_range(max(0, row - count), min(row, count) + 1 + count)
                document = next((passage.document for passage in beside if passage.row == row), None)
                if document is None:
                    raise _passages_error(view)
                own = [passage for passage in beside if passage.document == document]
                found[place] = (
                    [_to_neighbour(passage) for passage in own if passage.row < row],
                    [_to_neighbour(passage) for passage in own if passage.row > row],
                )
        return found

    def find(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        """See ``Snapshot.find``."""
        wanted = {number: name for name in passage_ids if (number := parse_passage_id(name)) is not None}
        numbers = np.array(list(wanted), np.uint64)
        found: dict[str, StoredPassage] = {}
        for view in self.views:
            rows = np.flatnonzero(np.isin(view.segment.ids, numbers) & view.live)
            for stored in self._read(view, rows):
                found[wanted[int(stored.id, 16)]] = stored
        return [found[name] for name in dict.fromkeys(passage_ids) if name in found]

    def find_documents(self, document_ids: Sequence[str]) -> list[list[StoredPassage]]:
        """See ``Snapshot.find_documents``."""
        found: list[list[StoredPassage]] = []
        for view in self.views:
            store, deleted = view.segment.passages, set(view.tombstones.documents.tolist())
            found += [
                _to_stored(view, [(passage, row) for passage in store.passages_of(row)])
                for row in store.find_ids(dict.fromkeys(document_ids))
                if row.count and row.number not in deleted
            ]
        return found

    def ids(self, refs: Refs) -> npt.NDArray[np.uint64]:
        """The passage ids of refs as numbers, uint64 [len(refs)]."""
        ids = np.zeros(len(refs), np.uint64)
        for view, places, rows in self._locate(refs):
            ids[places] = view.segment.ids[rows]
        return ids

    def _locate(
        self, refs: Sequence[int] | Refs
    ) -> Iterator[tuple[SegmentView, npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """For each segment with some of the refs: their positions in ``refs``, and their rows.

        Raises IndexError for a ref that is not in this snapshot.
        """
        wanted = np.asarray(refs, np.int64)
        if not len(wanted):
            return
        if wanted.min() < 0 or wanted.max() >= self.size:
            raise IndexError(f"a ref is outside of 0 to {self.size}")
        owners = np.searchsorted(self._bases, wanted, side="right") - 1
        for owner in _sort_unique(owners).tolist():
            view = self.views[owner]
            places = np.flatnonzero(owners == owner)
            rows = wanted[places] - view.base
            deleted = view.tombstones.rows
            at = np.searchsorted(deleted, rows)
            if (deleted[at[at < len(deleted)]] == rows[at < len(deleted)]).any():
                raise IndexError("a ref is that of a deleted passage")
            yield view, places, rows


def _to_stored(
    view: SegmentView,
    owned: Sequence[tuple[PassageRow, DocumentRow]],
    vectors: Mapping[int, Vectors] = _NOTHING,
    tokens: Mapping[int, bytes] = _NOTHING,
) -> list[StoredPassage]:
    """Passages with their documents as they are fetched, with vectors and tokens by row."""
    ids = view.segment.ids[[passage.row for passage, _ in owned]].tolist()
    return [
        # By place: named, the values of all candidates take half as long again.
        StoredPassage(
            view.base + passage.row,
            f"{number:016x}",
            passage.row - own.first,
            passage.passage,
            own.document,
            passage.terms,
            vectors.get(passage.row),
            tokens.get(passage.row, b""),
        )
        for (passage, own), number in zip(owned, ids, strict=True)
    ]


def _sort_unique(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """As ``np.unique``, which imports all of NumPy's masked arrays at its first call."""
    return np.array(sorted(set(numbers.tolist())), np.int64)


def _passages_error(view: SegmentView) -> IndexCorruptError:
    return IndexCorruptError(f"{view.segment.passages.path} does not hold the passages of its rows", hint=REBUILD)


def _to_neighbour(row: PassageRow) -> Neighbour:
    passage = row.passage
    return Neighbour(passage.text, passage.start, passage.end, passage.line, passage.page)
