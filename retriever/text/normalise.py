"""Folding: the normal form in which texts are compared, with a mapping back to the original characters.

Folding removes the differences between compatibility forms (NFKC: full and half width, ligatures, circled digits),
the digits of all scripts, upper and lower case, traditional and simplified Han with their regional variants and
radicals, letters with and without diacritics (Latin, Greek, Cyrillic), Arabic and Hebrew with and without vowel points,
Devanagari, Gurmukhi, Gujarati and Kannada with and without nukta, and composed and decomposed characters. Marks that
distinguish words in their script are kept: kana voicing, Indic vowel signs, Thai tones. Folded text is for comparison
only; what is shown or cited is always the original.

An index is searched with the folding that its terms were made with, so every version of it stays (``FOLDING_1``).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.text import equivalents
from retriever.text.scripts import Characters
from retriever.text.tables import CharacterTable, JoinedTexts, decode
from retriever.types import Span

if TYPE_CHECKING:
    import numpy.typing as npt

# Marks that are ignored: combining diacritics, Hebrew points, Arabic vowels, and invisible characters.
_IGNORED = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
)
# By characters rather than patterns, which take longer to compile than the characters of most texts to fold.
_DROPPED = Characters(_IGNORED)
# The nukta of scripts that also write such words without it. In Bengali and Odia it makes another letter.
_DROPPED_2 = Characters(f"{_IGNORED}\u093c\u0a3c\u0abc\u0cbc")

# Scripts in which decomposing letters would remove marks that distinguish words, and symbols (≠ is not =).
_KEEPS_MARKS = Characters("\u0900-\u0dff\u3040-\u30ff\uac00-\ud7a3")
_KEEPS_MARKS_2 = Characters("\u3040-\u30ff\uac00-\ud7a3\u2190-\u22ff")
# Han characters without a compatible or decomposed form: of a Chinese text nearly all.
_PLAIN_HAN = "\u4e00", "\u9fff"
# Beyond all code points: that of a character which is not folded to one character, or to NUL.
_UNEVEN = sys.maxunicode + 1
# Texts up to this length, and those with more than one uneven character in so many, are translated by a dictionary.
_SHORT, _EVEN = 64, 16
_RAISED = re.compile("<(?:super|circle)> 00[0-9a-fA-F]{2}")


def _decompose(text: str, kept: Characters, dropped: Characters) -> str:
    parts = (part if part in kept else unicodedata.normalize("NFKD", part) for part in text)
    return "".join(part for part in "".join(parts) if part not in dropped)


def _fold_character_1(character: str) -> str:
    han = equivalents.load_simplified()
    if _PLAIN_HAN[0] <= character <= _PLAIN_HAN[1]:
        return han.get(character, character)
    text = unicodedata.normalize("NFKC", character).casefold()
    if text.isdecimal():
        return "".join(str(unicodedata.decimal(digit)) for digit in text)
    letters = equivalents.LETTERS
    return "".join(han.get(part, letters.get(part, part)) for part in _decompose(text, _KEEPS_MARKS, _DROPPED))


def _fold_character(character: str) -> str:
    han = equivalents.load_simplified()
    if _PLAIN_HAN[0] <= character <= _PLAIN_HAN[1]:
        return han.get(character, character)
    text = unicodedata.normalize("NFKC", character).casefold()
    if text.isdigit():
        # A raised digit is not a digit of the number that it follows: 10⁶, a note ①.
        sign = "^" if _RAISED.match(unicodedata.decomposition(character)) else ""
        return sign + "".join(str(unicodedata.digit(digit)) for digit in text)
    radicals, letters = equivalents.load_radicals(), equivalents.ALL_LETTERS
    parts = (radicals.get(part, part) for part in _decompose(text, _KEEPS_MARKS_2, _DROPPED_2))
    return "".join(han.get(part, letters.get(part, part)) for part in parts)


class _FoldTable(dict[int, str]):
    """A table for ``str.translate`` that computes the entry of a character on first use."""

    def __init__(self, fold_character: Callable[[str], str]) -> None:
        self._fold = fold_character

    def __missing__(self, code: int) -> str:
        folded = self[code] = self._fold(chr(code))
        return folded

    def find_codes(self, characters: str) -> list[int]:
        """The code point that each character is folded to, ``_UNEVEN`` if it is not folded to one."""
        folded = [self[ord(character)] for character in characters]
        return [ord(one) or _UNEVEN if len(one) == 1 else _UNEVEN for one in folded]


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. ``starts[i]`` to ``ends[i]`` is ``text[i]`` in the original; None if all offsets are unchanged.

    Two lists of numbers, because a span for each character takes longer to make than all else that folding does.
    """

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The span in the original of the non-empty ``text[start:end]``."""
        if self.starts is None or self.ends is None:
            return Span(start, end)
        return Span(self.starts[start], self.ends[end - 1])

    def replace(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> Folded:
        """The text with each match of ``pattern`` replaced; a replacement originates from the whole match."""
        return _replace(self, [(*match.span(), replacement(match)) for match in pattern.finditer(self.text)])


def _replace(folded: Folded, changes: Sequence[tuple[int, int, str]]) -> Folded:
    """A text with other characters from some places to others, ascending."""
    if not changes:
        return folded
    text = folded.text
    old_starts = range(len(text)) if folded.starts is None else folded.starts
    old_ends = range(1, len(text) + 1) if folded.ends is None else folded.ends
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for start, end, piece in changes:
        pieces += (text[position:start], piece)
        starts += old_starts[position:start]
        starts += [old_starts[start]] * len(piece)
        ends += old_ends[position:start]
        ends += [old_ends[end - 1]] * len(piece)
        position = end
    starts += old_starts[position:]
    ends += old_ends[position:]
    return Folded("".join([*pieces, text[position:]]), starts, ends)


class Folding:
    """One version of folding: each character by itself, and sequences that stand for one.

    In version 1 sequences were composed before their characters were folded.
    """

    def __init__(self, fold_character: Callable[[str], str], *, composes_first: bool = False) -> None:
        self._table = _FoldTable(fold_character)
        self._codes = CharacterTable(self._table.find_codes)
        self.composes_first = composes_first

    def fold(self, text: str) -> str:
        """The folded form of a text."""
        if len(text) > _SHORT:
            [folded] = self.translate_all([text])
        else:
            folded = (self._compose(text) if self.composes_first else text).translate(self._table)
        return folded if self.composes_first else self.resolve(folded)

    def translate_all(self, texts: Sequence[str]) -> list[str]:
        """Texts with every character folded by itself: what ``fold`` gives before ``resolve``. Fast for many texts."""
        if self.composes_first:
            texts = list(map(self._compose, texts))
        joined = JoinedTexts(texts)
        codes, uneven = self._look_up(joined)
        result = joined.split(decode(codes))
        for number, places in uneven.items():
            result[number] = self._insert(texts[number], result[number], places)
        return result

    def resolve(self, folded: str) -> str:
        """Folded text with the sequences that stand for one character, or for others, as these."""
        return equivalents.SEQUENCE.sub(equivalents.resolve, folded) if equivalents.may_resolve(folded) else folded

    def resolve_with_offsets(self, folded: Folded) -> Folded:
        """As ``resolve``, with offsets."""
        if not equivalents.may_resolve(folded.text):
            return folded
        return folded.replace(equivalents.SEQUENCE, equivalents.resolve)

    def fold_with_offsets(self, text: str) -> Folded:
        """The folded form of a text, with the original span of each of its characters."""
        return self.fold_all_with_offsets([text])[0]

    def fold_all_with_offsets(self, texts: Sequence[str]) -> list[Folded]:
        """The folded form of each text, with the original span of each of its characters."""
        if self.composes_first:
            return self._map_all([Folded(text).replace(equivalents.CLUSTER, equivalents.compose) for text in texts])
        return list(map(self.resolve_with_offsets, self._map_all(list(map(Folded, texts)))))

    def _compose(self, text: str) -> str:
        return equivalents.CLUSTER.sub(equivalents.compose, text) if equivalents.CLUSTER.search(text) else text

    def _insert(self, text: str, translated: str, places: Sequence[int]) -> str:
        """A translated text with the characters at some places of the original folded, too."""
        if len(places) > len(text) // _EVEN:
            return text.translate(self._table)
        parts = [translated[: places[0]]]
        for place, following in zip(places, [*places[1:], len(text)], strict=True):
            parts += (self._table[ord(text[place])], translated[place + 1 : following])
        return "".join(parts)

    def _map_all(self, given: Sequence[Folded]) -> list[Folded]:
        """As ``translate_all``, with offsets."""
        joined = JoinedTexts([one.text for one in given])
        codes, uneven = self._look_up(joined)
        result = []
        for number, (one, text) in enumerate(zip(given, joined.split(decode(codes)), strict=True)):
            own = uneven.get(number, ())
            changes = [(place, place + 1, self._table[ord(one.text[place])]) for place in own]
            result.append(_replace(Folded(text, one.starts, one.ends), changes))
        return result

    def _look_up(self, texts: JoinedTexts) -> tuple[npt.NDArray[np.uint32], dict[int, list[int]]]:
        """The code points with every character folded that is folded to one, and the places of the others by text."""
        codes = self._codes.look_up(texts.codes)
        places = np.flatnonzero(codes == _UNEVEN)
        uneven: dict[int, list[int]] = {}
        if len(places):
            codes[places] = 0
            for number, place in zip(*(part.tolist() for part in texts.locate(places)), strict=True):
                uneven.setdefault(number, []).append(place)
        return codes, uneven


FOLDING_1 = Folding(_fold_character_1, composes_first=True)
FOLDING = Folding(_fold_character)

fold = FOLDING.fold
fold_with_offsets = FOLDING.fold_with_offsets
