"""Merges the best results of several segments, without a full search of each.

A segment is searched for somewhat more than its share of the results. If all of these are among the best, it may have
more, and it is searched again for the full number. The result is that of a full search of each segment. Nothing here
knows how a segment is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retriever.index.interface import Candidates

# Results requested from a segment: a multiple of its share, and some more.
SHARES = 2
MORE = 10

Search = Callable[[int], "Candidates"]


def merge_top_k(searches: Sequence[Search], sizes: Sequence[int], limit: int) -> list[Candidates]:
    """The results of each segment; together they include the ``limit`` best and all that tie with the last of them.

    A search takes a number of results, and returns that many of the best and those that tie with the last, or all it
    has. ``sizes`` are the numbers of rows of the segments.
    """
    asked = [min(limit, SHARES * limit * size // sum(sizes) + MORE) for size in sizes]
    found = [search(count) for search, count in zip(searches, asked, strict=True)]
    last = _find_threshold(found, limit)
    for number, (count, part) in enumerate(zip(asked, found, strict=True)):
        if count < limit and len(part.scores) >= count and part.scores.min() > last:
            found[number] = searches[number](limit)
    return found


def _find_threshold(found: Sequence[Candidates], limit: int) -> float:
    """The score of the ``limit``-th best result so far: no passage below it can be among the best."""
    scores = np.concatenate([np.zeros(0, np.float32), *(part.scores for part in found)])
    if not 0 < limit <= len(scores):
        return -np.inf
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])
