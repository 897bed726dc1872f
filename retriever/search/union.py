"""Searches several indexes as one: their candidates are ranked together, and hits chosen from all of them.

Scores mean the same in every index, so they can be compared. What depends on an index stays its own: how rare a word
is, what passages in other languages than the question are given for words, and the mean of a language that the model
has none for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retriever.search.selection import choose

if TYPE_CHECKING:
    from retriever.hits import Hit
    from retriever.options import SearchOptions
    from retriever.search.candidates import Candidate
    from retriever.search.pipeline import Search
    from retriever.types import Vectors

# If folding and caps over the union leave too few hits, so many times more are asked of each index.
WIDENED = 4
WIDEST = 10_000


def find_hits(parts: Sequence[Search], options: SearchOptions) -> list[Hit]:
    """The hits of the union, best first.

    Near-duplicates are folded, hits capped and diversified over all indexes; of indexes of different models passages
    are not compared with each other.
    """
    asked = options.k
    while True:
        for part in parts:
            part.rank(asked)
        ranked = [(item, part) for part in parts for item in part.ranked]
        ranked.sort(key=lambda pair: pair[0].order_among_searches)
        items = [item for item, _ in ranked]
        groups = choose(items, _join_vectors(ranked), options, parts[0].baseline) if ranked else []
        if len(groups) >= options.k or all(part.complete for part in parts) or asked >= WIDEST:
            break
        asked *= WIDENED
    located = {rank: [(ranked[at][0], ranked[at][1].location) for at in group] for rank, group in enumerate(groups, 1)}
    hits = [
        hit
        for part in parts
        for hit in part.make_hits(
            {rank: located[rank] for rank, group in enumerate(groups, 1) if ranked[group[0]][1] is part}
        )
    ]
    hits.sort(key=lambda hit: hit.rank)
    # A hit that scores too little is followed by none that scores enough, unless hits were diversified.
    return [replace(hit, rank=rank) for rank, hit in enumerate(hits, 1)]


def _join_vectors(ranked: Sequence[tuple[Candidate, Search]]) -> Vectors | None:
    """The vectors of candidates in one space, in which those of different models are orthogonal.

    None if there are none: then nothing is folded.
    """
    spaces: dict[str, slice] = {}
    width = 0
    for item, part in ranked:
        if item.stored.vector is not None and part.space not in spaces:
            spaces[part.space] = slice(width, width + len(item.stored.vector))
            width += len(item.stored.vector)
    joined = np.zeros((len(ranked), width), np.float32)
    for row, (item, part) in enumerate(ranked):
        if item.stored.vector is not None:
            joined[row, spaces[part.space]] = item.stored.vector
    return joined if spaces else None
