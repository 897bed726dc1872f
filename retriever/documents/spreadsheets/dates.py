"""Shows the dates and times of a spreadsheet, which are numbers of days, by the format code of their cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|E[+-]|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]'
    r"|(?P<half>AM/PM|A/P|上午/下午)|(?P<unit>y+|m+|d+|a{3,}|h+|s+|e+|b+|g+)|(?P<part>\.0+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
# The first day after the 29th of February 1900, which spreadsheets believe in.
FIRST_RIGHT_DAY = 61
LAST_DAY = 2_958_466
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = "一二三四五六日"
Token = tuple[str, str]


@lru_cache(maxsize=256)
def is_date(section: str) -> bool:
    """Whether a section of a format code shows a date, a time or a duration."""
    return any(kind in {"unit", "elapsed", "half"} for kind, _ in _tokens(section)) and "general" not in section.lower()


def show_date(value: float, section: str, *, from_1904: bool) -> str:
    """A number of days as a date or time, by a section of a format code; the number where it is out of range."""
    moment = _find_moment(value, from_1904=from_1904)
    if moment is None:
        return str(value)
    tokens = _tokens(section)
    half_days = any(kind == "half" for kind, _ in tokens)
    shown = []
    for kind, text in tokens:
        if kind == "unit":
            shown.append(UNITS[text[0]](moment, len(text), half_days))
        elif kind == "elapsed":
            seconds = round(value * 86_400)
            shown.append(str(seconds // {"h": 3600, "m": 60, "s": 1}[text[0]]).rjust(len(text), "0"))
        elif kind == "half":
            names = text.split("/") if len(text) > 1 else ["AM", "PM"]
            shown.append(names[moment.hour >= 12])
        elif kind == "part":
            shown.append(f".{moment.microsecond:06}"[: len(text)])
        else:
            shown.append(text)
    return "".join(shown).strip()


def _find_moment(value: float, *, from_1904: bool) -> datetime | None:
    """The moment that a number of days stands for; None outside the years that a spreadsheet has."""
    if not 0 <= value < LAST_DAY:
        return None
    days = value + 1 if value < FIRST_RIGHT_DAY - 1 and not from_1904 and value >= 1 else value
    moment = (EPOCH_1904 if from_1904 else EPOCH) + timedelta(days=days)
    # To the millisecond: days are fractions of few digits.
    return (moment + timedelta(microseconds=500)).replace(microsecond=0) if moment.microsecond > 999_400 else moment


@lru_cache(maxsize=256)
def _tokens(section: str) -> tuple[Token, ...]:
    """The parts of a section: kind and text. An ``m`` beside hours or seconds counts minutes, and is an ``n`` here."""
    tokens: list[Token] = []
    for found in TOKEN.finditer(section):
        kind = found.lastgroup or ""
        text = found[kind] if kind else ""
        if kind in {"unit", "elapsed"}:
            text = text.lower()
        if kind:
            tokens.append((kind, text))
    times = [at for at, (kind, _) in enumerate(tokens) if kind in {"unit", "elapsed"}]
    for place, at in enumerate(times):
        before = tokens[times[place - 1]][1] if place else ""
        behind = tokens[times[place + 1]][1] if place + 1 < len(times) else ""
        kind, text = tokens[at]
        if kind == "unit" and text[0] == "m" and len(text) < 3 and (before[:1] == "h" or behind[:1] == "s"):
            tokens[at] = kind, "n" * len(text)
    return tuple(tokens)


def _show_year(moment: datetime, length: int, _: bool) -> str:
    return f"{moment.year % 100:02}" if length < 3 else f"{moment.year:04}"


def _show_month(moment: datetime, length: int, _: bool) -> str:
    if length < 3:
        return str(moment.month).rjust(length, "0")
    name = MONTHS[moment.month - 1]
    return {3: name[:3], 5: name[:1]}.get(length, name)


def _show_day(moment: datetime, length: int, _: bool) -> str:
    if length < 3:
        return str(moment.day).rjust(length, "0")
    name = DAYS[moment.weekday()]
    return name[:3] if length == 3 else name


def _show_weekday(moment: datetime, length: int, _: bool) -> str:
    return ("" if length == 3 else "星期") + WEEKDAYS[moment.weekday()]


def _show_hour(moment: datetime, length: int, half_days: bool) -> str:
    hour = (moment.hour + 11) % 12 + 1 if half_days else moment.hour
    return str(hour).rjust(min(length, 2), "0")


UNITS: dict[str, Callable[[datetime, int, bool], str]] = {
    "y": _show_year,
    "e": lambda moment, *_: str(moment.year),
    "b": lambda moment, *_: str(moment.year + 543),
    "g": lambda *_: "",
    "m": _show_month,
    "d": _show_day,
    "a": _show_weekday,
    "h": _show_hour,
    "n": lambda moment, length, _: str(moment.minute).rjust(length, "0"),
    "s": lambda moment, length, _: str(moment.second).rjust(min(length, 2), "0"),
}
