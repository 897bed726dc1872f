"""Whole numbers in the attributes of a file, which may be anything."""

from __future__ import annotations

from typing import TypeVar

Default = TypeVar("Default", int, None)


def parse_count(text: str | None, default: Default, *, digits: int = 8) -> int | Default:
    """A number in the digits 0 to 9; ``default`` for anything else, and for one of more than ``digits``."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= digits else default
