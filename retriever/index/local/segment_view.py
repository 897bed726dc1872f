"""A segment in one generation: its live rows, addressed by the refs of that generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.index.interface import Candidates
from retriever.index.local.stores.languages import subtract

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from retriever.index.interface import LanguageSums
    from retriever.index.local.segment import Segment
    from retriever.index.local.tombstones import Tombstones
    from retriever.types import Vectors


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

    def search(self, vector: Vectors, live: npt.NDArray[np.bool_] | None, limit: int) -> Candidates:
        """The best of its rows, by ref; ``live`` covers all refs of the generation, None means all."""
        part = None if live is None else live[self.base : self.base + self.segment.rows]
        found = self.segment.dense.search(vector, limit, part)
        return Candidates(found.refs + self.base, found.scores)

    def languages(self) -> Mapping[str, LanguageSums]:
        """The sums of its live rows by language."""
        return subtract(self.segment.languages, sum_deleted(self.segment, self.tombstones))


def sum_deleted(segment: Segment, tombstones: Tombstones) -> Mapping[str, LanguageSums]:
    """The sums of the deleted rows of a segment by language, computed if they are not stored."""
    if tombstones.languages is not None:
        return tombstones.languages
    return segment.sum_languages(tombstones.rows)
