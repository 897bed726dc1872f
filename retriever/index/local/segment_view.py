"""A segment in one generation: its live rows, addressed by the refs of that generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.index.interface import Candidates
from retriever.index.local.stores.languages import subtract
from retriever.index.statistics import LanguageSums

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from retriever.index.local.segment import Segment
    from retriever.index.local.tombstones import Tombstones
    from retriever.types import StoredDocument, Vectors


@dataclass(frozen=True, slots=True, eq=False)
class SegmentView:
    """``base`` is the ref of row 0."""

    segment: Segment
    tombstones: Tombstones
    base: int

    @property
    def live(self) -> npt.NDArray[np.bool_]:
        """For each row whether it is live."""
        return self.tombstones.live(self.segment.rows)

    def search(self, vector: Vectors, live: npt.NDArray[np.bool_] | None, by_numpy: bool, limit: int) -> Candidates:
        """The best of its rows, by ref.

        ``live`` covers all refs of the generation, None means all; ``by_numpy``: see ``DenseReader.search``.
        """
        part = None if live is None else live[self.base : self.base + self.segment.rows]
        found = self.segment.dense.search(vector, limit, part, by_numpy=by_numpy)
        return Candidates(found.refs + self.base, found.scores)

    def languages(self, dimension: int) -> Mapping[str, LanguageSums]:
        """The sums of its live rows by language, zeros of ``dimension`` for pending rows."""
        sums = subtract(self.segment.languages, sum_deleted(self.segment, self.tombstones))
        if not self.segment.pending:
            return sums
        return {code: LanguageSums(one.passages, np.zeros(dimension), one.passages) for code, one in sums.items()}


def sum_deleted(segment: Segment, tombstones: Tombstones) -> Mapping[str, LanguageSums]:
    """The sums of the deleted rows of a segment by language, computed if they are not stored."""
    if tombstones.languages is not None:
        return tombstones.languages
    return segment.sum_languages(tombstones.rows)


def stored_documents(views: Sequence[SegmentView], keys: Sequence[str] | None) -> Iterator[StoredDocument]:
    """The live documents of segments, or those of ``keys``, in no order."""
    for view in views:
        store, deleted = view.segment.passages, set(view.tombstones.documents.tolist())
        for row in store.documents() if keys is None else store.find(dict.fromkeys(keys)):
            if row.number not in deleted:
                yield row.document
