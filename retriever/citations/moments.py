"""Finds dates, days of the week and times of day in many languages: 2021年3月5日 · March 5th, 2021 · 周一 · 14:30."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from retriever.citations.folded_patterns import compile_folded
from retriever.citations.numerals import read_cjk
from retriever.citations.periods import find_periods
from retriever.citations.units import find_unit
from retriever.citations.weekdays import find_weekdays
from retriever.text.normalise import Folded, fold
from retriever.types import Span

_MONTHS = (
    "january jan januar enero janvier gennaio janeiro январь января январе januari stycznia yanvar يناير "
    "ינואר בינואר ιανουαριος ιανουαριου ocak जनवरी มกราคม",
    "february feb februar febrero fevrier febbraio fevereiro февраль февраля феврале februari lutego فبراير "
    "פברואר בפברואר φεβρουαριος φεβρουαριου subat फरवरी กุมภาพันธ์",
    "march mar marz marzo mars marco март марта марте maart marca مارس מרץ במרץ μαρτιος μαρτιου mart मार्च มีนาคม",
    "april apr abril avril aprile апрель апреля апреле kwietnia ابريل أبريل "
    "אפריל באפריל απριλιος απριλιου nisan अप्रैल เมษายน",
    "may mai mayo maggio maio май мая мае mei maja مايو מאי במאי μαιος μαιου mayis मई พฤษภาคม",
    "june jun juni junio juin giugno junho июнь июня июне czerwca يونيو יוני ביוני ιουνιος ιουνιου haziran जून มิถุนายน",
    "july jul juli julio juillet luglio julho июль июля июле lipca يوليو "
    "יולי ביולי ιουλιος ιουλιου temmuz जुलाई กรกฎาคม",
    "august aug agosto aout август августа августе augustus sierpnia أغسطس "
    "אוגוסט באוגוסט αυγουστος αυγουστου agustos अगस्त สิงหาคม",
    "september sept sep septiembre setiembre septembre settembre setembro сентябрь сентября сентябре wrzesnia سبتمبر "
    "ספטמבר בספטמבר σεπτεμβριος σεπτεμβριου eylul सितंबर กันยายน",
    "october oct oktober octubre octobre ottobre outubro октябрь октября октябре pazdziernika أكتوبر "
    "אוקטובר באוקטובר οκτωβριος οκτωβριου ekim अक्टूबर ตุลาคม",
    "november nov noviembre novembre novembro ноябрь ноября ноябре listopada نوفمبر "
    "נובמבר בנובמבר νοεμβριος νοεμβριου kasim नवंबर พฤศจิกายน",
    "december dec dezember dez diciembre decembre dicembre dezembro декабрь декабря декабре grudnia ديسمبر "
    "דצמבר בדצמבר δεκεμβριος δεκεμβριου aralik दिसंबर ธันวาคม",
)
# Words for months that mean something else in lower case or as the first word of a sentence.
_AMBIGUOUS = frozenset(
    ("may", "mai", "mar", "march", "mart", "mars", "marco", "jan", "dec", "sep", "juin", "nov", "mei")
)
#: How many years the Buddhist era is ahead.
BUDDHIST = 543
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民国": 1911}
_YEAR_LENGTH = 4
# So much of a text is looked at before a month's name.
_BEFORE = 64
_HAN = "一二三四五六七八九十"
_YEAR = r"(?:1[5-9]|20|21)[0-9]{2}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as far as it is given, a day of the week from 0 for Monday, or a minute of the day; and its place.

    ``period`` is a quarter or half of a year, as ``find_periods`` numbers them.
    """

    span: Span
    year: int | None = None
    month: int | None = None
    day: int | None = None
    minute: int | None = None
    weekday: int | None = None
    period: int | None = None
    #: Whether day and month may be the other way round: 3/5/2021.
    swaps: bool = False

    def parts(self) -> dict[str, int]:
        """The parts that are given."""
        named: dict[str, int | None] = {"year": self.year, "month": self.month, "day": self.day, "minute": self.minute}
        named |= {"weekday": self.weekday, "period": self.period}
        return {name: value for name, value in named.items() if value is not None}

    def readings(self) -> list[dict[str, int]]:
        """Its parts in each way that they may be read."""
        parts = self.parts()
        return [parts, parts | {"month": parts["day"], "day": parts["month"]}] if self.swaps else [parts]


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {fold(word): number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}


