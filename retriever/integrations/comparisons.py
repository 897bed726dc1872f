"""What the filters of several frameworks share: comparisons of metadata, and which filters are the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from retriever.errors import UsageError


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """The comparison, false where there is no value, and for values that Python does not compare."""

    def holds(value: Any, wanted: Any) -> bool:
        try:
            return value is not None and bool(compare(value, wanted))
        except TypeError:
            return False  # Values of different types have no order.

    return holds


def make_key(filter: object) -> str:
    """A text that only equal filters have. Raises UsageError for values without end, and for keys of several types."""
    try:
        return json.dumps(filter, sort_keys=True, default=repr)
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(
            f"a filter cannot be read: {error}", hint="use text as keys, and values that are not nested so deeply"
        ) from error
