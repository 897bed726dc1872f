"""Near-duplicates: passages that say the same with small changes, as editions of one report do.

The best of them stays as the hit, the others are listed with it. Two passages say the same where they share most
of their analyzer terms (Jaccard's coefficient over the multisets), unless all their figures differ: then one is the
other's form filled in anew, for another year or another part. Vectors only spare the counting for the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.text.analyzer import count_terms

if TYPE_CHECKING:
    from retriever.types import Vectors

# Shared terms of all terms. A report's next edition keeps nine tenths of a paragraph and more; two articles of a
# regulation that follow one pattern share about half.
SHARED = 0.8
# Of so many figures all differ by more than a small change.
FIGURES = 2
# Below this cosine hardly two passages share so much: a tenth of the words left out keeps 0.94, and of 300 texts of
# DRCD in traditional and in simplified characters, which are the same terms, 99 % have more.
ALIKE = 0.75


def group_duplicates(
    texts: Sequence[str], documents: Sequence[str], vectors: Vectors | None, count: int, most: int | None = None
) -> list[list[int]]:
    """The first ``count`` groups of texts that say the same, by position, in order of their first member.

    ``vectors`` are unit length, float32 [len(texts), dimension]; without them no two texts say the same. A text belongs
    to the first group whose first member it equals nearly, so the result does not depend on what follows in the list.
    With ``most`` no more than so many groups begin with a text of one document, of which ``documents`` has the name for
    each text; a text beyond that begins none, so it takes no other with it.
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
