"""Weights of terms as whole numbers, so that a sum of them does not depend on the order in which an engine adds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")

# Sums of whole numbers up to this one are exact in single precision.
_EXACT = 1 << 24


def round_weights(weights: Mapping[Key, float]) -> tuple[dict[Key, int], float]:
    """The weights as whole numbers whose sum is exact in single precision, and the unit that they are multiples of.

    Raises ValueError for one that is not positive and finite.
    """
    total = math.fsum(weights.values())
    if not math.isfinite(total) or min(weights.values(), default=1.0) <= 0:
        raise ValueError("the weights of terms must be positive and finite")
    if not weights:
        return {}, 1.0
    unit = 2.0 ** math.ceil(math.log2(total / (_EXACT - len(weights))))
    return {key: max(1, round(weight / unit)) for key, weight in weights.items()}, unit
