"""Chooses a threshold of scores. Between two neighbouring scores every threshold does the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class _Gap:
    """Thresholds above ``low`` and up to ``high``, and the shares that any of them gives."""

    low: float
    high: float
    kept: float
    refused: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def round_middle(self) -> float:
        """The middle, with as few decimals as lie in the gap."""
        middle = (self.low + self.high) / 2
        rounded = (round(middle, decimals) for decimals in range(1, 7))
        return next((value for value in rounded if self.low < value <= self.high), self.high)


def choose_balanced(right: Sequence[float], unanswerable: Sequence[float]) -> float:
    """The threshold with the largest mean of kept and refused, which is Youden's index (Youden 1950) in other terms.

    Of several that are as good, the one with the most room between scores, and of these the highest. Both lists of
    scores are ascending and not empty.
    """
    best = max(_find_gaps(right, unanswerable), key=lambda gap: (gap.kept + gap.refused, gap.width, gap.high))
    return best.round_middle()


def choose_for_false_answers(right: Sequence[float], unanswerable: Sequence[float], share: float) -> float | None:
    """The lowest threshold that at most ``share`` of the unanswerable questions reach; None if there is none up to 1.

    A lower threshold keeps more right answers. Of those that keep as many, the one that refuses most is taken.
    """
    # The sum of a share and its complement may differ from 1 by rounding.
    allowed = [gap for gap in _find_gaps(right, unanswerable) if 1 - gap.refused <= share + 1e-9]
    if not allowed:
        return None
    return max(allowed, key=lambda gap: (gap.kept, gap.refused, gap.width)).round_middle()


def _find_gaps(right: Sequence[float], unanswerable: Sequence[float]) -> Iterator[_Gap]:
    """The gaps between neighbouring scores, from the lowest score to 1."""
    bounds = [0.0, *sorted({*right, *unanswerable} - {0.0}), 1.0]
    for low, high in pairwise(bounds):
        if low < high:
            kept = 1 - bisect_left(right, high) / len(right)
            yield _Gap(low, high, kept, bisect_left(unanswerable, high) / len(unanswerable))
