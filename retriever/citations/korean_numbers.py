"""Finds numbers that are written out in Korean, in both sets of words: 칠만 명, 일곱 곳, 사흘.

Most of their syllables are parts of other words, so that a number is one at the beginning of a word and before what it
counts, or has to be long or unlike other words.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from retriever.citations.folded_patterns import compile_folded
from retriever.citations.numerals import read_cjk
from retriever.citations.spoken_numbers import SpokenNumber
from retriever.citations.units import Unit

_DIGITS = str.maketrans("일이삼사오육칠팔구", "一二三四五六七八九")
_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_UNITS = {"하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "넷": 4, "네": 4, "넉": 4}
_UNITS |= {"다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}
_DAYS = {
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "보름": 15,
}
# What is counted, but for hours of the day (시), and what may follow it in the same word.
_COUNTED = (
    r"\s?(?:여\s?)?(?:명|분|개월|개소|개|곳|건|번(?!\s?째)|차례|회|가구|세대|채|대|마리|권|장|군데|사람|살|세|시간|달|년|주|일"
    r"|배|가지|쌍|그루|병|잔|척|팀|원|달러|유로|엔|톤|킬로\w*|미터|퍼센트|평|리터|학교|나라|도시|마을|석|층|표|단계|학년|종|편)"
    r"(?=[^가-힣]|\Z|이|가|은|는|을|를|의|에|로|으|과|와|도|만|씩|쯤|정|간|까|보|뿐|당|짜|생|동|밖)"
)
_ENDS = r"(?=(?:이|가|은|는|을|를|의|에|로|으로|과|와|도|만)?(?![가-힣]))"
_START = r"(?<![가-힣0-9])"
_SINO = compile_folded(
    rf"{_START}(?:(?=[일이삼사오육칠팔구]*[십백천만억])(?:[일이삼사오육칠팔구십백천만억]{{2,20}}(?={_COUNTED})"
    rf"|[일이삼사오육칠팔구십백천만억]{{2,19}}[만억]{_ENDS})"
    rf"|[삼사오육칠팔구](?=\s?(?:년|개월|퍼센트|학년))|[백천만](?=\s(?:명|원|개|곳|년|권)(?!\w{{3}})))"
)
_NATIVE = compile_folded(
    rf"{_START}(?P<tens>{'|'.join(_TENS)})?(?P<units>{'|'.join(_UNITS)})?(?:(?={_COUNTED})"
    rf"|(?<=둘|셋|넷){_ENDS}|(?<=다섯|여섯|일곱|여덟|아홉|스물|서른|마흔|예순|일흔|여든|아흔){_ENDS})"
)
_OF_DAYS = compile_folded(rf"{_START}(?:{'|'.join(_DAYS)})(?!달)")
_DAY = Unit("second", Fraction(86400))


def find_korean_numbers(text: str) -> Iterator[SpokenNumber]:
    """The numbers above one of a folded text."""
    for match in _OF_DAYS.finditer(text):
        yield SpokenNumber(_DAYS[match[0]], *match.span(), _DAY)
    for match in _NATIVE.finditer(text):
        value = _TENS.get(match["tens"], 0) + _UNITS.get(match["units"], 0)
        if value > 1:
            yield SpokenNumber(value, *match.span())
    for match in _SINO.finditer(text):
        value = int(min(read_cjk(match[0].translate(_DIGITS)), default=0))
        if value > 1:
            yield SpokenNumber(value, *match.span())
