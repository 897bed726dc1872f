"""Divides the points of a map into clusters: k-means (Lloyd 1982) on the principal components.

If the corpus falls into groups that lie apart, their number is found (the silhouette, Rousseeuw 1987); texts mostly do
not, and are then divided into about as many clusters as a map has room for names.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from retriever.corpus_map.layout import choose_landmarks, one_thread

if TYPE_CHECKING:
    import numpy.typing as npt
    from sklearn.cluster import KMeans

    from retriever.types import Vectors

    Numbers = npt.NDArray[np.int64]

MOST = 24
# The least points of a cluster on average.
LEAST_SIZE = 5
# A mean silhouette from which on groups count as lying apart; divisions of prose are at 0.1 to 0.2.
APART = 0.5
SAMPLE = 1000
# Directions in which clusters are looked for: in more, distances differ less and less.
DIRECTIONS = 20


def find_clusters(reduced: Vectors, count: int | None = None) -> Numbers:
    """The cluster of each row of ``reduced``, float32 [n, components]: int64 [n], numbered by size, the largest first.

    ``count`` is the number of clusters; None finds one that fits.
    """
    if not len(reduced):
        return np.zeros(0, np.int64)
    rows = np.ascontiguousarray(reduced[:, :DIRECTIONS])
    distinct = len(np.unique(rows, axis=0))
    with one_thread():
        chosen = rows[choose_landmarks(len(rows))]
        if count is None:
            count = _count_apart(chosen[choose_landmarks(len(chosen), SAMPLE)]) or _choose_count(len(rows))
        count = min(count, distinct, len(chosen))
        labels = np.zeros(len(rows), np.int64) if count < 2 else _fit(chosen, count).predict(rows).astype(np.int64)
    return _number_by_size(labels)


def _choose_count(points: int) -> int:
    """How many clusters a map of so many points has where none lie apart."""
    return max(1, min(MOST, round(math.sqrt(points) / 2), points // LEAST_SIZE))


def _count_apart(rows: Vectors) -> int | None:
    """The number of groups that lie apart; None where there are none."""
    from sklearn.metrics import silhouette_score

    distinct = len(np.unique(rows, axis=0))
    most = min(MOST, len(rows) // LEAST_SIZE, distinct - 1)
    best, best_score = None, APART
    for count in range(2, most + 1):
        labels = _fit(rows, count, tries=1).labels_
        score = float(silhouette_score(rows, labels)) if len(np.unique(labels)) > 1 else -1.0
        if score > best_score:
            best, best_score = count, score
    return best


def _fit(rows: Vectors, count: int, tries: int = 4) -> KMeans:
    from sklearn.cluster import KMeans

    return KMeans(count, n_init=tries, random_state=0).fit(rows)


def _number_by_size(labels: Numbers) -> Numbers:
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    numbers = np.empty(int(found.max()) + 1, np.int64)
    numbers[found[np.lexsort((first, -sizes))]] = np.arange(len(found))
    result: Numbers = numbers[labels]
    return result