@lru_cache(maxsize=1)
def _forms() -> tuple[re.Pattern[str], ...]:
    name = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    day = r"(?P<day>[0-3]?[0-9])"
    year = rf"(?P<year>{_YEAR})"
    era = "|".join(_ERAS)
    han = f"[0-9]{{1,2}}|[{_HAN}]{{1,3}}"
    of = r"(?:\s*(?:de|del|of|,|\.)\s*|\s+)"
    cjk_year = rf"(?:(?P<year>{_YEAR})|(?P<era>{era})(?P<era_year>[0-9]{{1,3}}|元|[{_HAN}]{{1,3}}))\s*(?:年|년)度?"
    cjk_month = rf"(?P<month>{han})\s*(?:月|월)(?![间間])"
    cjk_day = rf"(?P<day>{han})\s*(?:[日号]|일)(?![间間])"
    first = r"(?P<first>[0-3]?[0-9])(?:st|nd|rd|th|\.|-го|-е)?"
    dash = "[-–—~〜]"
    return tuple(
        compile_folded(form)
        for form in (
            rf"(?P<century>[0-9]{{1,2}}|[{_HAN}]{{1,3}})世[纪紀](?P<decade>[1-9]0|[{_HAN}]十)年代",
            # Without a century that of the twentieth, but for its first years.
            rf"(?<![0-9{_HAN}])(?P<decade>[3-9]0|[三四五六七八九]十)年代",
            # From one day to another of a month: 5月3日至5日, 3 to 5 May, May 3–5.
            rf"(?<![0-9])(?:{cjk_year}\s*)?{cjk_month}\s*(?P<first>{han})\s*[日号일]?\s?"
            rf"(?:{dash}|[至到、和]|から|부터)\s?{cjk_day}",
            rf"(?<![\w.,/:-]){first}\s?(?:{dash}|to|and|bis|und|y|al?|au|et|e|и|по|до)\s?{day}"
            rf"(?:st|nd|rd|th|\.|-го|-е)?{of}(?P<name>{name})\.?(?:{of}{year})?(?!\w)",
            rf"(?<!\w)(?P<name>{name})\.?\s+{first}\s?(?:{dash}|to|through)\s?{day}(?:st|nd|rd|th)?"
            rf"(?![\w:%]|[.,][0-9])(?:,?\s*{year}(?!\w))?",
            rf"(?<![0-9]){cjk_year}\s*(?:{cjk_month}\s*(?:{cjk_day})?)?",
            rf"(?<![0-9{_HAN}个第]){cjk_month}\s*(?:{cjk_day})?",
            rf"(?<![0-9.])(?P<year>{_YEAR})(?P<mark>[-/.])(?P<month>[01]?[0-9])(?P=mark)(?P<day>[0-3]?[0-9])(?![0-9])",
            rf"(?<![0-9.])(?P<day>[0-3]?[0-9])(?P<mark>[-/.])(?P<month>[0-3]?[0-9])(?P=mark)(?P<year>{_YEAR})(?![0-9])",
            rf"(?<!\w)(?:{day}\s+)?thang\s+(?P<month>1[0-2]|0?[1-9])(?:\s*(?:nam|/)\s*{year})?(?![\w/])",
            rf"(?<!\w)[fc]y\s?{year}(?:[-–/](?P<short>[0-9]{{2}}))?(?!\w)",
            rf"(?<![\w])(?P<name>{name})\.?\s+{day}(?:st|nd|rd|th)?(?![\w:.,]*[0-9])(?:{of}{year}(?!\w))?",
            rf"(?<![\w])(?P<name>{name})\.?\s+{day}(?:st|nd|rd|th)?,\s*{year}(?!\w)",
            rf"(?<![\w.,]){day}(?:st|nd|rd|th|er|o|º|\.|-го|-е)?{of}(?P<name>{name})\.?(?:{of}{year})?(?!\w)",
            rf"(?<!\w)(?P<name>{name})\.?{of}{year}(?!\w)",
            rf"(?<!\w)(?P<name>{name})(?!\w)",
            r"(?<![\w:.,])(?P<hour>[01]?[0-9]|2[0-4])(?:[.:](?P<minutes>[0-5][0-9]))?"
            r"(?:\s*uhr|(?=\s?(?:bis|und|[-–])\s?[0-9.:]{1,5}\s*uhr))",
            r"(?<![\w:.,])(?P<hour>[01]?[0-9]|2[0-4])\s?gio(?!\w)(?:\s?(?P<minutes>[0-5][0-9])(?![0-9]))?",
            r"(?<![0-9a-z:.])(?P<hour>[01]?[0-9]|2[0-4])[:h](?P<minutes>[0-5][0-9])(?![0-9:])(?:\s*(?P<half>[ap])\.?m\b)?",
            r"(?<![\w:.,])(?P<hour>1[0-2]|[1-9])\s*(?P<half>[ap])\.?\s?m\b\.?",
            rf"(?P<noon>上午|下午|晚上|夜晚|傍晚|朝早|清晨|早晨|午前|午後|夜间|凌晨|早上|오전|오후|새벽|아침|저녁|밤)"
            rf"\s*(?P<hour>[0-9]{{1,2}}|[{_HAN}]{{1,3}})\s*(?:[時点](?!間)|시(?!간))"
            rf"\s?(?:(?P<minutes>[0-5]?[0-9]|[{_HAN}]{{1,3}})[分분]|(?P<half_past>[半반]))?",
            r"(?<![0-9.])(?P<hour>[0-9]{1,2})\s*(?:[時点](?!間)|시(?![간군장민도내]))"
            r"(?:\s?(?P<minutes>[0-5]?[0-9])[分분]|\s?(?P<half_past>[半반]))?",
            rf"(?<![\w.,/-])(?P<year>{_YEAR})[-–/](?P<short>[0-9]{{2}})(?!\w)",
            rf"(?<![\w.,/:-]){year}(?![\w:%]|[.,][0-9])",
        )
    )


