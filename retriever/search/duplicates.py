"""Near-duplicates: passages that say the same with small changes, as editions of one report do.

The best of them stays as the hit, the others are listed with it. Two passages say the same where they share most
of their analyzer terms (Jaccard's coefficient over the multisets); vectors only spare the counting for the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from retriever.text.analyzer import term_counts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.types import Vectors

# Shared terms of all terms. A report's next edition keeps nine tenths of a paragraph and more; two articles of a
# regulation that follow one pattern share about half.
SHARED = 0.8
# Below this cosine no two passages share so much.
ALIKE = 0.8


def groups(texts: Sequence[str], vectors: Vectors, count: int) -> list[list[int]]:
    """The first ``count`` groups of texts that say the same, by position, in order of their first member.

    ``vectors`` are unit length, float32 [len(texts), dimension]. A text belongs to the first group whose first
    member it equals nearly, so the result does not depend on what follows in the list.
    """
    found: list[list[int]] = []
    alike: list[npt.NDArray[np.bool_]] = []
    terms: dict[int, Counter[str]] = {}

    def counted(position: int) -> Counter[str]:
        if position not in terms:
            terms[position] = term_counts(texts[position])
        return terms[position]

    for position in range(len(texts)):
        for group, near in zip(found, alike, strict=True):
            if near[position] and _shared(counted(group[0]), counted(position)) >= SHARED:
                group.append(position)
                break
        else:
            if len(found) < count:
                found.append([position])
                alike.append(vectors @ vectors[position] >= ALIKE)
    return found


def _shared(first: Counter[str], second: Counter[str]) -> float:
    """Jaccard's coefficient of two multisets, 0 to 1."""
    common = (first & second).total()
    either = first.total() + second.total() - common
    return common / either if either else 1.0
