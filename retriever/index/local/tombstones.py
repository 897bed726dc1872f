"""What of one segment has been deleted: documents, their rows, and how many of the rows held each term.

The counts keep document frequencies exact without touching the segment. A value here is immutable: a commit that
deletes more makes a new one.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.index.files.arrays import read_arrays
from retriever.index.identity import term_hash

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Tombstones:
    """``documents`` (int64) and ``rows`` (int64) are ascending; ``hashes`` (uint64, ascending) names the terms
    of the deleted rows and ``counts`` (int64) says how many of these rows hold each."""

    documents: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]

    @classmethod
    def none(cls) -> Tombstones:
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, np.zeros(0, np.uint64), empty)

    def adding(self, documents: Sequence[int], rows: Sequence[int], holds: Counter[str]) -> Tombstones:
        """These and further deletions; ``holds`` counts the newly deleted rows that hold each term."""
        hashes = np.array([term_hash(term) for term in holds], np.uint64)
        counts = np.array(list(holds.values()), np.int64)
        merged, where = np.unique(np.concatenate([self.hashes, hashes]), return_inverse=True)
        totals = np.bincount(where, np.concatenate([self.counts, counts]), len(merged)).astype(np.int64)
        return Tombstones(
            np.union1d(self.documents, np.array(documents, np.int64)),
            np.union1d(self.rows, np.array(rows, np.int64)),
            merged,
            totals,
        )

    def live(self, rows: int) -> npt.NDArray[np.bool_]:
        """For each row of a segment of so many, whether it is still there."""
        result = np.ones(rows, np.bool_)
        result[self.rows] = False
        return result

    def holding(self, terms: Sequence[str]) -> npt.NDArray[np.int64]:
        """How many deleted rows hold each term."""
        if not len(self.hashes):
            return np.zeros(len(terms), np.int64)
        wanted = np.array([term_hash(term) for term in terms], np.uint64)
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[at] == wanted, self.counts[at], 0)

    def to_bytes(self) -> bytes:
        stream = io.BytesIO()
        np.savez(stream, documents=self.documents, rows=self.rows, hashes=self.hashes, counts=self.counts)
        return stream.getvalue()

    @classmethod
    def read(cls, path: Path) -> Tombstones:
        """Raises IndexCorruptError."""
        return cls(*read_arrays(path, "documents", "rows", "hashes", "counts"))
