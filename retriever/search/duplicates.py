"""Near-duplicates: passages with the same text up to small changes, as in editions of one report.

The best one remains as the hit, the others are listed with it. Two passages are near-duplicates if they share most of
their analyzer terms (Jaccard coefficient of the multisets), unless all their figures differ: then they are the same
form filled in for another year or part. Vectors only avoid counting terms for dissimilar passages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.models.scoring.maxsim import similarities
from retriever.text.analyzer import count_terms

if TYPE_CHECKING:
    from retriever.types import Vectors

# The least share of common terms. The next edition of a report keeps nine tenths of a paragraph or more; two articles
# of a regulation with the same pattern share about half.
SHARED = 0.8
# With at least this many figures, a change of all of them is no small change.
FIGURES = 2
# Passages below this cosine hardly ever share that much: without a tenth of the words it is still 0.94, and for 99 % of
# 300 texts of DRCD in traditional and in simplified characters, which have the same terms, it is higher.
ALIKE = 0.75
# Passages whose vectors are compared with each other at once.
_TOGETHER = 128
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Terms:
    """The terms of a text, and their number with repetitions."""

    counts: Counter[str]
    total: int

    def find_figures(self) -> frozenset[str]:
        """Those with a digit: numbers and codes."""
        return frozenset(filter(_DIGIT.search, self.counts))


# Passages that are alike come up together again at the next question.
@lru_cache(maxsize=128)
def _analyse(text: str) -> _Terms:
    counts = count_terms(text)
    return _Terms(counts, counts.total())


class TextComparer:
    """Tells whether texts are near-duplicates; each text is analysed once."""

    def __init__(self) -> None:
        self._known: dict[str, _Terms] = {}

    def are_duplicates(self, first: str, second: str) -> bool:
        """Whether two texts share most of their terms, and some figures if both have several."""
        if first == second:
            return True
        one, other = self._analyse(first), self._analyse(second)
        if not _share_most(one, other):
            return False
        # Only now, for of most passages that are alike most terms differ.
        first_figures, second_figures = one.find_figures(), other.find_figures()
        few = min(len(first_figures), len(second_figures)) < FIGURES
        return few or not first_figures.isdisjoint(second_figures)

    def _analyse(self, text: str) -> _Terms:
        terms = self._known.get(text)
        if terms is None:
            terms = self._known[text] = _analyse(text)
        return terms


def group_duplicates(
    texts: Sequence[str],
    documents: Sequence[str],
    vectors: Vectors | None,
    count: int,
    most: int | None = None,
    comparer: TextComparer | None = None,
) -> list[list[int]]:
    """The first ``count`` groups of near-duplicates, as positions in ``texts``, in order of their first member.

    A text joins the first group whose first member it duplicates, so later texts do not change the result.

    Parameters:
        texts: the passages, best first
        documents: the key of the document of each text
        vectors: unit length, float32 [len(texts), dimension]; without them no text counts as a duplicate
        count: the most groups
        most: the most groups that start with texts of one document; a text beyond that starts no group, and so no
            other is folded into it
        comparer: compares texts; one that has compared some of them before is faster
    """
    comparer = comparer or TextComparer()
    # The groups by the position of their first member, in the order in which they began.
    found: dict[int, list[int]] = {}
    begun: Counter[str] = Counter()
    for start in range(0, len(texts), _TOGETHER):
        alike = _find_alike(vectors, start, list(found)) if vectors is not None else {}
        for position, document in enumerate(documents[start : start + _TOGETHER], start):
            for head in alike.get(position, ()):
                if head in found and comparer.are_duplicates(texts[head], texts[position]):
                    found[head].append(position)
                    break
            else:
                if len(found) < count and (most is None or begun[document] < most):
                    found[position] = [position]
                    begun[document] += 1
    return list(found.values())


def _find_alike(vectors: Vectors, start: int, heads: Sequence[int]) -> dict[int, list[int]]:
    """For the positions from ``start`` on: those before it that may start its group, ascending.

    These are ``heads``, all before ``start``, and the positions behind it that are looked at together with it.
    """
    own = vectors[start : start + _TOGETHER]
    earlier = [*heads, *range(start, start + len(own))]
    cosines = similarities(own, vectors[earlier])
    alike: dict[int, list[int]] = {}
    for row, column in np.argwhere(cosines >= ALIKE).tolist():
        if earlier[column] < start + row:
            alike.setdefault(start + row, []).append(earlier[column])
    return alike


def _share_most(one: _Terms, other: _Terms) -> bool:
    """Whether Jaccard's coefficient of two multisets of terms is at least ``SHARED``."""
    if min(one.total, other.total) < SHARED * max(one.total, other.total):
        return False  # the coefficient is at most the quotient of the sizes
    # Not by ``&``, which takes three times as long.
    shared = one.counts.keys() & other.counts.keys()
    common = sum(map(min, map(one.counts.__getitem__, shared), map(other.counts.__getitem__, shared)))
    return common >= SHARED * (one.total + other.total - common)
