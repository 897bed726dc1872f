"""The automatic numbers that Word puts before list items and headings: 一、 （二） 第三章 1.2 (a).

A document only stores how to count, but people cite the numbers, so they are computed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retriever.documents.blocks import CJK_CHARACTER
from retriever.documents.counts import parse_count
from retriever.documents.docx_styles import MAX_DIGITS, W, get_value

if TYPE_CHECKING:
    from lxml.etree import _Element

LEVELS = 9
# The longest label: Word's own patterns are shorter, and what a file makes longer is not a number.
MAX_LABEL = 255
# The number from which letters are not repeated further (Word goes from zz… to a again).
MAX_LETTERED = 780
DIGITS = "〇一二三四五六七八九"
ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
ROMAN_BELOW_FORTY = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
CHINESE = frozenset(
    {"chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "taiwaneseCountingThousand"}
    | {"japaneseCounting", "ideographDigital", "koreanCounting"}
)
PLACE = re.compile("%([1-9])")


@dataclass(frozen=True, slots=True)
class _Level:
    form: str = "decimal"
    pattern: str = ""
    start: int = 1
    style: str = ""


@dataclass(slots=True)
class _List:
    """The levels of one list and its current count at each of them; None at a level without an item so far."""

    levels: dict[int, _Level]
    counts: list[int | None] = field(default_factory=lambda: [None] * LEVELS)

    def next(self, level: int) -> str:
        """The label of the next item at ``level``."""
        current = self.counts[level]
        self.counts[level] = self._level(level).start if current is None else current + 1
        self.counts[level + 1 :] = [None] * (LEVELS - level - 1)
        label = PLACE.sub(lambda place: self._number(int(place[1]) - 1), self._level(level).pattern)
        return label if len(label) <= MAX_LABEL else ""

    def _level(self, level: int) -> _Level:
        return self.levels.get(level, _Level())

    def _number(self, level: int) -> str:
        count = self.counts[level]
        return format_number(self._level(level).start if count is None else count, self._level(level).form)


class Numbering:
    """The lists of one document. Labels must be requested in document order."""

    def __init__(self, root: _Element | None) -> None:
        self._lists: dict[str, _List] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        kinds = {
            str(kind.get(W + "abstractNumId")): _List(_parse_levels(kind))
            for kind in root.iterchildren(W + "abstractNum")
        }
        for item in root.iterchildren(W + "num"):
            name = str(item.get(W + "numId"))
            kind = kinds.get(get_value(item.find(W + "abstractNumId")))
            if kind is not None:
                # Lists of the same kind continue each other's count unless they restart it.
                self._lists[name] = kind
                self._restarts[name] = dict(_iter_restarts(item))

    def next_label(self, name: str, level: int | None, style: str) -> str:
        """The number before the next item of the list ``name``, with its trailing space; empty if it has none.

        ``level`` is None if the list itself ties its level to the paragraph's ``style``.
        """
        counting = self._lists.get(name)
        if counting is None:
            return ""
        if level is None:
            level = next((at for at, tied in counting.levels.items() if style and tied.style == style), 0)
        if not 0 <= level < LEVELS or counting.levels.get(level, _Level()).form in {"bullet", "none"}:
            return ""
        for at, start in self._restarts.pop(name, {}).items():
            if 0 <= at < LEVELS:
                counting.counts[at] = start - 1
        label = counting.next(level)
        return label if not label or CJK_CHARACTER.match(label[-1]) else f"{label} "


def format_number(count: int, form: str) -> str:
    """``count`` in one of Word's number formats; in digits if the format is not supported."""
    if form in CHINESE:
        return _to_chinese(count)
    if form in {"lowerRoman", "upperRoman"}:
        return _to_roman(count) if form == "lowerRoman" else _to_roman(count).upper()
    if form in {"lowerLetter", "upperLetter"} and 0 < count <= MAX_LETTERED:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form.startswith("decimalEnclosedCircle") and 1 <= count <= 20:
        return chr(ord("①") + count - 1)
    if form == "decimalZero":
        return f"{count:02}"
    return str(count)


def _to_chinese(count: int) -> str:
    """1 to 99 as Chinese and Japanese numerals; larger numbers digit by digit."""
    if not 0 < count < 100:
        return "".join(DIGITS[int(digit)] for digit in str(abs(count)))
    tens, ones = divmod(count, 10)
    return (DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (DIGITS[ones] if ones else "")


def _to_roman(count: int) -> str:
    numeral = ""
    for size, letters in (*ROMAN, *ROMAN_BELOW_FORTY):
        while 0 < size <= count < 4000:
            numeral += letters
            count -= size
    return numeral


def _iter_restarts(item: _Element) -> Iterator[tuple[int, int]]:
    """The levels of a list that restart counting, each with the number that it starts at."""
    for override in item.iterchildren(W + "lvlOverride"):
        start = override.find(W + "startOverride")
        if start is not None:
            yield parse_count(override.get(W + "ilvl"), 0, digits=MAX_DIGITS), _parse_start(start)


def _parse_levels(kind: _Element) -> dict[int, _Level]:
    levels = dict(map(_parse_level, kind.iterchildren(W + "lvl")))
    return {at: level for at, level in levels.items() if at < LEVELS}


def _parse_level(element: _Element) -> tuple[int, _Level]:
    pattern = get_value(element.find(W + "lvlText"))
    level = _Level(
        form=get_value(element.find(W + "numFmt")) or "decimal",
        pattern=pattern if len(pattern) <= MAX_LABEL else "",
        start=_parse_start(element.find(W + "start")),
        style=get_value(element.find(W + "pStyle")),
    )
    return parse_count(element.get(W + "ilvl"), 0, digits=MAX_DIGITS), level


def _parse_start(element: _Element | None) -> int:
    return parse_count(get_value(element), 1, digits=MAX_DIGITS)
