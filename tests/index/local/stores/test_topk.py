from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retriever.index.interface import Candidates
from retriever.index.local.stores.topk import MORE, SHARES, merge_top_k


class Part:
    """A segment that knows its scores, and counts how much it was asked for."""

    def __init__(self, scores: list[int]) -> None:
        self.scores = np.array(scores, np.float32)
        self.asked: list[int] = []

    def search(self, limit: int) -> Candidates:
        self.asked.append(limit)
        if limit <= 0 or not len(self.scores):
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        last = np.sort(self.scores)[::-1][:limit][-1]
        refs = np.flatnonzero(self.scores >= last)
        return Candidates(refs, self.scores[refs])


def pairs(found: list[Candidates], limit: int) -> list[tuple[int, int, float]]:
    """Segment, row and score of the ``limit`` best and of those that tie with the last of them."""
    every = [
        (number, int(ref), float(score))
        for number, part in enumerate(found)
        for ref, score in zip(part.refs, part.scores, strict=True)
    ]
    every.sort(key=lambda item: -item[2])
    return sorted(item for item in every if limit > 0 and item[2] >= every[:limit][-1][2])


segments = st.lists(st.lists(st.integers(-40, 40), min_size=1, max_size=150), max_size=6)


@given(segments, st.integers(0, 120))
def test_it_is_what_asking_each_for_all_would_give(scores: list[list[int]], limit: int) -> None:
    parts = [Part(one) for one in scores]
    found = merge_top_k([part.search for part in parts], [len(one) for one in scores], limit)
    everything = [Part(one).search(max(len(one), 1)) for one in scores]
    assert pairs(found, limit) == pairs(everything, limit)


def test_one_segment_is_asked_once() -> None:
    part = Part(list(range(1000)))
    merge_top_k([part.search], [1000], 100)
    assert part.asked == [100]


def test_segments_are_asked_for_their_share() -> None:
    parts = [Part([(row * 7 + number) % 5000 for row in range(1000)]) for number in range(10)]
    found = merge_top_k([part.search for part in parts], [1000] * 10, 100)
    assert [part.asked for part in parts] == [[SHARES * 10 + MORE]] * 10
    assert sum(len(part.refs) for part in found) >= 100


def test_a_segment_that_holds_all_the_best_is_asked_again() -> None:
    parts = [Part(list(range(number, number + 1000))) for number in (0, 0, 5000, 0)]
    found = merge_top_k([part.search for part in parts], [1000] * 4, 100)
    assert [len(part.asked) for part in parts] == [1, 1, 2, 1]
    assert len(found[2].refs) == 100
