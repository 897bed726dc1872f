"""Near-duplicates: passages with the same text up to small changes, as in editions of one report.

The best one remains as the hit, the others are listed with it. Two passages are near-duplicates if they share most of
their analyzer terms (Jaccard coefficient of the multisets), unless all their figures differ: then they are the same
form filled in for another year or part. Vectors only avoid counting terms for dissimilar passages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

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


def group_duplicates(
    texts: Sequence[str], documents: Sequence[str], vectors: Vectors | None, count: int, most: int | None = None
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
    """
    if vectors is None:
        vectors = np.zeros((len(texts), 1), np.float32)
    found: list[list[int]] = []
    heads = np.empty((min(count, len(texts)), vectors.shape[1]), np.float32)
    begun: Counter[str] = Counter()
    terms: dict[int, Counter[str]] = {}

    def count_terms_at(position: int) -> Counter[str]:
        if position not in terms:
            terms[position] = count_terms(texts[position])
        return terms[position]

    for position, document in enumerate(documents):
        for place in np.flatnonzero(heads[: len(found)] @ vectors[position] >= ALIKE).tolist():
            if _are_duplicates(count_terms_at(found[place][0]), count_terms_at(position)):
                found[place].append(position)
                break
        else:
            if len(found) < count and (most is None or begun[document] < most):
                heads[len(found)] = vectors[position]
                found.append([position])
                begun[document] += 1
    return found


def _are_duplicates(first: Counter[str], second: Counter[str]) -> bool:
    if _measure_overlap(first, second) < SHARED:
        return False
    figures, others = _find_figures(first), _find_figures(second)
    return min(len(figures), len(others)) < FIGURES or not figures.isdisjoint(others)


def _find_figures(terms: Counter[str]) -> set[str]:
    """The numbers and codes among the terms of a text."""
    return {term for term in terms if any(map(str.isdigit, term))}


def _measure_overlap(first: Counter[str], second: Counter[str]) -> float:
    """Jaccard's coefficient of two multisets, 0 to 1."""
    common = (first & second).total()
    either = first.total() + second.total() - common
    return common / either if either else 1.0
