"""Comparisons of metadata that the filters of several frameworks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """The comparison, false where there is no value, and for values that Python does not compare."""

    def holds(value: Any, wanted: Any) -> bool:
        try:
            return value is not None and bool(compare(value, wanted))
        except TypeError:
            return False  # Values of different types have no order.

    return holds
