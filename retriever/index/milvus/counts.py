"""What a commit changes in numbers: passages by language, passages by term, and the totals of the generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from retriever.index.milvus import codec, schema
from retriever.index.milvus.failures import damage_error
from retriever.index.milvus.terms import BUCKET, find_counts
from retriever.index.statistics import LanguageSums

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.index.milvus.client import Row
    from retriever.index.milvus.codec import PassageText
    from retriever.index.milvus.view import View
    from retriever.types import Vectors


@dataclass
class _Language:
    passages: int = 0
    pending: int = 0
    # Vectors have half precision, so sums in double precision are exact in any order.
    vectors: npt.NDArray[np.float64] | None = None


@dataclass
class Counts:
    """The differences that a commit makes."""

    documents: int = 0
    passages: int = 0
    pending: int = 0
    length: int = 0
    unpaged: int = 0
    terms: Counter[str] = field(default_factory=Counter)
    languages: dict[str, _Language] = field(default_factory=dict)

    def count(self, text: PassageText, vector: Vectors | None, sign: int) -> None:
        """Add a passage (``sign`` 1), or subtract it (-1); without a vector it is pending."""
        self.passages += sign
        self.length += sign * text.length
        self.unpaged += sign * (text.passage.page is None)
        language = self.languages.setdefault(text.passage.language, _Language())
        language.passages += sign
        if vector is None:
            self.pending += sign
            language.pending += sign
        elif language.vectors is None:
            language.vectors = sign * vector.astype(np.float64)
        else:
            language.vectors += sign * vector.astype(np.float64)
        for term in text.terms:
            self.terms[term] += sign

    def records(
        self, view: View, dimension: int, numbers: Mapping[str, int]
    ) -> Iterator[tuple[int, int, str, Row | None]]:
        """The records that change: kind, name, new text ("" for none), and the row whose place it takes.

        ``numbers`` are those of the terms. Raises IndexCorruptError where they or the counts do not fit.
        """
        yield from self._count_records(view, numbers)
        yield from self._language_records(view, dimension)

    def _count_records(self, view: View, given: Mapping[str, int]) -> Iterator[tuple[int, int, str, Row | None]]:
        if missing := self.terms.keys() - given.keys():
            raise damage_error(view.client.location, f"{len(missing)} terms are missing")
        changed = {given[term]: change for term, change in self.terms.items() if change}
        known = find_counts(view, changed)
        by_bucket: dict[int, list[int]] = {}
        for number in changed:
            by_bucket.setdefault(number // BUCKET, []).append(number)
        for bucket, numbers in by_bucket.items():
            row, counts = known.get(bucket, (None, [0] * BUCKET))
            for number in numbers:
                counts[number % BUCKET] += changed[number]
            if min(counts) < 0:
                raise damage_error(view.client.location, "a term is counted less often than it occurs")
            yield schema.COUNTS, bucket, codec.dump(counts), row

    def _language_records(self, view: View, dimension: int) -> Iterator[tuple[int, int, str, Row | None]]:
        names = {schema.name_of(code): code for code in self.languages}
        known: dict[str, tuple[Row, LanguageSums]] = {}
        for row in view.records_in(schema.LANGUAGE, "name", names):
            try:
                code, sums = codec.load_sums(row["body"], view.state.dimension)
            except ValueError as error:
                raise damage_error(view.client.location, error) from error
            known[code] = row, sums
        for code, change in self.languages.items():
            before, sums = known.get(code, (None, LanguageSums(0, np.zeros(dimension))))
            vectors = np.zeros(dimension) if change.vectors is None else change.vectors
            total = sums.vectors + vectors if sums.vectors.size else vectors
            now = LanguageSums(sums.passages + change.passages, total, sums.pending + change.pending)
            text = codec.dump_sums(code, now) if now.passages else ""
            yield schema.LANGUAGE, schema.name_of(code), text, before
