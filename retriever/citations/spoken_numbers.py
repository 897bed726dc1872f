"""Finds numbers that are written out: two hundred and fifty · quatre-vingt-dix-neuf · سبعة وعشرون · สองร้อย · bảy mươi.

A sequence of words is one number only as far as they make one: "five and seven" are two. All takes folded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from retriever.citations.folded_patterns import compile_folded
from retriever.citations.number_words import is_number_word, number_words, partial_words
from retriever.citations.numerals import magnitudes
from retriever.citations.units import NONE, Unit
from retriever.text.normalise import Folded

# What may stand between the words of a number. In most languages here they may be written as one word.
_BETWEEN = {
    "ar": r"\s+(?:و\s*)?",
    "da": r"[\s-]*(?:og[\s-]*)?",
    "de": r"[\s-]*(?:und[\s-]*)?",
    "el": r"\s+(?:και\s+)?",
    "en": r"[\s-]+(?:and\s+)?",
    "es": r"\s+(?:y\s+)?",
    "fa": r"\s*(?:و\s+)?",
    "fr": r"[\s-]+(?:et[\s-]+)?",
    "he": r"[\s-]+ו?",
    "it": r"\s*(?:e\s+)?",
    "nl": r"[\s-]*(?:en[\s-]*)?",
    "no": r"[\s-]*(?:og[\s-]*)?",
    "pt": r"\s+(?:e\s+)?",
    "sv": r"[\s-]*",
    "th": r"\s?",
    "tr": r"[\s-]*",
    "vi": r"\s+(?:(?:linh|le)\s+)?",
}
_SPACE = r"[\s-]+"
# What is written as one word with a number behind it: in seven, and the seven.
_BEFORE = {"ar": r"(?:[وفب]?(?:ال(?!اثن))?|لل)", "he": r"ו?(?:כש)?[הבלמשכ]?-?"}
# Units stand before tens: siebenundzwanzig, سبعة وعشرون.
_UNITS_FIRST = frozenset(("ar", "da", "de", "nl"))
# Teens are ten and a unit, in this order or the other, as two words.
_TEEN_LAST, _TEEN_FIRST = frozenset(("ar", "he", "id")), frozenset(("th", "tr", "vi"))
# What ten times the unit before it is.
_TENFOLD = {"id": "puluh", "th": "สิบ", "vi": "mươi"}
# Letters to ``re`` and vowel signs.
_LETTER = r"[\w\u0900-\u0963\u0970-\u0dff]"
_ORDINAL = r"(?!-(?:first|second|third|\w+th)(?!\w))"
# What has words for numbers and is none.
_IDIOMS = {
    "fa": r"(?:دو|سه|چهار|پنج)\s?شنبه",
    "it": r"(?:(?:ne|de|da|su|a)l(?:l['’])?\s?|\bil\s|\bl['’])\w+cento\b",
    "th": r"สามารถ|สามี|สามัคคี|สามัญ|เก้าอี้|หกล้ม|สืบสอง",
    "tr": r"\b(?:yer|su|deniz|toprak|yas|goz|ayak) alti\b|\balti(?=\s*[.!?;,]|\Z)",
    "vi": r"\b(?:thu|thang) (?:hai|ba|tu|nam|sau|bay|tam|chin|muoi(?: mot| hai)?)\b|\bba lan\b"
    r"|(?<!linh )(?<!\ble )\bnam\b(?!\s(?:muoi|tram|nghin|ngan|trieu|ty|ti)\b)",
}
_IDIOM_PATTERNS = {language: compile_folded(pattern) for language, pattern in _IDIOMS.items()}
_WORD = re.compile(r"\w+")
_APOSTROPHE = "['’ʼ]"


@dataclass(frozen=True, slots=True)
class SpokenNumber:
    """A number that is written out, with its place in the folded text, and its unit if that is in the word: 사흘."""

    value: int
    start: int
    end: int
    unit: Unit = NONE


def find_spoken_numbers(folded: Folded, original: str, language: str) -> Iterator[SpokenNumber]:
    """The numbers above one that the words of a language write out in a text, in order.

    - ``folded``: the text, folded with offsets
    - ``original``: the text as it is written, with the marks that tell Vietnamese words apart
    - ``language``: whose words are read; none of one that has no words here
    """
    pattern = _find_pattern(language)
    if pattern is None:
        return
    text = folded.text
    if language == "vi":
        text = _mask_unmarked(folded, original)
    if language in _IDIOM_PATTERNS:
        text = _IDIOM_PATTERNS[language].sub(lambda match: "\0" * len(match[0]), text)
    for run in pattern.finditer(text):
        for number in _read_run(run, language):
            if number.value > 1:
                yield number


def _mask_unmarked(folded: Folded, original: str) -> str:
    """A Vietnamese text without the words that are folded as those for numbers are, and are others."""
    words = number_words("vi")

    def mask(match: re.Match[str]) -> str:
        span = folded.span(*match.span())
        written = original[span.start : span.end]
        return "\0" * len(match[0]) if match[0] in words and not is_number_word(written, "vi") else match[0]

    return _WORD.sub(mask, folded.text)


@lru_cache(maxsize=32)
def _find_pattern(language: str) -> re.Pattern[str] | None:
    table = number_words(language)
    if not table:
        return None
    first, every = _any(table), _one_word(language).pattern
    opening = "" if language == "th" else rf"(?<!{_LETTER})(?<!\w-)"
    closing = "" if language == "th" else rf"(?!{_LETTER})"
    between = _between(language).pattern
    return re.compile(
        rf"{opening}{_BEFORE.get(language, '')}(?:{first})(?:{between}{every}){{0,14}}{closing}{_ORDINAL}"
    )


@lru_cache(maxsize=32)
def _between(language: str) -> re.Pattern[str]:
    return compile_folded(_BETWEEN.get(language, _SPACE))


@lru_cache(maxsize=32)
def _one_word(language: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_any([*number_words(language), *(word for word in magnitudes() if len(word) > 3)])})")


def _any(words: list[str] | dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)).replace("'", _APOSTROPHE)


def _read_run(run: re.Match[str], language: str) -> Iterator[SpokenNumber]:
    """The numbers that words in sequence make; none where words that are written as one make no number."""
    table, parts = number_words(language), partial_words(language)
    numbers: list[tuple[_Number, int, int, bool]] = []
    end = 0
    for word in _one_word(language).finditer(run[0]):
        gap, name = run[0][end : word.start()], re.sub(_APOSTROPHE, "'", word[0])
        if numbers and not _between(language).fullmatch(gap):
            return
        is_part = name in parts
        value = table.get(name) or magnitudes().get(name, 0)
        if numbers and numbers[-1][0].take(name, value, is_joined=not gap[:1].isspace()):
            number, start, _, _ = numbers[-1]
            numbers[-1] = number, start, word.end(), False
        elif numbers and not gap and language != "th":
            return
        else:
            number = _Number(language)
            number.take(name, value, is_joined=False)
            numbers.append((number, word.start(), word.end(), is_part))
        end = word.end()
    for number, start, end, is_part in numbers:
        if not is_part:
            yield SpokenNumber(number.value, run.start() + start, run.start() + end)


class _Number:
    """A number as its words are read one after the other."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._tenfold = compile_folded(_TENFOLD.get(language, r"\0"))
        self._total = self._hundreds = self._rest = 0
        self._last_magnitude = 0

    @property
    def value(self) -> int:
        return self._total + self._hundreds + self._rest

    def take(self, word: str, value: int, *, is_joined: bool) -> bool:
        """Add a word if it goes on with the number, and tell whether it does."""
        if self._tenfold.fullmatch(word) and 0 < self._rest < 10:
            self._hundreds, self._rest = self._hundreds + self._rest * 10, 0
            return True
        if value == 100 and (self._rest or self._hundreds):
            return self._take_hundred()
        if value >= 1000 and str(value).strip("0") == "1":
            return self._take_magnitude(value)
        if value >= 100:
            if self._hundreds or self._rest:
                return False
            self._hundreds = value
            return True
        return self._take_small(value, is_joined=is_joined)

    def _take_hundred(self) -> bool:
        if self._hundreds % 1000 < 100:
            self._hundreds, self._rest = (self._hundreds + self._rest) * 100, 0
            return True
        return False

    def _take_magnitude(self, value: int) -> bool:
        before = self._hundreds + self._rest
        if self._total and self._last_magnitude == value:
            return False
        if self._total and self._last_magnitude < value:
            self._total = (self._total + before) * value
        else:
            self._total += max(before, 1) * value
        self._hundreds = self._rest = 0
        self._last_magnitude = value
        return True

    def _take_small(self, value: int, *, is_joined: bool) -> bool:
        rest = self._rest
        if self._hundreds % 100 and (rest or value >= 10):
            return False
        goes_on = (
            not rest
            or (rest >= 20 and rest % 10 == 0 and value < 10)
            or (rest in (60, 80) and 10 <= value < 20)
            or (rest < 10 and self._may_follow_unit(value, is_joined=is_joined))
            or (rest == 10 and value < 10 and self._language in _TEEN_FIRST)
        )
        if goes_on:
            self._rest += value
        return goes_on

    def _may_follow_unit(self, value: int, *, is_joined: bool) -> bool:
        if value == 10:
            return self._language in _TEEN_LAST
        is_after = self._language == "ar" or (self._language in _UNITS_FIRST and is_joined)
        return value >= 20 and value % 10 == 0 and is_after
