"""The lexical analyzer: extracts the terms that an index stores in its postings and that a query is matched by.

Terms are extracted from the folded text (see ``normalise``), by the same rules for every language:

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
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain, pairwise
from operator import add
from typing import NamedTuple

from retriever.text.normalise import Folded, fold, fold_with_offsets
from retriever.text.scripts import HANGUL, UNSPACED

#: Increase it when a text may give other terms than before; an index built with another version must be rebuilt.
ANALYZER_VERSION = "1"

_DENSE = UNSPACED + HANGUL
# Vowel signs and other marks that belong to a word, although Python's \w does not match them.
_MARKS = (
    "\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0900-\u0963\u0971-\u0dff\u0f18-\u0f19\u0f71-\u0fbc\u135d-\u135f"
)
#: A letter or digit of a script that separates words by spaces, as a character class.
LETTER = f"[^\\W_{_DENSE}]"
_ANY_LETTER = f"(?:{LETTER}|[{_MARKS}])"


def _number_and_word(letter: str) -> tuple[str, str]:
    return f"[0-9]+(?:[.,][0-9]+)*(?!{letter})", f"{letter}+(?:[-\u2010/_&+.]{letter}+)*"


_NUMBER, _WORD = _number_and_word(_ANY_LETTER)
_RUN = re.compile(f"(?P<dense>[{_DENSE}]+)|(?P<number>{_NUMBER})|(?P<word>{_WORD})")
_SPACED_RUN = re.compile(f"{_NUMBER}|{_WORD}")
# Equivalent for a text without such marks, and twice as fast.
_PLAIN_RUN = re.compile("|".join(_number_and_word(LETTER)))
_HAS_MARKS = re.compile(f"[{_MARKS}]")
_DENSE_TERM = re.compile(f"[{_DENSE}]{{1,2}}")
_PART = re.compile(f"{_ANY_LETTER}+")

# A syllable-like unit of Thai, Lao, Khmer or Myanmar: leading vowel, base, vowel signs, tones and stacked letters.
_FOLLOWS = (
    "\u0e30-\u0e3a\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u17b4-\u17d1\u17d3\u102b-\u1038\u103a-\u103e"
    "\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u109a-\u109d"
)
_UNIT = re.compile(f"[\u0e40-\u0e44\u0ec0-\u0ec4]?(?s:.)(?:[{_FOLLOWS}]|[\u17d2\u1039](?s:.))*")
_HAS_UNITS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]")

_ARABIC_PARTICLE = re.compile("(?:[وفبكل]?ال|لل)(?=..)|[وفبل](?=....)")
_PREFIX_LENGTHS = (4, 6)
_MAX_LENGTH = 64
_MAX_PARTS = 4


class Token(NamedTuple):
    """A term and the span of the text, ``start`` to ``end``, that it was extracted from."""

    term: str
    start: int
    end: int


def extract_terms(text: str) -> list[str]:
    """The terms of a text in order of occurrence, repeated as often as they occur."""
    return [token.term for token in _tokenise(fold(text))]


def count_terms(text: str) -> Counter[str]:
    """How often each term occurs in a text. Equals counting ``extract_terms(text)``, several times faster."""
    return _count_folded(fold(text))


def _count_folded(folded: str) -> Counter[str]:
    parts: list[Iterable[str]] = []
    for run in _RUN.finditer(folded):
        word = run[0]
        if run.lastgroup == "dense" and not _HAS_UNITS.search(word):
            parts += (word, map(add, word, word[1:]))
        else:
            parts.append(_run_terms(word))
    return Counter(chain.from_iterable(parts))


@lru_cache(maxsize=1 << 16)
def _run_terms(run: str) -> tuple[str, ...]:
    """The terms of one run of folded text, cached because words repeat."""
    return tuple(token.term for token in _tokenise(run))


def tokenise(text: str) -> list[Token]:
    """The terms of a text, each with its span in ``text``."""
    folded = fold_with_offsets(text)
    found = _tokenise(folded.text)
    return list(found) if folded.origins is None else [_map_to_original(folded, token) for token in found]


def split_runs(folded: str) -> list[tuple[str, bool]]:
    """The runs of a folded text that terms are extracted from, each with whether its script has no spaces."""
    return [(run[0], run.lastgroup == "dense") for run in _RUN.finditer(folded)]


class TermFinder:
    """Finds a few given terms in many texts: the results of ``count_terms`` and ``tokenise`` for them, much faster."""

    def __init__(self, wanted: Collection[str]) -> None:
        self._all = frozenset(wanted)
        self._dense = [term for term in self._all if _DENSE_TERM.fullmatch(term) and not _HAS_UNITS.search(term)]
        self._rest = self._all.difference(self._dense)
        self._by_run = _WantedTerms(self._rest)

    def counts(self, folded: str) -> dict[str, int]:
        """The number of occurrences of each wanted term that occurs in a folded text."""
        if _HAS_UNITS.search(folded):
            every = _count_folded(folded)
            return {term: every[term] for term in self._all if term in every}
        # Neighbouring characters of such scripts are always in the same run, so every occurrence is a term.
        found = {term: len(_find_all(folded, term)) for term in self._dense if term in folded}
        if self._rest:
            by_run = self._by_run
            runs = _SPACED_RUN if _HAS_MARKS.search(folded) else _PLAIN_RUN
            for wanted in [by_run[run] for run in runs.findall(folded)]:
                for term in wanted:
                    found[term] = found.get(term, 0) + 1
        return found

    def tokens(self, text: str) -> list[Token]:
        """The occurrences of the wanted terms in a text, each with its span, in order of position."""
        folded = fold_with_offsets(text)
        if _HAS_UNITS.search(folded.text):
            found = [token for token in _tokenise(folded.text) if token.term in self._all]
        else:
            found = [Token(term, at, at + len(term)) for term in self._dense for at in _find_all(folded.text, term)]
            for run in _SPACED_RUN.finditer(folded.text):
                if self._by_run[run[0]]:
                    start = run.start()
                    inside = [token for token in _tokenise(run[0]) if token.term in self._rest]
                    found += [Token(token.term, start + token.start, start + token.end) for token in inside]
            found.sort(key=lambda token: (token.start, token.end))
        return found if folded.origins is None else [_map_to_original(folded, token) for token in found]


class _WantedTerms(dict[str, tuple[str, ...]]):
    """A cache of the wanted terms in runs of folded text. Most runs have none, and runs repeat."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted

    def __missing__(self, run: str) -> tuple[str, ...]:
        terms = _run_terms(run)
        found = () if self._wanted.isdisjoint(terms) else tuple(term for term in terms if term in self._wanted)
        self[run] = found
        return found


def _find_all(text: str, term: str) -> list[int]:
    """All offsets at which ``term`` occurs, overlapping occurrences included."""
    places = []
    at = text.find(term)
    while at >= 0:
        places.append(at)
        at = text.find(term, at + 1)
    return places


def _map_to_original(folded: Folded, token: Token) -> Token:
    span = folded.span(token.start, token.end)
    return Token(token.term, span.start, span.end)


def _tokenise(text: str) -> Iterator[Token]:
    """The tokens of a folded text."""
    for run in _RUN.finditer(text):
        start, end = run.span()
        if run.lastgroup == "dense":
            yield from _tokenise_dense(run[0], start)
        elif run.lastgroup == "number":
            yield Token(_normalise_number(run[0])[:_MAX_LENGTH], start, end)
        else:
            yield from _tokenise_compound(run[0], start, end)


def _tokenise_dense(run: str, start: int) -> Iterator[Token]:
    """The units of a script without spaces, and pairs of neighbours. In Han, kana and Hangul a unit is a character."""
    if _HAS_UNITS.search(run):
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
