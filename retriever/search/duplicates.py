"""Near-duplicates: passages with the same text up to small changes, as in editions of one report.

The best one remains as the hit, the others are listed with it. Two passages are near-duplicates if they share most of
their analyzer terms (Jaccard coefficient of the multisets), unless all their figures differ: then they are the same
form filled in for another year or part. Vectors only avoid counting terms for dissimilar passages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.lazy import lazy
from retriever.models.scoring.maxsim import similarities
from retriever.text.analyzer import CURRENT
from retriever.text.runs import DENSE_RUN, HAS_UNITS

if TYPE_CHECKING:
    from retriever.types import Vectors

# The least share of common terms. The next edition of a report keeps nine tenths of a paragraph or more; two articles
# of a regulation with the same pattern share about half.
SHARED = 0.8
# With at least this many figures, a change of all of them is not a small change.
FIGURES = 2
# Passages below this cosine hardly ever share that much: without a tenth of the words it is still 0.94, and for 99 % of
# 300 texts of DRCD in traditional and in simplified characters, which have the same terms, it is higher.
ALIKE = 0.75
# Passages whose vectors are compared with each other at once.
_TOGETHER = 128
# The same where only the first ones are looked for.
_FEW = 16
# The most terms that a text has for each character that is none by itself.
_TERMS_OF_ONE = 3
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Characters:
    """What is seen of a folded text before its terms are counted.

    - ``counts``: how often each character occurs that is a term by itself, ``total`` of them
    - ``pairs``: how many neighbouring ones there are, which are terms, too
    - ``others``: how many other characters there are
    """

    counts: Counter[str]
    total: int
    pairs: int
    others: int


class _Text:
    """A folded text."""

    def __init__(self, folded: str) -> None:
        self._folded = folded

    @lazy
    def characters(self) -> _Characters | None:
        """None for a script that is split into units, where a character is not a term."""
        if HAS_UNITS.search(self._folded):
            return None
        runs = DENSE_RUN.findall(self._folded)
        counts = Counter("".join(runs))
        total = counts.total()
        return _Characters(counts, total, total - len(runs), len(self._folded) - total)

    @lazy
    def terms(self) -> Counter[str]:
        """Its terms."""
        return CURRENT.count_folded(self._folded)

    @lazy
    def total(self) -> int:
        """The number of its terms, with repetitions."""
        return self.terms.total()

    def find_figures(self) -> frozenset[str]:
        """The terms with a digit: numbers and codes."""
        return frozenset(filter(_DIGIT.search, self.terms))


# Passages that are alike come up together again at the next question.
@lru_cache(maxsize=128)
def _look_at(folded: str) -> _Text:
    return _Text(folded)


class TextComparer:
    """Tells whether texts are near-duplicates; each text is analysed once."""

    def __init__(self, folded: Mapping[str, str] | None = None) -> None:
        """``folded`` has texts as ``CURRENT`` folds them, as far as they are known; it may grow."""
        self._folded = {} if folded is None else folded
        self._known: dict[str, _Text] = {}

    def are_duplicates(self, first: str, second: str) -> bool:
        """Whether two texts share most of their terms, and some figures if both have several."""
        if first == second:
            return True
        one, other = self._look_at(first), self._look_at(second)
        if not (_may_share_most(one, other) and _share_most(one, other)):
            return False
        # Only now, for of most passages that are alike most terms differ.
        first_figures, second_figures = one.find_figures(), other.find_figures()
        few = min(len(first_figures), len(second_figures)) < FIGURES
        return few or not first_figures.isdisjoint(second_figures)

    def _look_at(self, text: str) -> _Text:
        known = self._known.get(text)
        if known is None:
            folded = self._folded.get(text)
            known = self._known[text] = _look_at(CURRENT.fold(text) if folded is None else folded)
        return known


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

    - ``texts``: the passages, best first
    - ``documents``: the key of the document of each text
    - ``vectors``: unit length, float32 [len(texts), dimension]; without them no text counts as a duplicate
    - ``count``: the most groups
    - ``most``: the most groups that start with texts of one document; a text beyond that starts no group, and so no
      other is folded into it
    - ``comparer``: compares texts; one that has compared some of them before is faster
    """
    comparer = comparer or TextComparer()
    # The groups by the position of their first member, in the order in which they began.
    found: dict[int, list[int]] = {}
    begun: Counter[str] = Counter()
    for start in range(0, len(texts), _TOGETHER):
        alike = _find_alike(vectors, start, list(found), _TOGETHER) if vectors is not None else {}
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


def find_distinct(texts: Sequence[str], vectors: Vectors | None, count: int, comparer: TextComparer) -> list[int]:
    """The positions of the first ``count`` texts that are not near-duplicates of one before them.

    They begin the groups of ``group_duplicates``, which looks at all texts.
    """
    if vectors is None:
        return list(range(min(count, len(texts))))
    found: list[int] = []
    for start in range(0, len(texts), _FEW):
        alike = _find_alike(vectors, start, found, _FEW)
        for position, text in enumerate(texts[start : start + _FEW], start):
            before = (head for head in alike.get(position, ()) if head in found)
            if len(found) < count and not any(comparer.are_duplicates(texts[head], text) for head in before):
                found.append(position)
        if len(found) == count:
            break
    return found


def _find_alike(vectors: Vectors, start: int, heads: Sequence[int], together: int) -> dict[int, list[int]]:
    """For ``together`` positions from ``start`` on: those before each that may start its group, ascending.

    These are ``heads``, all before ``start``, and the positions behind it that are looked at together with it.
    """
    own = vectors[start : start + together]
    earlier = [*heads, *range(start, start + len(own))]
    cosines = similarities(own, vectors[earlier])
    alike: dict[int, list[int]] = {}
    for row, column in np.argwhere(cosines >= ALIKE).tolist():
        if earlier[column] < start + row:
            alike.setdefault(start + row, []).append(earlier[column])
    return alike


def _may_share_most(one: _Text, other: _Text) -> bool:
    """Whether two texts may share most of their terms, as far as the characters that are terms by themselves tell.

    In a script without spaces nearly all terms are such characters and pairs of them, so mostly it is known at once.
    """
    first, second = one.characters, other.characters
    if first is None or second is None:
        return True
    share = SHARED / (1 + SHARED)
    # At most all pairs are shared, and all terms of other characters.
    common = _count_common(first.counts, second.counts) + min(first.pairs, second.pairs)
    others = (1 - 2 * share) * _TERMS_OF_ONE * min(first.others, second.others)
    return common + others >= share * (first.total + first.pairs + second.total + second.pairs)


def _share_most(one: _Text, other: _Text) -> bool:
    """Whether Jaccard's coefficient of two multisets of terms is at least ``SHARED``."""
    if min(one.total, other.total) < SHARED * max(one.total, other.total):
        return False  # the coefficient is at most the quotient of the sizes
    common = _count_common(one.terms, other.terms)
    return common >= SHARED * (one.total + other.total - common)


def _count_common(one: Counter[str], other: Counter[str]) -> int:
    # Not by ``&``, which takes three times as long.
    shared = one.keys() & other.keys()
    return sum(map(min, map(one.__getitem__, shared), map(other.__getitem__, shared)))
