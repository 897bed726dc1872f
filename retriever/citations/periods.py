"""Finds quarters and halves of a year in many languages: 第三季度 · Q3 · the third quarter · 上半年 · H1."""

from __future__ import annotations

import re
from functools import lru_cache

from retriever.citations.folded_patterns import compile_folded

# What numbers a period, before a word for one of four or two parts of a year; {n} is the number of the part.
_ORDINALS = (
    "first|1st|1er|1o|1\\.|erst\\w*|premier|primer|primeiro|primo|перв\\w+|i|1-\\w{1,2}",
    "second|2nd|2e|2o|2\\.|zweit\\w*|deuxieme|second|segundo|secondo|втор\\w+|ii|2-\\w{1,2}",
    "third|3rd|3e|3o|3\\.|dritt\\w*|troisieme|tercer|terceiro|terzo|трет\\w+|iii|3-\\w{1,2}",
    "fourth|4th|4e|4o|4\\.|viert\\w*|quatrieme|cuarto|quarto|четверт\\w+|iv|4-\\w{1,2}",
)
_QUARTER = r"(?:quarter|quartal\w*|trimestre|квартал\w*)"
_HALF = (
    r"(?:half(?= of (?:the )?(?:fiscal |financial |calendar )?(?:year|20[0-9]{2}))|halbjahr\w*|semestre|полугоди\w+)"
)
_HALVES = "上半年|上半期|前半年|상반기", "下半年|下半期|后半年|하반기"
#: The number of the first half of a year; those of quarters are 1 to 4.
FIRST_HALF = 11


@lru_cache(maxsize=1)
def _patterns() -> dict[int, re.Pattern[str]]:
    patterns = {}
    for number, (words, han) in enumerate(zip(_ORDINALS, "一二三四", strict=True), start=1):
        patterns[number] = compile_folded(
            rf"(?<!\w)(?:{words})\s+{_QUARTER}(?!\w)|(?<![a-z])q{number}(?![0-9]{{1,3}}(?![0-9])|[a-z])"
            rf"|(?<![\w.]){number}q(?=\s?(?:20)?[0-9]{{2}}(?!\w))"
            rf"|(?<![前首第0-9一二三四至到~、-])(?:第\s?)?[{number}{han}]\s?(?:季度|四半期)|(?<![0-9~-]){number}\s?분기"
        )
    for number, (words, halves) in enumerate(zip(_ORDINALS[:2], _HALVES, strict=True), start=1):
        patterns[FIRST_HALF + number - 1] = compile_folded(
            rf"(?<!\w)(?:{words})\s+{_HALF}(?!\w)|(?<![a-z])h{number}(?![0-9]{{1,3}}(?![0-9])|[a-z])|{halves}"
        )
    return patterns


def find_periods(text: str) -> list[tuple[int, int, int]]:
    """The quarters (1 to 4) and halves (from ``FIRST_HALF``) of years in folded text as (start, end, number)."""
    return [(*match.span(), number) for number, pattern in _patterns().items() for match in pattern.finditer(text)]


def are_of_one_kind(one: int, other: int) -> bool:
    """Whether both are quarters, or halves."""
    return (one < FIRST_HALF) == (other < FIRST_HALF)
