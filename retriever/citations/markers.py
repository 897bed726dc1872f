"""Finds the marks by which an answer cites excerpts: [1], [1][3], [1, 2], [1-3], 【1】, [^1], [1](#1), also escaped.

A mark is read by itself. Which sentence it belongs to is decided in ``statements``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\^?\d{1,3}"
_SEPARATOR = r"\s{0,2}[,，、;；–—-]\s{0,2}"
MARKER = re.compile(
    rf"\\?[\[［【〔]\s?(?P<numbers>{_NUMBER}(?:{_SEPARATOR}{_NUMBER}){{0,15}})\s?(?:†[^\]\]】\n]{{0,80}})?\\?[\]］】〕]"
    r"(?P<link>\([^()\s]{0,300}\))?"
)
# The beginning of a mark, up to the end of what has come in so far, and how long it is at most.
_UNFINISHED = re.compile(
    r"(?:\\|\\?[\[［【〔](?:[\s^\d,，、;；–—-]{0,120}|[^\[\]【】\n]{0,60}†[^\]】\n]{0,80})\\?"
    r"(?:[\]］】〕](?:\([^()\s]{0,300})?)?)\Z"
)
_LONGEST = 512
_PART = re.compile(r"(?P<dash>[–—-])?\s{0,2}\^?(?P<number>\d{1,3})")


@dataclass(frozen=True, slots=True)
class Marker:
    """A mark and the numbers that it cites, ascending."""

    start: int
    end: int
    numbers: tuple[int, ...]


def find_markers(text: str, start: int = 0, end: int | None = None) -> list[Marker]:
    """The marks in ``text[start:end]``, in order."""
    return [
        Marker(match.start(), match.end(), _read_numbers(match["numbers"]))
        for match in MARKER.finditer(text, start, len(text) if end is None else end)
    ]


def has_unfinished(text: str, start: int) -> bool:
    """Whether ``text[start:]`` ends within a mark, so that what follows decides where its sentences end."""
    return _UNFINISHED.search(text, max(start, len(text) - _LONGEST)) is not None


def _read_numbers(written: str) -> tuple[int, ...]:
    numbers: set[int] = set()
    last = 0
    for part in _PART.finditer(written):
        number = int(part["number"])
        numbers.update(range(last, number + 1) if part["dash"] and last < number else (number,))
        last = number
    return tuple(sorted(numbers))
