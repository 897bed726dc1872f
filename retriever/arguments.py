"""Checks arguments of the API: each function raises UsageError for a value of the wrong type or out of range."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from retriever.errors import UsageError

_LONGEST = 100


def quote(value: object) -> str:
    """A value as an error shows it; long ones are cut off."""
    try:
        shown = repr(value)
    except ValueError:
        return "a huge number"  # an integer of more digits than Python writes
    except Exception:
        return f"an object of type {type(value).__name__}"
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def require_flag(name: str, value: object, *, optional: bool = False) -> None:
    """``value`` must be True or False, or with ``optional`` None."""
    if not (isinstance(value, bool) or (optional and value is None)):
        choices = "True, False or None" if optional else "True or False"
        raise UsageError(f"{name} must be {choices}, not {quote(value)}", hint=f"write {name}=True or {name}=False")


def require_count(name: str, value: object, *, at_least: int = 0, optional: bool = False) -> None:
    """``value`` must be a whole number from ``at_least`` on, or with ``optional`` None."""
    if optional and value is None:
        return
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        hint = f"such as {name}={max(at_least, 1)}"
        raise UsageError(f"{name} must be a whole number, not {quote(value)}", hint=hint)
    if value.__index__() < at_least:
        raise UsageError(f"{name} must be at least {at_least}, not {quote(value)}", hint="give a larger number")


def require_seconds(value: object) -> None:
    """``value`` must be a time that can be waited."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= threading.TIMEOUT_MAX:
        raise UsageError(f"cannot wait {quote(value)} seconds", hint="give a number of seconds of at least 0")


def require_text(name: str, value: object, *, optional: bool = False, hint: str = "") -> None:
    """``value`` must be text, or with ``optional`` None."""
    if not (isinstance(value, str) or (optional and value is None)):
        raise UsageError(f"{name} must be text, not {quote(value)}", hint=hint or f'write {name}="…"')


def require_texts(name: str, value: object) -> None:
    """``value`` must be a list, or another sequence, of texts."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise UsageError(f"{name} must be a list of texts, not {quote(value)}", hint=f'write {name}=["…"]')
    for text in value:
        require_text(f"each of {name}", text, hint="convert it with str()")


def require_filter(value: object, *, hint: str) -> None:
    """``value`` must be a filter, by which results can be cached: an expression, or a function; or None."""
    if value is None or isinstance(value, str):
        return
    if not callable(value):
        raise UsageError(f"where must be text or a function of a document, not {quote(value)}", hint=hint)
    try:
        hash(value)
    except TypeError as error:
        hint = "give a function, or an object with __hash__ beside __eq__"
        raise UsageError(f"where cannot be hashed: {quote(value)}", hint=hint) from error


def describe_filter(where: object) -> str:
    """A filter as messages and JSON show it."""
    return where if isinstance(where, str) else f"the function {getattr(where, '__qualname__', None) or quote(where)}"


def require_callback(name: str, value: object) -> None:
    """``value`` must be a function of one argument, or None."""
    if value is not None and not callable(value):
        raise UsageError(f"{name} must be a function, not {quote(value)}", hint="give a function of one argument")


def require_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    """``value`` must be one of ``known``."""
    if not isinstance(value, str) or value not in known:
        names = f"{', '.join(known[:-1])} or {known[-1]}"
        raise UsageError(f"unknown {name}: {quote(value)}", hint=f"use {names}")