def find_moments(original: str, folded: Folded) -> list[Moment]:
    """The dates and times of a text, in order, without overlaps; ``folded`` is the text folded with offsets."""
    text = _count_from_christ(_spread_ranges(folded.text))
    taken = bytearray(len(text))
    found: list[Moment] = []
    for form in _forms():
        for match in form.finditer(text):
            start, end = match.span()
            if any(taken[start:end]) or (end - start == _YEAR_LENGTH and _is_measured(text, end)):
                continue
            span = folded.span(start, end)
            moment = _read(match, original, span)
            if moment:
                taken[start:end] = b"\1" * (end - start)
                found.append(moment)
                if short := match.groupdict().get("short"):
                    found.append(Moment(span, int(match["year"][:2] + short)))
                if first := match.groupdict().get("first"):
                    found.append(replace(moment, day=_number(first)))
    found += [Moment(folded.span(start, end), period=period) for start, end, period in find_periods(text)]
    found += [Moment(folded.span(start, end), weekday=day) for start, end, day in find_weekdays(text)]
    return sorted(found, key=lambda moment: moment.span)


def _is_measured(text: str, end: int) -> bool:
    """Whether a unit follows four digits, so that they are not a year: 2000 kg."""
    return find_unit(text, end)[0].dimension not in ("", "month", "second")


_RANGE = compile_folded(
    r"(?<![0-9])([0-9]{1,2})(?=\s?(?:至|到|-|~|〜|～|–|—|から)\s?[0-9]{1,2}月)(?P<mark>\s?(?:至|到|-|~|〜|～|–|—))"
)


