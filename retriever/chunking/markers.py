"""Markers: the numbers and words that open a heading or an enumeration item, in the conventions of many languages.

A marker is only a candidate ("this may be heading 3 of that style"). Whether it is a heading, and at which level, is
decided in ``outline`` from the whole text. Nothing here looks beyond the beginning of a line or sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_HAN = "[一二三四五六七八九十百零〇两]{1,5}"
_NUMBER = "[0-9０-９]{1,3}"
_ROMAN = "[IVXLCⅠ-Ⅻ]{1,7}"
_COUNT = f"(?:{_HAN}|{_NUMBER})"

# What follows a quantity rather than a heading number: 3.2亿元, 1.5倍, 2021.年.
_UNIT = "(?![0-9０-９亿万千百%％‰倍元个公米吨成年月日号点度余多℃])"

# Words before the number of a part of a document, by rank: part, chapter, section, article.
_WORDS = (
    "Part|Title|Annex|Appendix|Teil|Anhang|Partie|Titre|Annexe|Parte|Título|Titolo|Anexo|Allegato|Deel|Часть|Приложение"
    "|Phần|الباب|बाब",
    "Chapter|Kapitel|Chapitre|Capítulo|Capitolo|Hoofdstuk|Rozdział|Kapitola|Capitolul|Глава|Розділ|Bölüm|Chương|الفصل"
    "|فصل|अध्याय|บทที่|หมวด",
    "Section|Abschnitt|Sección|Sezione|Seção|Secção|Sectie|Раздел|Mục|ส่วนที่",
    "Article|Artikel|Artículo|Articolo|Artigo|Artykuł|Článek|Articolul|Статья|Стаття|Madde|Điều|Art\\.|المادة|ماده|अनुच्छेद"
    "|มาตรา",
)
_PARTS = ("部分|[编編篇部卷]|편", "章|장", "[节節]|절", "[条條]|조")


@dataclass(frozen=True, slots=True)
class Style:
    """A numbering style.

    ``family`` and ``rank`` order the styles that have a conventional order (chapter above section, 1.2 above 1.2.3);
    styles of different families nest as they do in the document. A ``strong`` style is accepted even if its first
    item is missing. An ``enumeration`` (first …, second …) is always the lowest level and ends with its paragraph.
    """

    name: str
    pattern: str
    family: str = ""
    rank: int = 0
    strong: bool = False
    enumeration: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker in a text: its style, its number, and the offset at which it ends."""

    style: Style
    number: int
    end: int


_LINE_STYLES = (
    *(
        Style(
            f"part-{rank}",
            f"(?:第\\s?(?P<n>{_COUNT})\\s?(?:{part})|제\\s?(?P<k>{_NUMBER})\\s?(?:{part}))"
            f"(?=[\\s\\u3000（(【:：]|$|(?<=[章节])[^\\W的是和与及之中])",
            "part",
            rank,
            strong=True,
        )
        for rank, part in enumerate(_PARTS)
    ),
    *(
        Style(
            f"word-{rank}",
            f"(?i:{words})\\s?(?P<n>[0-9०-९๐-๙٠-٩۰-۹]{{1,3}}|{_ROMAN}|[A-Z])(?=[\\s.:,–—-]|$)",
            "part",
            rank,
            strong=True,
        )
        for rank, words in enumerate(_WORDS)
    ),
    Style("paragraph-sign", "§§?\\s?(?P<n>[0-9]{1,4})(?=[\\s.:a-z]|$)", "part", 3, strong=True),
    Style("han", f"(?P<n>{_HAN})[、．.](?!{_HAN}[、，月日级線线类季期批次号])(?=[^\\s，。])", strong=True),
    Style("han-brackets", f"[（(](?P<n>{_HAN})[）)]", strong=True),
    Style("han-space", f"(?P<n>{_HAN})[\\u3000 ]+(?=\\S)"),
    *(
        Style(
            f"decimal-{depth}",
            f"[0-9]{{1,2}}(?:[.．][0-9]{{1,2}}){{{depth - 2}}}[.．](?P<n>[0-9]{{1,2}})"
            f"(?:[.．]?[\\s\\u3000]+(?=\\S)|[、]?(?=[\\u4e00-\\u9fff])){_UNIT}",
            "decimal",
            depth,
        )
        for depth in (5, 4, 3, 2)
    ),
    Style(
        "number",
        f"(?P<n>{_NUMBER})(?:[、．]\\s?|\\.(?=[\\s\\u4e00-\\u9fff“《])\\s?)(?![0-9０-９%％])(?=\\S)",
        "decimal",
        1,
    ),
    Style("number-brackets", f"[（(](?P<n>{_NUMBER})[）)](?=.)"),
    Style("number-half-bracket", f"(?P<n>{_NUMBER})[）)](?=.)"),
    Style("roman", f"(?![CL][.)])(?P<n>{_ROMAN})[.、)][\\s\\u3000]+(?=\\S)"),
    Style("letter", "(?P<n>[A-Za-z])[.)][\\s\\u3000]+(?=\\S)"),
    Style("circled", "(?P<n>[①-⑳])"),
)

