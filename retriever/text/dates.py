"""Finds and parses dates as people write them in file names, titles and metadata, as intervals of days.

Only unambiguous forms count: an eight-digit number that is a valid day, a year that stands by itself.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from retriever.text.equivalents import HAN_DIGITS

_HAN_DIGIT = f"[{''.join(HAN_DIGITS)}]"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
# The forms in order of precedence; among matches of one form, the first valid date wins.
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?<![0-9]){_YEAR}\s*年\s*(?P<month>[0-9]{{1,2}})\s*月(?:\s*(?P<day>[0-9]{{1,2}})\s*[日号號])?",
        rf"{_EDGE}{_YEAR}(?P<mark>[-_./])(?P<month>[0-9]{{1,2}})(?P=mark)(?P<day>[0-9]{{1,2}})(?![0-9])",
        rf"{_EDGE}{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})(?![0-9A-Za-z])",
        rf"{_EDGE}{_YEAR}[-_](?P<month>0[1-9]|1[0-2]){_END}",
        rf"(?<![0-9]){_YEAR}\s*年",
        rf"{_EDGE}{_YEAR}{_END}",
    )
)
_HAN_NUMBER = "[一二三四五六七八九十]{1,3}"
_HAN_DATE = re.compile(
    f"(?P<year>[一二]{_HAN_DIGIT}{{3}})年(?:(?P<month>{_HAN_NUMBER})月(?:(?P<day>{_HAN_NUMBER})[日号號])?)?"
)
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:[T ].*)?)?)?")


@dataclass(frozen=True, slots=True)
class Interval:
    """The days ``first`` to ``last``, both included: a day, a month or a year."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}/{self.last}"

    @property
    def iso(self) -> str:
        """As ISO 8601 writes a day, a month or a year."""
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first:%Y-%m}" if self.first.month == self.last.month else f"{self.first:%Y}"


def parse_iso(value: object) -> Interval | None:
    """The interval of a date or of text such as 2021, 2021-03 or 2021-03-05 (a time is ignored); None for all else."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return Interval(value, value)
    match = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
    return _make_interval(*match.groups()) if match else None


def parse_date(text: str) -> Interval | None:
    """The interval of text that is a date in any of the forms and nothing else; None for all else."""
    matches = (match for form in _FORMS if (match := form.fullmatch(text)))
    return parse_iso(text) or _first_date(matches, _HAN_DATE.fullmatch(text))


def find_date(text: str) -> Interval | None:
    """The date in a file name or title; None if there is none."""
    return _first_date((match for form in _FORMS for match in form.finditer(text)), *_HAN_DATE.finditer(text))


def _first_date(matches: Iterable[re.Match[str]], *han: re.Match[str] | None) -> Interval | None:
    """The first valid date of the matches of a form, else of those in Han digits."""
    for match in matches:
        parts = match.groupdict()
        if known := _make_interval(parts["year"], parts.get("month"), parts.get("day")):
            return known
    for match in filter(None, han):
        year = "".join(HAN_DIGITS[digit] for digit in match["year"])
        month, day = (part and str(_parse_han(part)) for part in (match["month"], match["day"]))
        if known := _make_interval(year, month, day):
            return known
    return None


def _make_interval(year: str, month: str | None, day: str | None) -> Interval | None:
    """The interval of a year, month or day given in digits; None for an invalid date."""
    try:
        if month is None:
            return Interval(date(int(year), 1, 1), date(int(year), 12, 31))
        if day is None:
            last = monthrange(int(year), int(month))[1]
            return Interval(date(int(year), int(month), 1), date(int(year), int(month), last))
        exact = date(int(year), int(month), int(day))
        return Interval(exact, exact)
    except ValueError:
        return None


def _parse_han(text: str) -> int:
    """1 to 99: 三, 十, 十二, 二十, 二十一."""
    tens, ten, units = text.rpartition("十")
    number = int(HAN_DIGITS.get(units, "0"))
    return number + 10 * int(HAN_DIGITS.get(tens, "1")) if ten else number
