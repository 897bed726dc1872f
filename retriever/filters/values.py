"""Compares the value of a field with a literal of a filter: as numbers, as dates or as text."""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from retriever.text import dates
from retriever.text.normalise import fold

Value: TypeAlias = "str | int | float | bool | dates.Interval"
Comparison = typing.Literal["=", "<", "<=", ">", ">=", "~"]

_NUMBER = re.compile(r"\s*([-+]?[0-9]+)(\.[0-9]+)?\s*")
_CODE = re.compile(r"\s*[-+]?0[0-9]")


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal of an expression, parsed in every way that it may be compared in."""

    text: str
    folded: str = field(init=False, compare=False)
    number: int | float | None = field(init=False, compare=False)
    days: dates.Interval | None = field(init=False, compare=False)
    pattern: re.Pattern[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", fold(self.text))
        object.__setattr__(self, "number", _parse_number(self.folded))
        object.__setattr__(self, "days", dates.parse_iso(self.folded))
        object.__setattr__(self, "pattern", _compile_pattern(self.text))


def matches(value: Value, comparison: Comparison, literal: Literal) -> bool:
    """Whether a value matches: numbers are compared as numbers, dates as dates, the rest as text, ignoring case.

    A truth value has no order, and neither has a number compared with text. Digits with a leading 0 have an order, but
    equal only the same digits: they may be a code.
    """
    if comparison == "~":
        return literal.pattern.search(fold(str(value))) is not None
    if isinstance(value, str) and value[-1:].isdecimal() and not value.isascii():
        value = fold(value)  # a number or a date in wide digits
    number = _parse_number(value)
    if number is not None and literal.number is not None and not (comparison == "=" and _is_code(value, literal)):
        return _compare(comparison, number, number, literal.number, literal.number)
    days = _parse_days(value)
    if days and literal.days:
        if comparison == "=":
            return literal.days.first <= days.first and days.last <= literal.days.last
        return _compare(comparison, days.first, days.last, literal.days.first, literal.days.last)
    if comparison == "=":
        return fold(str(value)) == literal.folded
    if not isinstance(value, str) or number is not None or literal.number is not None:
        return False
    folded = fold(value)
    return _compare(comparison, folded, folded, literal.folded, literal.folded)


def make_key(value: str | int | float | bool) -> str | int | float | dates.Interval:
    """What values that ``=`` takes for one another have in common, apart from dates within a longer time."""
    if not isinstance(value, str):
        return fold(str(value)) if isinstance(value, bool) else value
    folded = fold(value)
    if _CODE.match(folded):
        return folded
    number = _parse_number(folded)
    return (dates.parse_iso(folded) or folded) if number is None else number


def matches_id(value: Value, comparison: Comparison, literal: Literal) -> bool:
    """Whether an id matches: the same characters where ``=`` compares it, otherwise as ``matches`` says.

    Two ids may differ in case, width, accents or the spelling of a number only, and be two documents all the same.
    """
    return value == literal.text if comparison == "=" else matches(value, comparison, literal)


def _compare(comparison: Comparison, first: Any, last: Any, other_first: Any, other_last: Any) -> bool:
    """Compare intervals: < means to end before the other starts, <= to end no later than it ends."""
    if comparison == "<":
        return bool(last < other_first)
    if comparison == "<=":
        return bool(last <= other_last)
    if comparison == ">":
        return bool(first > other_last)
    if comparison == ">=":
        return bool(first >= other_first)
    return bool(first == other_first)


def _parse_number(value: Value) -> int | float | None:
    """The number in a value, None without one. Integers stay exact: an identity number has more digits than a float."""
    if isinstance(value, (int, float)):
        return None if isinstance(value, bool) else value
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return float(match[0]) if match[2] else int(match[1])
    except ValueError:
        # Thousands of digits, which Python refuses to parse.
        return None


def _is_code(value: Value, literal: Literal) -> bool:
    return _CODE.match(literal.folded) is not None or (isinstance(value, str) and _CODE.match(value) is not None)


def _parse_days(value: Value) -> dates.Interval | None:
    if isinstance(value, dates.Interval):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return dates.parse_iso(str(value)) if 0 < value < 10_000 else None
    return dates.parse_iso(value) if isinstance(value, str) else None


def _compile_pattern(text: str) -> re.Pattern[str]:
    """A pattern with * or ? matches a whole value, or the end of a path after a slash; other text matches anywhere.

    The text between two stars is matched at its first occurrence only, which suffices; so the time is proportional to
    the length of the value times that of the pattern.
    """
    if "*" not in text and "?" not in text:
        return re.compile(re.escape(fold(text)))
    parts = [".".join(re.escape(fold(words)) for words in part.split("?")) for part in re.split(r"\*+", text)]
    if len(parts) == 1:
        return re.compile(rf"(?:\A|/){parts[0]}\Z", re.DOTALL)
    # Python 3.10 has no atomic groups; a lookahead and a reference to it have the same effect.
    middle = "".join(f"(?=(?P<p{at}>.*?{part}))(?P=p{at})" for at, part in enumerate(parts[1:-1]))
    return re.compile(rf"(?:\A|/){parts[0]}{middle}.*{parts[-1]}\Z", re.DOTALL)