def _spread_ranges(text: str) -> str:
    """1至9月 as 1月9月: the mark between two months gives way to the word, so that all offsets stay."""
    return _RANGE.sub(lambda match: match[1] + "月".ljust(len(match["mark"])), text)


_BUDDHIST = compile_folded(
    rf"(?P<era>พ\.?\s?ศ\.?|(?<=ปี)|(?<=ปี )|(?<={')|(?<='.join(f'{words.split()[-1]} ' for words in _MONTHS)}))"
    r"(?P<space>\s?)(?P<year>2[45][0-9]{2})(?![0-9])"
)


def _count_from_christ(text: str) -> str:
    """พ.ศ. 2565 as 2022, with spaces for the era, so that all offsets stay."""
    return _BUDDHIST.sub(
        lambda match: " " * len(match["era"] + match["space"]) + str(int(match["year"]) - BUDDHIST), text
    )


def _read(match: re.Match[str], original: str, span: Span) -> Moment | None:
    parts = match.groupdict()
    if parts.get("hour"):
        return _read_time(parts, span)
    year = _number(parts.get("year"))
    if decade := parts.get("decade"):
        return Moment(span, 100 * ((_number(parts.get("century")) or 20) - 1) + (_number(decade) or 0))
    if parts.get("era"):
        year = _ERAS[parts["era"]] + (1 if parts["era_year"] == "元" else _number(parts["era_year"]) or 0)
    month, day = _number(parts.get("month")), _number(parts.get("day"))
    if name := parts.get("name"):
        month = _months()[name]
        if day is None and year is None and not _is_month(name, original, span):
            return None
    if month is not None and day is not None and month > 12 >= day:
        month, day = day, month
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    swaps = parts.get("mark") in ("/", "-") and match.start("year") > match.start("day") and (day or 0) <= 12
    return Moment(span, year, month, day, swaps=swaps)


def _read_time(parts: dict[str, str | None], span: Span) -> Moment | None:
    hour, minutes = _number(parts["hour"]) or 0, _number(parts.get("minutes")) or 30 * bool(parts.get("half_past"))
    if parts.get("half") == "p" or parts.get("noon") in ("下午", "晚上", "夜晚", "傍晚", "午后", "오후", "저녁", "밤"):
        hour += 12 if hour < 12 else 0
    elif parts.get("half") == "a" and hour == 12:
        hour = 0
    return Moment(span, minute=hour * 60 + minutes) if hour <= 24 and minutes < 60 else None


def _is_month(name: str, original: str, span: Span) -> bool:
    """Whether a month's name by itself is one: "may" and "march" have to be capitalised within a sentence."""
    if name not in _AMBIGUOUS:
        return len(name) > 3
    before = original[max(span.start - _BEFORE, 0) : span.start].rstrip()
    return original[span.start].isupper() and bool(before) and before[-1] not in ".!?:"


def _number(text: str | None) -> int | None:
    """The number of digits or Han numerals up to 99."""
    if text is None or text.isdecimal():
        return int(text) if text else None
    return int(min(read_cjk(text)))


def find_same(claimed: Moment, moments: list[Moment]) -> Moment | None:
    """The moment of a text that has every part of a claimed one; years may stand elsewhere in it."""
    return next(filter(None, (_find_parts(wanted, moments) for wanted in claimed.readings())), None)


def _find_parts(wanted: dict[str, int], moments: list[Moment]) -> Moment | None:
    years = {moment.year for moment in moments if moment.year is not None}
    for moment in moments:
        if any(wanted.items() <= given.items() for given in moment.readings()):
            return moment
    rest = {name: value for name, value in wanted.items() if name != "year"}
    if not rest or wanted.get("year") not in years:
        return None
    for moment in moments:
        if moment.year is None and any(rest.items() <= given.items() for given in moment.readings()):
            return moment
    return None
