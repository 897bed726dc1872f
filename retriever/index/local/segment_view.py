"""A segment as one generation sees it: its rows less those deleted, under the refs of that generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retriever.index.interface import Candidates

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.index.interface import Refs
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
        """Whether each row is still there."""
        return self.tombstones.live(self.segment.rows)

    def search(self, vector: Vectors, live: npt.NDArray[np.bool_] | None, limit: int) -> Candidates:
        """The best of its rows, by ref; ``live`` is of all refs, None where all take part."""
        part = None if live is None else live[self.base : self.base + self.segment.rows]
        found = self.segment.dense.search(vector, limit, part)
        return Candidates(found.refs + self.base, found.scores)

    def of_language(self, language: str) -> Refs:
        """Refs of its live passages in a language, ascending."""
        rows = np.array(self.segment.passages.of_language(language), np.int64)
        refs: Refs = self.base + rows[self.live[rows]]
        return refs