_ITEM_STYLES = (
    Style("first-is", f"(?P<n>{_HAN})(?:是要|[是要])(?=[^\\W])", enumeration=True),
    Style("the-first", f"(?:第|其)(?P<n>{_HAN})[，,、是]", enumeration=True),
    Style("firstly", "(?P<n>首先|其次|再次|最后|最後)[，,]?(?=[^\\W的])", enumeration=True),
    Style("item-brackets", f"[（(](?P<n>{_NUMBER})[）)](?=[^\\W\\d])", enumeration=True),
    Style("item-circled", "(?P<n>[①-⑳])(?=\\S)", enumeration=True),
)

_ORDER_WORDS = {"首先": 1, "其次": 2, "再次": 3, "最后": 4, "最後": 4}
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_HAN_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


class _StyleMatcher:
    """Matches styles in order, after one pattern for all of them, since few lines begin with a marker."""

    def __init__(self, styles: tuple[Style, ...]) -> None:
        self._patterns = [(style, re.compile(style.pattern)) for style in styles]
        self._any = re.compile("|".join(re.sub(r"\?P<\w+>", "?:", style.pattern) for style in styles))

    def match(self, text: str, start: int, end: int) -> Marker | None:
        """The marker at ``start`` by the first style that matches."""
        # A slice, so that "$" matches at the end of the line; no marker is longer.
        head = text[start : min(end, start + 48)]
        if not self._any.match(head):
            return None
        for style, pattern in self._patterns:
            match = pattern.match(head)
            if match:
                number = _parse_number(next(group for group in match.groups() if group is not None), style)
                if number is not None:
                    return Marker(style, number, start + match.end())
        return None


@lru_cache(maxsize=1)
def _line_styles() -> _StyleMatcher:
    return _StyleMatcher(_LINE_STYLES + _ITEM_STYLES)


@lru_cache(maxsize=1)
def _item_styles() -> _StyleMatcher:
    return _StyleMatcher(_ITEM_STYLES)


def find_line_marker(text: str, start: int, end: int) -> Marker | None:
    """The marker at the beginning of the line ``text[start:end]``, including those of enumerations; None if none."""
    return _line_styles().match(text, start, end)


def find_item_marker(text: str, start: int, end: int) -> Marker | None:
    """The enumeration marker at the beginning of the sentence ``text[start:end]``; None if there is none."""
    return _item_styles().match(text, start, end)


def _parse_number(number: str, style: Style) -> int | None:
    """The number of a marker; None if the characters are not a number."""
    if number in _ORDER_WORDS:
        return _ORDER_WORDS[number]
    if number.isdecimal():
        return int(number)
    if "①" <= number <= "⑳":
        return ord(number) - ord("①") + 1
    if number[0] in "一二三四五六七八九十百零〇两":
        return _parse_han(number)
    if style.name != "letter":
        value = _parse_roman(number)
        if value is not None:
            return value
    return ord(number.lower()) - ord("a") + 1 if len(number) == 1 and number.isascii() else None


def _parse_han(number: str) -> int | None:
    """十二 → 12, 二十 → 20, 一百零三 → 103, 一〇 → 10; None for 二三."""
    if "十" not in number and "百" not in number:
        digits = [_HAN_DIGITS[character] for character in number]
        is_plain = len(digits) == 1 or "〇" in number
        return int("".join(map(str, digits))) if is_plain else None
    total, digit = 0, 0
    for character in number:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _HAN_DIGITS[character]
    return total + digit


def _parse_roman(number: str) -> int | None:
    """IV → 4, also Ⅳ; None if the letters are not a Roman numeral."""
    if len(number) == 1 and "Ⅰ" <= number <= "Ⅻ":
        return ord(number) - ord("Ⅰ") + 1
    if any(character not in _ROMAN_VALUES for character in number):
        return None
    values = [_ROMAN_VALUES[character] for character in number]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))
