"""Finds near-duplicates among the points of a map, as a search finds them among its hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.corpus_map.layout import one_thread
from retriever.search.duplicates import ALIKE, TextComparer

if TYPE_CHECKING:
    from retriever.types import Vectors

# How many of the nearest points are compared with a point.
NEIGHBOURS = 6
# Points whose terms are in memory at once.
GROUP = 1000


def find_links(texts: Sequence[str], vectors: Vectors, reduced: Vectors) -> list[tuple[int, int]]:
    """Pairs of positions of near-duplicates, the smaller first, in order.

    Each copy of a text is paired with the first one, and each distinct text with those of its nearest that it is a
    near-duplicate of.

    - ``texts``: the passages
    - ``vectors``: of unit length, float32 [n, dimension]
    - ``reduced``: their principal components, in which neighbours are looked for
    """
    first: dict[str, int] = {}
    links = [(first[text], place) for place, text in enumerate(texts) if first.setdefault(text, place) != place]
    distinct = np.array(list(first.values()), np.int64)
    if len(distinct) > 1:
        comparer = TextComparer()
        for number, (one, other) in enumerate(_near_pairs(distinct, vectors, reduced)):
            if number % GROUP == GROUP - 1:
                comparer = TextComparer()
            if comparer.are_duplicates(texts[one], texts[other]):
                links.append((one, other))
    return sorted(links)


def _near_pairs(distinct: np.typing.NDArray[np.int64], vectors: Vectors, reduced: Vectors) -> Iterator[tuple[int, int]]:
    """Pairs of positions, each once, whose vectors are as close as those of near-duplicates, in order."""
    from sklearn.neighbors import NearestNeighbors

    rows = reduced[distinct]
    with one_thread():
        search = NearestNeighbors(n_neighbors=min(NEIGHBOURS + 1, len(rows)), algorithm="brute").fit(rows)
        near = distinct[search.kneighbors(rows, return_distance=False)]
    ones = np.repeat(distinct, near.shape[1])
    others = near.reshape(-1)
    pairs = np.unique(np.sort(np.stack([ones, others], axis=1)[ones != others], axis=1), axis=0)
    for start in range(0, len(pairs), GROUP):
        part = pairs[start : start + GROUP]
        cosines = np.einsum("nd,nd->n", vectors[part[:, 0]], vectors[part[:, 1]])
        yield from map(tuple, part[cosines >= ALIKE].tolist())
