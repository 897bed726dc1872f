"""Estimates of shares and of the area under the curve, with 95 % intervals that hold for few questions.

The bootstrap says 1.00 to 1.00 where all of ten questions succeed; these intervals do not.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from retriever.evaluation.statistics import Estimate

# The quantile of the normal distribution for a two-sided interval of 95 %.
_Z = 1.959963984540054
_BISECTIONS = 60


def estimate_share(count: int, total: int) -> Estimate:
    """The share ``count / total``, with its score interval (Wilson 1927). ``total`` is at least 1."""
    share = count / total
    scale = 1 + _Z**2 / total
    middle = (share + _Z**2 / (2 * total)) / scale
    half = _Z / scale * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    # At the ends rounding would leave a bound beside the share.
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == total else min(1.0, middle + half)
    return Estimate(share, low, high, total)


def estimate_area(positive: Sequence[float], negative: Sequence[float]) -> Estimate:
    """The area under the ROC curve: the share of pairs in which the positive scores higher, a tie counting one half.

    Both lists are ascending and not empty. The interval is that of Newcombe (2006, Statistics in Medicine 25, method
    5), which solves for the area as Wilson's does for a share, with the variance of Hanley and McNeil (1982).
    ``questions`` of the estimate counts both lists.
    """
    wins = sum(bisect_left(negative, score) + bisect_right(negative, score) for score in positive)
    area = wins / (2 * len(positive) * len(negative))
    low = _solve(area, 0.0, len(positive), len(negative))
    high = _solve(area, 1.0, len(positive), len(negative))
    return Estimate(area, low, high, len(positive) + len(negative))


def _solve(area: float, end: float, positives: int, negatives: int) -> float:
    """The bound between ``area`` and ``end`` whose distance from ``area`` is the quantile times its own deviation."""
    inside, outside = area, end
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        if abs(middle - area) <= _Z * math.sqrt(_compute_variance(middle, positives, negatives)):
            inside = middle
        else:
            outside = middle
    return inside if abs(inside - end) > 1e-9 else end


def _compute_variance(area: float, positives: int, negatives: int) -> float:
    pairs = (positives + negatives) / 2 - 1
    spread = 1 + pairs * (1 - area) / (2 - area) + pairs * area / (1 + area)
    return area * (1 - area) * spread / (positives * negatives)
