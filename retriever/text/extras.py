"""The terms of an analysed text besides its words and numbers: symbols, names with signs, numbers within words.

- A symbol is a term (✅, →, §, €), repeated or not, and so is a flag.
- A word with its sign is a term beside the word: C++, C#, A+, .NET, @user, #tag, #12, --option.
- A number within a word or before its unit is one: v2.13.1 gives 2.13.1, 1.5mm gives 1.5. A number with points between
  groups of thousands also gives the number without them: 1.234.567.

All are additional: a text has the terms that it would have without this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from retriever.lazy import compile_later
from retriever.text.scripts import FURTHER_SYMBOLS, HANGUL, SYMBOLS, UNSPACED, Characters

_LETTER = f"[^\\W_{UNSPACED}{HANGUL}]"
_DENSE = Characters(UNSPACED + HANGUL)
_NAME = f"[^\\W\\d_{UNSPACED}{HANGUL}]"

# Each pattern begins with a set of characters or a literal, which the engine looks for fast.
_SIGNS = compile_later(f"([{SYMBOLS}#@+])\\1*")
_BEYOND = compile_later("([\U00010000-\U0001fbff])\\1*")
_FLAG = compile_later("[\U0001f1e6-\U0001f1ff]{2}")
_FURTHER = compile_later(f"[{FURTHER_SYMBOLS}]")
_DOT = compile_later(f"\\.(?<!{_LETTER}\\.)(?<![\\])_.]\\.)(?={_NAME})")
_MAYBE_DOT = re.compile(r"\.[^\W\d_]")
_DASHES = compile_later(f"--(?<!{_LETTER}--)(?<!---)(?={_LETTER})")
_POINT = compile_later("[.,](?<=[0-9].)(?=[0-9])")
_NUMBER = compile_later("[0-9]+(?:[.,][0-9]+)+")
_DIGITS = compile_later("[0-9]{0,32}\\Z")
_TAG = compile_later(f"{_LETTER}+(?:[_-]{_LETTER}+)*")
_WORD = compile_later(f"{_LETTER}+")
_LAST_WORD = compile_later(f"{_LETTER}{{1,32}}\\Z")
_THOUSANDS = compile_later(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_MAX_LENGTH = 64
#: What no other term contains; a term without it may still be a number within a word.
SIGN = compile_later("[^\\w*]")


class Extra(NamedTuple):
    """A term with its span in the text."""

    term: str
    start: int
    end: int


def find_extras(text: str) -> Iterator[Extra]:
    """The additional terms of a folded text, in no order."""
    end_of_flag = 0
    for match in _SIGNS.finditer(text):
        yield from _read_sign(text, match)
    for match in _BEYOND.finditer(text):
        if _FURTHER.match(match[0]):
            yield Extra(match[1], *match.span())
        elif match.start() >= end_of_flag and (flag := _FLAG.match(text, match.start())):
            end_of_flag = flag.end()
            yield Extra(flag[0], *flag.span())
    # Most texts have none of these, and then their patterns need not be compiled.
    if _MAYBE_DOT.search(text):
        for match in _DOT.finditer(text):
            yield from _read_tag(text, match.start(), match.end(), _WORD)
    if "--" in text:
        for match in _DASHES.finditer(text):
            yield from _read_tag(text, match.start(), match.end(), _TAG)
    for match in _POINT.finditer(text):
        yield from _read_number(text, match.start())


def _read_sign(text: str, match: re.Match[str]) -> Iterator[Extra]:
    sign, (start, end) = match[1], match.span()
    if sign not in "#@+":
        yield Extra(sign, start, end)
        return
    after = _LETTER_AT.match(text, end) is not None
    before = start > 0 and _LETTER_AT.match(text, start - 1) is not None
    if sign != "+" and after and not before and end - start == 1:
        yield from _read_tag(text, start, end, _TAG)
    if before and end - start <= (2 if sign == "+" else 1) and sign != "@" and not (after and end - start == 1):
        word = _LAST_WORD.search(text[max(0, start - 32) : start])
        if word:
            yield Extra(word[0] + match[0], start - len(word[0]), end)


def _read_tag(text: str, start: int, end: int, tag: re.Pattern[str]) -> Iterator[Extra]:
    word = tag.match(text, end)
    if word and len(word[0]) < _MAX_LENGTH:
        yield Extra(text[start : word.end()], start, word.end())


def _read_number(text: str, point: int) -> Iterator[Extra]:
    """The number whose first point is at ``point``; nothing if it is another one."""
    digits = _DIGITS.search(text[max(0, point - 32) : point])
    start = point - len(digits[0] if digits else "")
    if start > 1 and text[start - 1] in ".," and "0" <= text[start - 2] <= "9":
        return
    # One that is too long is not read to its end, which would take all of a text of such numbers each time.
    number = _NUMBER.match(text, start, start + _MAX_LENGTH + 2)
    if number is None or number.end() - start > _MAX_LENGTH:
        return
    end = number.end()
    if (start and _is_of_name(text[start - 1])) or _is_of_name(text[end : end + 1]):
        yield Extra(number[0].replace(",", "."), start, end)
    if _THOUSANDS.fullmatch(number[0]):
        yield Extra(number[0].replace(".", ""), start, end)


def _is_of_name(character: str) -> bool:
    """Whether ``_NAME`` matches a character, which takes milliseconds to compile."""
    return character.isalnum() and not character.isdecimal() and character not in _DENSE


_LETTER_AT = compile_later(_LETTER)
