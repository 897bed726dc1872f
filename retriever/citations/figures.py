"""Finds the figures in a text with their units, in many languages, each with its place.

A text of a claim is read strictly: a numeral that may be part of a word (四川, 十分) is none. An excerpt is read
generously: what may be a figure can support one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from fractions import Fraction
from functools import partial

from retriever.citations import numerals, units
from retriever.citations.bounds import find_bound
from retriever.citations.directions import find_direction
from retriever.citations.folded_patterns import compile_folded
from retriever.citations.korean_numbers import find_korean_numbers
from retriever.citations.numerals import DIGITS, HAN_DIGITS, Values
from retriever.citations.quantities import Quantity
from retriever.citations.spoken_numbers import SpokenNumber, find_spoken_numbers
from retriever.citations.units import NONE, Unit
from retriever.text.normalise import Folded
from retriever.types import Span

_HAN = "".join(HAN_DIGITS)
_MAGNITUDES = "十百千万亿億兆십백천만억조"
# 1.5万, 2万1千, 3억 5천만; 一千五百, 三点五.
_CJK_NUMBER = compile_folded(
    rf"{DIGITS}\s?[{_MAGNITUDES}](?:\s{DIGITS}(?=\s?[{_MAGNITUDES}])|{DIGITS}|[{_HAN}{_MAGNITUDES}])*"
    rf"|[{_HAN}十百千](?:[{_HAN}{_MAGNITUDES}]|(?<=[{_HAN}十])点(?=[{_HAN}]))*"
)
_NUMBER = re.compile(DIGITS)
_PARTS_OF = re.compile(
    rf"(?P<whole>[{_HAN}十百千万]{{1,12}}|[0-9]{{1,12}})分[之の]"
    rf"(?P<part>[{_HAN}十百千点]{{1,12}}|[0-9]{{1,12}}(?:\.[0-9]{{1,12}})?)"
)
_SLASHED = re.compile(r"(?<![\w/.,-])(?P<part>[1-9][0-9]?)[/⁄](?P<whole>[1-9][0-9]?)(?![\w/])")
# As 2½ is folded.
_MIXED = re.compile(r"(?<![\w/.,-])(?P<number>[0-9]{1,6})\s?(?P<part>[1-9])⁄(?P<whole>[1-9][0-9]?)(?!\w)")
_WORD_FRACTION = re.compile(
    r"(?<!\w)(?P<part>a|one|two|three|four|five)[\s-](?P<whole>third|quarter|fifth|tenth)s?(?!\w)"
)
_FRACTION_WORDS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_FRACTION_WORDS |= {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_HEDGE = compile_folded(
    r"(?:约(?:有|为|需|占|合)?|大约|近|将近|超过|逾|超|不到|多达|左右|上下|几乎|余|多|about|around|approximately|nearly|almost|roughly|over"
    r"|more than|less than|some|circa|ca\.?|etwa|rund|ungefahr|fast|knapp|uber|mehr als|unos|unas|casi|cerca de"
    r"|aproximadamente|alrededor de|mas de|environ|pres de|plus de|около|почти|примерно|более|свыше"
    r"|およそ|約|ほぼ|余り)\s?(?:(?:us)?[$€£¥₽₩]\s?)?\Z"
)
_HEDGE_AFTER = compile_folded(r"\s?(?:左右|上下|余|多|以上|余り|程度|ほど|or so|or more)")
# What a Han numeral in a claim stands before, where it is one.
_COUNTED = compile_folded(
    r"\s?(?:个|名|人|位|户|家|所|座|条|项|次|件|年|月|日|天|周岁|周|星期|小时|分钟|秒|元|块|吨|公斤|斤|亩|公顷|米|公里|平方|立方"
    r"|层|楼|部|栋|套|处|岁|期|级|倍|台|艘|辆|张|种|类|批|届|世纪|号|只|头|支|枚|颗|片|本|册|篇|场|轮|组|对|间|站"
    r"|か所|カ所|ヶ所|箇所|か月|ヶ月|カ月|時間|時|分|棟|階|回|歳|つ|校|社|団体|地区|隻|基|両|冊|泊|晩|度|世帯|路線|機関)"
)
_DIGIT_OF = re.compile(f"[{_HAN}]")
_ORDINAL_WORDS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL_WORD = re.compile(rf"(?<![\w-])(?:{'|'.join(_ORDINAL_WORDS)})(?!\w)")
_ORDINAL = re.compile(r"第\s?\Z")
_OF_LAWS = compile_folded(r"\s?[条款章节编]")
# What else surely has a number: 第十四届. 第一次 and 第二天 are rather words.
_IN_ORDER = compile_folded(r"\s?(?:[届名位期批轮卷册]|阶段)")
# How amounts are written out in contracts: 壹佰贰拾元.
_FORMAL = re.compile("(?=[壹贰叁肆伍陆柒捌玖零万亿]*[拾佰仟])[壹贰叁肆伍陆柒捌玖零拾佰仟万亿]{2,40}")
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
_CODE_BEFORE = re.compile(r"(?:[a-z]|[a-z][-_./]?|[0-9][-_/.:,])\Z")
# Only of temperatures: a loss of 5 % is -5 % as well.
_MINUS = compile_folded(
    r"(?:(?<![0-9a-z.,%)\]°度])[-−–]|零下|负|minus|moins|menos|meno|минус|マイナス|영하)\s?\Z",
)
_BELOW_ZERO = compile_folded(r"\s?(?:below (?:zero|freezing)|unter null|sous zero|bajo cero|sotto zero|ниже нуля)")
_MULTIPLES = {number: compile_folded(pattern) for number, pattern in units.MULTIPLES.items()}
_SHARE = compile_folded("分(?![钟間间])")
# The first figure of a range has the unit of the second: 10 to 15 %.
_RANGE = compile_folded(r"\s?(?:to|and|or|bis|und|a|y|e|et|до|и|至|到|和|或|、|から|[-–—~～〜,])\s?[0-9]")
_WORD_AFTER = re.compile(r"\s?[^\W\d_]")


def find_quantities(folded: Folded, original: str, taken: list[Span], *, language: str, strict: bool) -> list[Quantity]:
    """The figures of a text in order, but for those in the spans ``taken`` of the original.

    - ``folded``: the text, folded with offsets
    - ``original``: the text as it is written
    - ``taken``: where dates and codes are
    - ``language``: of the text; words for numbers are read in its language
    - ``strict``: whether numerals that may be part of a word are left out
    """
    reader = _Reader(folded, language, strict)
    reader.take(taken)
    text = reader.text
    steps: list[tuple[re.Pattern[str], Callable[[re.Match[str]], None]]] = [
        (_MIXED, reader.add_mixed),
        *((pattern, reader.add_fraction) for pattern in (_PARTS_OF, _SLASHED, _WORD_FRACTION)),
        *((pattern, partial(reader.add_multiple, number=number)) for number, pattern in _MULTIPLES.items()),
        (_CJK_NUMBER, reader.add_cjk),
        (_NUMBER, reader.add_number),
    ]
    for pattern, add in steps:
        for match in pattern.finditer(text):
            add(match)
    # English words for numbers occur in texts of other languages, and short texts may be taken for others.
    for spoken in dict.fromkeys((language,) if strict else (language, "en")):
        for number in find_spoken_numbers(folded, original, spoken):
            reader.add_spoken(number)
    for number in find_korean_numbers(text):
        reader.add_spoken(number)
    for match in _ORDINAL_WORD.finditer(text) if not strict else ():
        reader.add_ordinal(match)
    return sorted(reader.found, key=lambda quantity: quantity.span)


class _Reader:
    """Collects figures of one text, each character in one figure at most."""

    def __init__(self, folded: Folded, language: str, strict: bool) -> None:
        self._folded, self._language, self._strict = folded, language, strict
        self.text = _FORMAL.sub(lambda match: match[0].translate(_PLAIN), folded.text)
        self._taken = bytearray(len(self.text))
        self.found: list[Quantity] = []

    def take(self, spans: list[Span]) -> None:
        starts = self._folded.starts
        for span in spans:
            first, end = span.start, span.end
            if starts is not None:
                first, end = bisect_left(starts, first), bisect_left(starts, end)
            self._taken[first:end] = b"\1" * (end - first)

    def add_fraction(self, match: re.Match[str]) -> None:
        part, whole = match["part"], match["whole"]
        if part == "a" and self._strict:
            return  # a third party, a quarter of a year
        if part in _FRACTION_WORDS:
            value = Fraction(_FRACTION_WORDS[part], _FRACTION_WORDS[whole])
        else:
            parts, wholes = numerals.read_cjk(part), numerals.read_cjk(whole)
            if not parts or not wholes or not min(wholes):
                return
            value = min(parts) / min(wholes)
        if whole in ("百", "千", "万", "100"):
            self._add(match.span(), frozenset((value * 100,)), Unit("percent"), match.end())
        else:
            self._add(match.span(), frozenset((value * 100,)), Unit("percent"), match.end(), plain=frozenset((value,)))

    def add_mixed(self, match: re.Match[str]) -> None:
        """A whole number before a fraction that is one character."""
        number, part, slash = (self._folded.span(at, at + 1) for at in (*map(match.start, (1, 2)), match.end(2)))
        if number != part == slash:
            value = int(match["number"]) + Fraction(int(match["part"]), int(match["whole"]))
            self._add(match.span(), frozenset((value,)), *units.find_unit(self.text, match.end()))

    def add_multiple(self, match: re.Match[str], number: int) -> None:
        self._add(match.span(), frozenset((Fraction(number),)), Unit("times"), match.end())

    def add_cjk(self, match: re.Match[str]) -> None:
        number, end = match[0], match.end()
        values = numerals.read_cjk(number)
        if not values:
            return
        unit, after = units.find_unit(self.text, end)
        if tenths := units.TENTHS.match(self.text, end):
            values, unit, after = frozenset(value * 10 for value in values), Unit("percent"), tenths.end()
        is_written = number[0].isdecimal()
        if not is_written:
            if self._is_ordinal(match.start()):
                # 第一 and 第三方 are words, 第十二条 is a place.
                if self._strict and not (_OF_LAWS.match(self.text, end) or _IN_ORDER.match(self.text, end)):
                    return
                unit, after = NONE, end
            elif self._strict and not self._is_counted(match, unit):
                return
            if values == {Fraction(1)}:
                return
        self._add(match.span(), values, unit, after)

    def _is_counted(self, match: re.Match[str], unit: Unit) -> bool:
        """Whether a Han numeral is surely a number: it has a digit, and a unit or a magnitude or what it counts."""
        number = match[0]
        if not _DIGIT_OF.search(number) and number != "十":
            return False
        if _SHARE.match(self.text, match.end()):
            return len(number) > 1  # 三分, 十分: rather a share or an adverb than minutes
        if unit != NONE or _COUNTED.match(self.text, match.end()):
            return True
        return len(number) > 2 and any(character in number for character in "十百千万亿")

    def add_number(self, match: re.Match[str]) -> None:
        text, start, end = self.text, match.start(), match.end()
        if any(self._taken[start:end]):
            # Of May 12 300 the day is taken, and the rest is a number.
            first = start + self._taken[start:end].rfind(1) + 1
            rest = _NUMBER.search(text, first, end)
            if rest and self._taken[start]:
                self.add_number(rest)
            return
        before = _CODE_BEFORE.search(text, max(start - 2, 0), start)
        if self._strict and before and before[0][0].isalpha():
            return
        values = numerals.read_digits(match[0])
        if not values:
            return
        values, end = self._magnify(values, start, end)
        unit, after = units.find_unit(text, end)
        if tenths := units.TENTHS.match(text, end):
            values, unit, after = frozenset(value * 10 for value in values), Unit("percent"), tenths.end()
        if unit == NONE:
            unit = units.find_sign_before(text, start)
        self._add(match.span(), values, unit, after)

    def _magnify(self, values: Values, start: int, end: int) -> tuple[Values, int]:
        """The values of the number ``text[start:end]`` with the word for a magnitude behind it, and where that ends."""
        match = numerals.find_magnitude(self.text, end)
        if match is None:
            return values, end
        word, after = match
        if word == "m" and not self.text[end].isalpha() and not self._is_money(start, after):
            return values, end  # metres
        if word == "m":  # metres, or millions
            return values | {value * 10**6 for value in values}, after
        factor = numerals.magnitudes()[word]
        return frozenset(value * factor for value in values), after

    def _is_money(self, start: int, end: int) -> bool:
        """Whether the sign or the word of a currency stands beside what is from ``start`` to ``end``."""
        beside = units.find_sign_before(self.text, start), units.find_unit(self.text, end)[0]
        return any(unit.dimension in units.CURRENCIES for unit in beside)

    def add_spoken(self, number: SpokenNumber) -> None:
        unit, after = number.unit, number.end
        if unit == NONE:
            unit, after = units.find_unit(self.text, number.end)
        self._add((number.start, number.end), frozenset((Fraction(number.value),)), unit, after)

    def add_ordinal(self, match: re.Match[str]) -> None:
        value = frozenset((Fraction(2 + _ORDINAL_WORDS.index(match[0])),))
        if not any(self._taken[match.start() : match.end()]):
            span = self._folded.span(*match.span())
            self.found.append(Quantity(span, value, value, is_bare=False, is_ordinal=True))

    def _add(self, place: tuple[int, int], values: Values, unit: Unit, after: int, plain: Values | None = None) -> None:
        start, end = place[0], max(place[1], after)
        if any(self._taken[start : place[1]]):
            return
        self._taken[start:end] = b"\1" * (end - start)
        about = bool(_HEDGE.search(self.text, max(start - 16, 0), start) or _HEDGE_AFTER.match(self.text, end))
        factor = -unit.factor if unit.dimension == "degree" and self._is_below_zero(start, end) else unit.factor
        based = frozenset(value * factor for value in values)
        span = self._folded.span(start, end)
        self.found.append(
            Quantity(
                span,
                based,
                values if plain is None else plain,
                unit.dimension,
                is_about=about,
                is_bare=self._is_bare(unit, end),
                is_ordinal=self._is_ordinal(start),
                is_doubtful=self._is_ordinal(start) and _IN_ORDER.match(self.text, place[1]) is not None,
                direction=find_direction(self.text, start, end),
                bound=find_bound(self.text, start, end, is_time=unit.dimension in ("month", "second")),
            )
        )

    def _is_below_zero(self, start: int, end: int) -> bool:
        before = _MINUS.search(self.text, max(start - 8, 0), start)
        return before is not None or _BELOW_ZERO.match(self.text, end) is not None

    def _is_ordinal(self, start: int) -> bool:
        return _ORDINAL.search(self.text, max(start - 2, 0), start) is not None

    def _is_bare(self, unit: Unit, end: int) -> bool:
        if unit != NONE or self._language not in units.LANGUAGES or _RANGE.match(self.text, end):
            return True
        return not _WORD_AFTER.match(self.text, end)
