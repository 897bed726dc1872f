"""Language centering for a language without a mean of its own that is common in the corpus.

What its passages have in common is measured in their vectors as the index keeps them, and taken out but for what
languages with a mean keep. A generation's passages alone decide it, so that it does not depend on how they came.
Questions stay as they are: too few are known.

Simulated on XQuAD, with one of ar, zh, ru and de left out of the means, whole vectors alone: mean average precision
in the mixed pool 0.64, 0.61, 0.74, 0.76 for questions in that language (0.42, 0.19, 0.49, 0.59 without the estimate;
0.66, 0.65, 0.75, 0.76 with the language's own means), for the others 0.01 to 0.03 higher than without, and within the
language nDCG@10 between 0.006 lower and 0.004 higher.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.scoring.language_centering import subtract

if TYPE_CHECKING:
    from retriever.index.interface import Refs, Snapshot
    from retriever.models.scoring.language_centering import LanguageCentering
    from retriever.types import Vectors

# Passages that a language must have: the mean of 200 is as good as that of 1,000.
LEAST = 200
# Vectors read at a time.
_BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Estimate:
    """A language's passages, and what to subtract from their vectors and from their token vectors."""

    refs: Refs
    passage: Vectors
    token: Vectors


@dataclass(frozen=True, slots=True)
class CorpusCentering:
    """Estimates by language; none for languages that have a mean or too few passages."""

    by_language: Mapping[str, Estimate] = field(default_factory=dict)

    @classmethod
    def of(cls, snapshot: Snapshot, centering: LanguageCentering) -> CorpusCentering:
        """Those of a generation, worked out once."""
        common = [
            language
            for language, count in snapshot.language_counts().items()
            if count >= LEAST and language and not centering.knows(language)
        ]
        if not common:
            return NONE
        with _WORKING:
            if snapshot not in _BY_SNAPSHOT:
                found = {language: _estimate(snapshot, language, centering) for language in sorted(common)}
                known = {language: estimate for language, estimate in found.items() if len(estimate.refs) >= LEAST}
                _BY_SNAPSHOT[snapshot] = cls(known)
            return _BY_SNAPSHOT[snapshot]

    def center(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Passage vectors of an index, float32 [n, dimension], one language a row."""
        if not self.by_language:
            return vectors
        result: Vectors = vectors.copy()
        for row, language in enumerate(languages):
            if estimate := self.by_language.get(language):
                result[row] = subtract(vectors[row], estimate.passage)
        return result

    def token_offset(self, language: str) -> Vectors | None:
        """What to subtract from centered token vectors of a passage in a language, float32 [dimension]."""
        estimate = self.by_language.get(language)
        return estimate.token if estimate else None


NONE = CorpusCentering()

_BY_SNAPSHOT: weakref.WeakKeyDictionary[Snapshot, CorpusCentering] = weakref.WeakKeyDictionary()
_WORKING = threading.Lock()


def _estimate(snapshot: Snapshot, language: str, centering: LanguageCentering) -> Estimate:
    refs = snapshot.of_language(language)
    # Vectors are kept in half precision, so their sum in double precision is exact and has no order.
    total = np.zeros(centering.remainder.shape, np.float64)
    for first in range(0, len(refs), _BLOCK):
        total += snapshot.vectors(refs[first : first + _BLOCK].tolist()).sum(axis=0, dtype=np.float64)
    mean = (total / max(len(refs), 1)).astype(np.float32)
    offset = mean - centering.remainder
    return Estimate(refs, offset, centering.scale_to_tokens(offset))
