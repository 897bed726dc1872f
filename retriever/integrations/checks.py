"""What the adapters check alike: lists of texts, filters, and how an error shows a value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from reprlib import Repr
from typing import Any

from retriever.errors import UsageError

DEEPEST = 100
"""How deep the conditions of a filter may be nested; Python itself gives up at about ten times as many."""

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 200


def show(value: object) -> str:
    """A value as an error shows it, cut off where it is long or deep."""
    return _REPR.repr(value)


def require_texts(name: str, values: Iterable[str]) -> list[str]:
    """The texts as a list. Raises UsageError for anything else, also for one text that is not a list."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise UsageError(f"{name} must be a list of texts, not {show(values)}", hint="give a list")
    texts = list(values)
    for text in texts:
        if not isinstance(text, str):
            raise UsageError(f"{name} must be texts, not {show(text)}", hint="convert them with str()")
    return texts


def require_shallow(depth: int) -> None:
    """Raise UsageError for a condition that is nested too deeply, ``depth`` times."""
    if depth > DEEPEST:
        raise UsageError(f"conditions are nested more than {DEEPEST} times", hint="join conditions in one list")


def make_key(filter: object) -> str:
    """A text that only equal filters have. Raises UsageError for values without end, and for keys of several types."""
    try:
        return json.dumps(filter, sort_keys=True, default=repr)
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(
            f"a filter cannot be read: {error}", hint="use text as keys, and values that are not nested so deeply"
        ) from error


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """The comparison, false where there is no value, and for values that Python does not compare."""

    def holds(value: Any, wanted: Any) -> bool:
        try:
            return value is not None and bool(compare(value, wanted))
        except TypeError:
            return False  # Values of different types have no order.

    return holds
