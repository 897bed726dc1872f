"""The best of several segments, without asking each for as many as are wanted of all.

A segment is asked for somewhat more than its share of the results. Where all that it gave are among the best, there
may be more in it, and it is asked again for all. What comes is what asking each for everything would give. Nothing
here knows how a segment is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retriever.index.interface import Candidates

# Asked of a segment: so many times its share, and so many more.
SHARES = 2
MORE = 10

Search = Callable[[int], "Candidates"]


def merge_top_k(searches: Sequence[Search], sizes: Sequence[int], limit: int) -> list[Candidates]:
    """What each segment gives: among it are the ``limit`` best of all, and all that tie with the last of them.

    A search takes a number of results and gives so many of the best, and those that tie with the last, or all that
    there are. ``sizes`` are the segments' numbers of rows.
    """
    asked = [min(limit, SHARES * limit * size // sum(sizes) + MORE) for size in sizes]
    found = [search(count) for search, count in zip(searches, asked, strict=True)]
    last = _last(found, limit)
    for number, (count, part) in enumerate(zip(asked, found, strict=True)):
        if count < limit and len(part.scores) >= count and part.scores.min() > last:
            found[number] = searches[number](limit)
    return found


def _last(found: Sequence[Candidates], limit: int) -> float:
    """The score of the ``limit``-th best so far: no passage below it can be among the best."""
    scores = np.concatenate([np.zeros(0, np.float32), *(part.scores for part in found)])
    if not 0 < limit <= len(scores):
        return -np.inf
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])
