"""The deletions in one segment: documents, their rows, the document frequencies of their terms, sums by language.

They keep document frequencies and the sums by language exact without changing the segment. Tombstones are immutable: a
commit that deletes more creates new ones.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.frozen import dataclass
from retriever.index.files.arrays import read_archive, take
from retriever.index.files.read_errors import REBUILD
from retriever.index.identity import term_hash
from retriever.index.local.stores.languages import parse_sums, to_arrays
from retriever.index.statistics import LanguageSums

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Tombstones:
    """What is deleted from one segment.

    ``documents`` and ``rows`` are int64, ascending. ``hashes`` (uint64, ascending) are those of the terms in the
    deleted rows, ``counts`` (int64) the numbers of deleted rows that contain each. ``languages`` are the sums of the
    deleted rows; None in a file from before format 3.
    """

    documents: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]
    languages: Mapping[str, LanguageSums] | None

    @classmethod
    def empty(cls) -> Tombstones:
        """Tombstones without any deletion."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, np.zeros(0, np.uint64), empty, {})

    def add(
        self,
        documents: Sequence[int],
        rows: Sequence[int],
        term_counts: Counter[str],
        languages: Mapping[str, LanguageSums],
    ) -> Tombstones:
        """These deletions together with further ones.

        - ``documents``, ``rows``: the newly deleted ones
        - ``term_counts``: how many of the newly deleted rows contain each term
        - ``languages``: the sums of all deleted rows, including those deleted before
        """
        hashes = np.array([term_hash(term) for term in term_counts], np.uint64)
        counts = np.array(list(term_counts.values()), np.int64)
        merged, where = np.unique(np.concatenate([self.hashes, hashes]), return_inverse=True)
        totals = np.bincount(where, np.concatenate([self.counts, counts]), len(merged)).astype(np.int64)
        return Tombstones(
            np.union1d(self.documents, np.array(documents, np.int64)),
            np.union1d(self.rows, np.array(rows, np.int64)),
            merged,
            totals,
            languages,
        )

    def live(self, rows: int) -> npt.NDArray[np.bool_]:
        """For each row of a segment with ``rows`` rows, whether it is live: bool [rows]."""
        result = np.ones(rows, np.bool_)
        result[self.rows] = False
        return result

    def document_frequency(self, terms: Sequence[str]) -> npt.NDArray[np.int64]:
        """How many deleted rows contain each term: int64 [len(terms)]."""
        if not len(self.hashes):
            return np.zeros(len(terms), np.int64)
        wanted = np.array([term_hash(term) for term in terms], np.uint64)
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[at] == wanted, self.counts[at], 0)

    def to_bytes(self) -> bytes:
        """The contents of a tombstones file: a NumPy archive."""
        stream = io.BytesIO()
        save: Any = np.savez
        save(
            stream,
            documents=self.documents,
            rows=self.rows,
            hashes=self.hashes,
            counts=self.counts,
            **to_arrays(self.languages or {}),
        )
        return stream.getvalue()

    @classmethod
    def read(cls, path: Path, documents: int, rows: int) -> Tombstones:
        """The tombstones of a segment of so many documents and rows, read from a file.

        Raises IndexCorruptError, IndexReadError.
        """
        arrays = read_archive(path)
        known = cls(
            take(arrays, "documents", np.int64, path),
            take(arrays, "rows", np.int64, path),
            take(arrays, "hashes", np.uint64, path),
            take(arrays, "counts", np.int64, path),
            parse_sums(arrays, path),
        )
        for numbers, most in ((known.documents, documents), (known.rows, rows)):
            if len(numbers) and (numbers[0] < 0 or numbers[-1] >= most or (np.diff(numbers) <= 0).any()):
                raise IndexCorruptError(f"{path} lists deletions that the segment has no place for", hint=REBUILD)
        if len(known.hashes) != len(known.counts) or (known.counts < 0).any():
            raise IndexCorruptError(f"{path} does not count the terms that it lists", hint=REBUILD)
        return known
