"""Which tokens of a passage are kept, and which of them share one vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retriever.models.scoring.maxsim import similarities

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

KEPT_SHARE = 0.75
"""The share of the tokens that keep a vector of their own."""


def find_words(text: str, spans: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which tokens have a letter or digit; all of them where none has."""
    has_word = np.array([any(map(str.isalnum, text[start:end])) for start, end in spans.tolist()], bool)
    return has_word if has_word.any() else ~has_word


def merge_alike(vectors: Vectors) -> tuple[Vectors, npt.NDArray[np.intp]]:
    """Replace the most similar pairs by their mean, each token in one pair at most, until ``KEPT_SHARE`` are left.

    Returns the vectors and, for each token, the number of its vector: intp [tokens].
    """
    count = len(vectors)
    firsts, seconds = _find_pairs(vectors, count - round(KEPT_SHARE * count))
    owners = np.arange(count)
    owners[seconds] = firsts
    kept = np.ones(count, bool)
    kept[seconds] = False
    sums = vectors.copy()
    sums[firsts] += vectors[seconds]
    sums = sums[kept]
    return scale_to_unit(sums), (np.cumsum(kept) - 1)[owners]


def scale_to_unit(vectors: Vectors) -> Vectors:
    """Vectors of unit length, float32 [n, dimension]; zeros stay zeros."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    result: Vectors = vectors / np.maximum(norms, 1e-12)[:, None]
    return result


def _find_pairs(vectors: Vectors, wanted: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The ``wanted`` most similar pairs, chosen greedily: of each the first token and the second, intp [wanted].

    Two tokens that are each other's nearest are a pair whatever else there is, so all of these are taken at once, and
    then again among the rest; the most similar of them are those that a greedy choice would have taken.
    """
    count = len(vectors)
    cosines = similarities(vectors, vectors)
    # To the last bit, so that of two tokens each is the other's nearest.
    cosines = np.maximum(cosines, cosines.T)
    np.fill_diagonal(cosines, -np.inf)
    firsts: list[int] = []
    seconds: list[int] = []
    found: list[float] = []
    places = np.arange(count)
    while len(places) > 1 and wanted:
        nearest = cosines.argmax(axis=1)
        first = np.flatnonzero(nearest[nearest] == np.arange(len(nearest)))
        first = first[first < nearest[first]]
        if not len(first):
            break  # a ring of equal cosines
        second = nearest[first]
        firsts += places[first].tolist()
        seconds += places[second].tolist()
        found += cosines[first, second].tolist()
        # Pairs that are found later are less similar than the least of these that can still be needed.
        free = np.ones(len(places), bool)
        free[first] = free[second] = False
        cosines, places = cosines[free][:, free], places[free]
        least = np.sort(found)[-wanted] if len(found) >= wanted else -np.inf
        if not len(places) or cosines.max() <= least:
            break
    best = np.argsort(-np.array(found), kind="stable")[:wanted]
    return np.array(firsts, np.intp)[best], np.array(seconds, np.intp)[best]
