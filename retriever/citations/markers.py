"""Finds the marks by which an answer cites excerpts: [1], [1][3], [1, 2], [1-3], 【1】, [^1], [1](#1), also escaped.

A mark is read by itself, and in code is none: `rows[1]`. Which sentence it belongs to is decided in ``statements``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from retriever.types import Span

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
_BACKTICKS = re.compile("`+")
_SENTENCE_END = re.compile(r"[.!?]\s|[。！？]")
_NAMED = re.compile(r"[\w\])]")
_PART = re.compile(r"(?P<dash>[–—-])?\s{0,2}\^?(?P<number>\d{1,3})")


@dataclass(frozen=True, slots=True)
class Marker:
    """A mark and the numbers that it cites, ascending."""

    start: int
    end: int
    numbers: tuple[int, ...]


def find_markers(text: str, start: int = 0, end: int | None = None, code: Sequence[Span] = ()) -> list[Marker]:
    """The marks in ``text[start:end]``, in order, but for what stands behind a name in ``code``, spans in order."""
    starts = [span.start for span in code]
    found = MARKER.finditer(text, start, len(text) if end is None else end)
    return [
        Marker(match.start(), match.end(), _read_numbers(match["numbers"]))
        for match in found
        if not (_NAMED.match(text, match.start() - 1) and _is_inside(match.start(), starts, code))
    ]


def _is_inside(place: int, starts: Sequence[int], spans: Sequence[Span]) -> bool:
    number = bisect_right(starts, place) - 1
    return number >= 0 and place < spans[number].end


def find_code(text: str, start: int, end: int) -> tuple[list[Span], bool]:
    """The code in ``text[start:end]``, between as many backticks, and whether what follows may make it another.

    Backticks with the end of a sentence between them are quotation marks or strays.
    """
    runs = [Span(*match.span()) for match in _BACKTICKS.finditer(text, start, end)]
    places: dict[int, list[int]] = {}
    for number, run in enumerate(runs):
        places.setdefault(run.end - run.start, []).append(number)
    found: list[Span] = []
    number, is_open = 0, bool(runs) and runs[-1].end == end
    while number < len(runs):
        run = runs[number]
        later = places[run.end - run.start]
        after = bisect_right(later, number)
        if after == len(later):
            is_open = True
        elif not _SENTENCE_END.search(text, run.end, runs[later[after]].start):
            number = later[after]
            found.append(Span(run.start, runs[number].end))
        number += 1
    return found, is_open


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
