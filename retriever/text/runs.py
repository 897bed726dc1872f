"""Splits folded text into runs, and runs into terms: by the same rules for every language and every version.

- scripts without spaces, and Hangul, give single characters and pairs of neighbouring characters;
- other scripts give words, and for longer words also their prefixes of four and six letters as ``abcd*``, so that
  inflected forms match without a stemmer; Arabic words also give the form without article and attached particles;
- numbers stay whole (3.2, 2021; 1,234 becomes 1234); codes and compounds give their parts and, if they contain a
  letter, the parts joined: GB/T-7714 gives gb, t, 7714, gbt7714.

Measured with BM25 on XQuAD (1,190 questions per language, 240 paragraphs, mean nDCG@10 of en, de, es, ru, ar): words
alone 0.917, with prefixes of five letters 0.946, with prefixes of four and six 0.949, with Arabic particles 0.956.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, pairwise
from operator import add
from typing import NamedTuple

from retriever.lazy import compile_later
from retriever.text.scripts import HANGUL, UNSPACED

#: Characters of scripts without spaces, and Hangul, as parts of a character class.
DENSE = UNSPACED + HANGUL
#: Vowel signs and other marks that belong to a word, although Python's \w does not match them, in the same form.
MARKS = "\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0900-\u0963\u0971-\u0dff\u0f18-\u0f19\u0f71-\u0fbc\u135d-\u135f"
#: A letter or digit of a script that separates words by spaces, as a character class.
LETTER = f"[^\\W_{DENSE}]"
_ANY_LETTER = f"(?:{LETTER}|[{MARKS}])"
#: What may stand between the letters and digits of one run.
LINKS = "-\u2010/_&+.,"


def _number_and_word(letter: str) -> tuple[str, str]:
    return f"[0-9]+(?:[.,][0-9]+)*(?!{letter})", f"{letter}+(?:[-\u2010/_&+.]{letter}+)*"


_NUMBER, _WORD = _number_and_word(_ANY_LETTER)
SPACED_RUN = compile_later(f"{_NUMBER}|{_WORD}")
# Equivalent for a text without such marks, and twice as fast.
PLAIN_RUN = compile_later("|".join(_number_and_word(LETTER)))
# Equivalent for ASCII, compiled in no time.
_ASCII_RUN = compile_later("|".join(_number_and_word("[0-9A-Za-z]")))
HAS_MARKS = compile_later(f"[{MARKS}]")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
#: A run of such characters.
DENSE_RUN = compile_later(f"([{DENSE}]+)")
_PART = compile_later(f"{_ANY_LETTER}+")

# A syllable-like unit of Thai, Lao, Khmer or Myanmar: leading vowel, base, vowel signs, tones and stacked letters.
_FOLLOWS = (
    "\u0e30-\u0e3a\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u17b4-\u17d1\u17d3\u102b-\u1038\u103a-\u103e"
    "\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u109a-\u109d"
)
_UNIT = compile_later(f"[\u0e40-\u0e44\u0ec0-\u0ec4]?(?s:.)(?:[{_FOLLOWS}]|[\u17d2\u1039](?s:.))*")
#: The scripts of these units, as parts of a character class.
UNITS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
HAS_UNITS = compile_later(f"[{UNITS}]")

_ARABIC_PARTICLE = re.compile("(?:[وفبكل]?ال|لل)(?=..)|[وفبل](?=....)")
# A run with a letter is not a number, whatever it begins with.
_ONLY_NUMBER = re.compile("[0-9]+(?:[.,][0-9]+)*")
_PREFIX_LENGTHS = (4, 6)
_MAX_LENGTH = 64
_MAX_PARTS = 4


class Run(NamedTuple):
    """A run of a folded text and where it starts; ``dense`` if its script has no spaces."""

    text: str
    start: int
    dense: bool


class Token(NamedTuple):
    """A term and the span of the text, ``start`` to ``end``, that it was extracted from."""

    term: str
    start: int
    end: int


def count_terms(folded: str) -> Counter[str]:
    """How often each term occurs in a folded text. Equals counting ``tokenise``, several times faster."""
    # Runs of both kinds are separate, whatever their order.
    pieces = DENSE_RUN.split(folded)
    rest = "\n".join(pieces[::2])
    parts: list[Iterable[str]] = [run_terms(run) for run in find_spaced(rest).findall(rest)]
    for run in pieces[1::2]:
        if HAS_UNITS.search(run):
            parts.append(run_terms(run))
        else:
            parts += (run, map(add, run, run[1:]))
    return Counter(chain.from_iterable(parts))


@lru_cache(maxsize=1 << 16)
def run_terms(run: str) -> tuple[str, ...]:
    """The terms of one run of folded text, cached because words repeat."""
    return tuple(token.term for token in tokenise(run))


def tokenise(text: str) -> Iterator[Token]:
    """The tokens of a folded text."""
    for run, start, dense in find_runs(text):
        if dense:
            yield from _tokenise_dense(run, start)
        elif _ONLY_NUMBER.fullmatch(run):
            yield Token(_normalise_number(run)[:_MAX_LENGTH], start, start + len(run))
        else:
            yield from _tokenise_compound(run, start, start + len(run))


def find_runs(text: str) -> Iterator[Run]:
    """The runs of a folded text, in order."""
    spaced, start = find_spaced(text), 0
    for number, piece in enumerate(DENSE_RUN.split(text)):
        end = start + len(piece)
        if number % 2:
            yield Run(piece, start, dense=True)
        elif spaced is SPACED_RUN or _LETTER_OR_DIGIT.search(piece):
            # Between Han characters there is mostly punctuation, for which the pattern need not be compiled.
            yield from (Run(run[0], run.start(), dense=False) for run in spaced.finditer(text, start, end))
        start = end


def find_spaced(text: str) -> re.Pattern[str]:
    """The pattern for the runs of a text whose scripts have spaces: words and numbers."""
    if text.isascii():
        return _ASCII_RUN
    return SPACED_RUN if HAS_MARKS.search(text) else PLAIN_RUN


def is_dense(term: str) -> bool:
    """Whether a term is of characters of scripts without spaces, or Hangul."""
    return DENSE_RUN.fullmatch(term) is not None


def _tokenise_dense(run: str, start: int) -> Iterator[Token]:
    """The units of a script without spaces, and pairs of neighbours. In Han, kana and Hangul a unit is a character."""
    if HAS_UNITS.search(run):
        units = [Token(match[0], start + match.start(), start + match.end()) for match in _UNIT.finditer(run)]
    else:
        units = [Token(character, at, at + 1) for at, character in enumerate(run, start)]
    yield from units
    for first, second in pairwise(units):
        yield Token(first.term + second.term, first.start, second.end)


def _normalise_number(number: str) -> str:
    """The canonical form of a number: that of 1,234.5 is 1234.5, that of 3,2 is 3.2."""
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", number):
        return number.replace(",", "")
    return number.replace(",", ".")


def _tokenise_compound(run: str, start: int, end: int) -> Iterator[Token]:
    """The word, or the parts of a code or compound and then their concatenation."""
    parts = list(_PART.finditer(run))
    for part in parts:
        yield from _tokenise_word(part[0], start + part.start(), start + part.end())
    if 1 < len(parts) <= _MAX_PARTS and not run[0].isdigit():
        whole = "".join(part[0] for part in parts)
        if len(whole) <= _MAX_LENGTH:
            yield Token(whole, start, end)


def _tokenise_word(word: str, start: int, end: int) -> Iterator[Token]:
    """The word itself and its prefixes."""
    yield Token(word[:_MAX_LENGTH], start, end)
    if "\u0620" <= word[0] <= "\u06ff":
        particle = _ARABIC_PARTICLE.match(word)
        if particle:
            word = word[particle.end() :]
            yield Token(word[:_MAX_LENGTH], start, end)
    if not word[0].isdigit():
        for length in _PREFIX_LENGTHS:
            if len(word) > length:
                yield Token(word[:length] + "*", start, end)
