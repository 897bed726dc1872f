"""Joins what white space separates only for the eye: characters across a line end, spaced characters, broken words.

All functions take folded text (see ``normalise``) and return folded text.

- Between characters of scripts without spaces, or Hangul, a line end counts as nothing.
- Between Han and kana neither do spaces (关 于 供 水). In a question they do unless single characters are spaced,
  because there spaces mostly separate words (供水 管网).
- A line end after a hyphen within a word is dropped: the word is then a compound, which is also found as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from retriever.lazy import compile_later
from retriever.text.scripts import HAN, HANGUL, KANA, UNSPACED, Characters
from retriever.text.tables import CharacterTable

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.text.normalise import Folded

_HAN_KANA = HAN + KANA
_DENSE = UNSPACED + HANGUL
# Up to four spaces between Han and kana, or one line end with the spaces and tabs around it.
_LINE_END = "(?:(?<=\n)|(?<!\n)[ \r]*\n)[ \t\u3000]*"
# Nothing before U+0E00 is of such a script; the function that replaces a gap looks closer.
# The class is negated because a small one compiles faster.
_FIRST = "[ \r\n](?<=[^\0-\u0dff\U00040000-\U0010ffff](?s:.))"
_GAP = compile_later(f"{_FIRST}(?:(?<= ) {{0,3}}(?=[{_HAN_KANA}])|{_LINE_END}(?=[{_DENSE}]))")
_QUESTION_GAP = compile_later(f"{_FIRST}{_LINE_END}(?=[{_DENSE}])")
_SPACED = compile_later(f"(?<![{_HAN_KANA}])[{_HAN_KANA}](?: {{1,4}}[{_HAN_KANA}](?![{_HAN_KANA}]))+")
_BROKEN = compile_later(f"[-\u2010](?<=[^\\W\\d_{_DENSE}].)[ \r]*\n[ \t]*(?=[^\\W\\d_{_DENSE}])")
# What every gap begins with.
_WHITE = re.compile("[ \r\n]")
# What a character is to a gap, in bits: all have the first. Spaces between Han and kana join, line ends between more.
_KNOWN, _SPACE, _LINE, _HYPHEN, _IS_HAN_KANA, _IS_DENSE = 1, 2, 4, 8, 16, 32
_HAN_KANA_BEFORE = Characters(_HAN_KANA)
_DENSE_BEFORE = Characters(_DENSE)


def join(text: str) -> str:
    """The text of a passage with what belongs together joined."""
    # Patterns that cannot match need not be compiled.
    if _WHITE.search(text):
        text = _GAP.sub(_close, text)
    return _BROKEN.sub("-", text) if _may_be_broken(text) else text


def join_question(text: str) -> str:
    """The same for a question."""
    if _WHITE.search(text):
        text = _SPACED.sub(_close_spaces, _QUESTION_GAP.sub(_close, text))
    return _BROKEN.sub("-", text) if _may_be_broken(text) else text


def find_gaps(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    """Places of folded texts, from their code points with others around, where something may be to join: intp [n].

    ``join`` changes no passage without any.
    """
    kinds = _KINDS.look_up(codes)
    places = np.flatnonzero(kinds & (_SPACE | _LINE | _HYPHEN))
    own, before, behind = kinds[places], kinds[places - 1], kinds[np.minimum(places + 1, len(codes) - 1)]
    ends_line = (own & _LINE > 0) | (behind & (_SPACE | _LINE) > 0)
    joins = (before & _IS_HAN_KANA > 0) | (ends_line & (before & _IS_DENSE > 0))
    return places[np.where(own & _HYPHEN > 0, behind & (_SPACE | _LINE) > 0, joins)]


def _describe(characters: str) -> list[int]:
    return [
        _KNOWN
        | (_SPACE if one in " \r" else _LINE if one == "\n" else _HYPHEN if one in "-\u2010" else 0)
        | (_IS_HAN_KANA if one in _HAN_KANA_BEFORE else 0)
        | (_IS_DENSE if one in _DENSE_BEFORE else 0)
        for one in characters
    ]


_KINDS = CharacterTable(_describe)


def join_with_offsets(folded: Folded) -> Folded:
    """As ``join``, with offsets."""
    if _WHITE.search(folded.text):
        folded = folded.replace(_GAP, _close)
    return _join_words(folded)


def join_question_with_offsets(folded: Folded) -> Folded:
    """As ``join_question``, with offsets."""
    if _WHITE.search(folded.text):
        folded = folded.replace(_QUESTION_GAP, _close).replace(_SPACED, _close_spaces)
    return _join_words(folded)


def _join_words(folded: Folded) -> Folded:
    return folded.replace(_BROKEN, lambda _: "-") if _may_be_broken(folded.text) else folded


def _may_be_broken(text: str) -> bool:
    """Whether a text may contain a match of ``_BROKEN``."""
    return "\n" in text and ("-" in text or "\u2010" in text)


def _close(match: re.Match[str]) -> str:
    """Nothing in place of a gap that follows a character of such a script, else the gap."""
    before = _DENSE_BEFORE if "\n" in match[0] else _HAN_KANA_BEFORE
    start = match.start()
    return "" if start and match.string[start - 1] in before else match[0]


def _close_spaces(match: re.Match[str]) -> str:
    return match[0].replace(" ", "")
