"""Finds the few runs of folded texts that have one of the terms that are looked for, in many texts at once.

Most words of a text do not begin like any of these terms, which is seen for all words at once. The others are looked at
one by one: those that do, perhaps behind an Arabic particle, and words and numbers with signs inside, whose terms may
be written otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retriever.text.runs import DENSE, LINKS, MARKS, UNITS, find_spaced, run_terms
from retriever.text.scripts import Characters
from retriever.text.tables import CharacterTable, JoinedTexts

if TYPE_CHECKING:
    import numpy.typing as npt

# What a character is in a run, in bits. All have the first.
_KNOWN, _LETTER, _LINK, _UNIT = 1, 2, 4, 8
_DENSE, _MARKS, _UNITS = Characters(DENSE), Characters(MARKS), Characters(UNITS)
# Runs that begin with a letter from this to that may have a particle, of so many characters at most, before a term.
_ARABIC = ord("\u0620"), ord("\u06ff")
_LONGEST_PARTICLE = 3
# So many beginnings of terms at most are compared with each place; among more, each place is looked up.
FEW = 256


class FoundRun(NamedTuple):
    """A run with wanted terms: the number of its text, where it starts there, and itself."""

    text: int
    start: int
    run: str


class ScannedTexts(JoinedTexts):
    """Several folded texts and what their characters are."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Look at all characters of ``texts``."""
        super().__init__(texts)
        self.bits = _BITS.look_up(self.codes)

    @property
    def with_units(self) -> list[int]:
        """The numbers of the texts with characters of scripts that are split into units."""
        return self.find_owners(np.flatnonzero(self.bits & _UNIT))


class RunFinder:
    """Finds the runs, of scripts with spaces, that have one of the terms ``wanted``."""

    def __init__(self, wanted: Collection[str]) -> None:
        """Prepare to look for ``wanted``, none of them empty."""
        self._terms = _WantedTerms(frozenset(wanted))
        # By the first three characters; no prefix is so short that its star is one of them.
        begin = (map(ord, term[:3].ljust(3, "\0")) for term in wanted)
        known = sorted({first << 42 | second << 21 | third for first, second, third in begin})
        self._begin = np.array(known, np.int64)

    def find(self, texts: ScannedTexts) -> list[FoundRun]:
        """The runs, in no order; of texts with units too, in which they are not terms where they touch."""
        found = [(start, run) for start, run in zip(*self._read(texts), strict=True) if self._terms[run]]
        numbers, places = texts.locate(np.array([start for start, _ in found], np.intp))
        runs = [run for _, run in found]
        return list(map(FoundRun, numbers.tolist(), places.tolist(), runs))

    def count(self, texts: ScannedTexts, counts: Sequence[dict[str, int]]) -> None:
        """Add to ``counts``, those of each text, how often the runs that ``find`` finds there have each term."""
        starts, runs = self._read(texts)
        numbers = texts.locate(np.array(starts, np.intp))[0].tolist()
        # Words repeat: what is alike is counted first.
        for (number, run), count in Counter(zip(numbers, runs, strict=True)).items():
            for term in self._terms[run]:
                counts[number][term] = counts[number].get(term, 0) + count

    def _read(self, texts: ScannedTexts) -> tuple[list[int], list[str]]:
        """Where the runs start in the whole that may have wanted terms, and these runs."""
        letters = texts.bits & _LETTER != 0
        edges = np.flatnonzero(letters[1:] != letters[:-1]) + 1
        starts, ends = edges[::2], edges[1::2]
        goes_on = (texts.bits[ends] & _LINK != 0) & letters[ends + 1]
        # Of pieces that go on in the next one.
        follows = np.concatenate(([False], goes_on[:-1]))
        codes = np.where(letters, texts.codes, 0).astype(np.int64)
        chosen = self._begin_at(codes, starts)
        first = codes[starts]
        arabic = np.flatnonzero((first >= _ARABIC[0]) & (first <= _ARABIC[1]))
        for length in range(1, _LONGEST_PARTICLE + 1) if len(arabic) else ():
            chosen[arabic] |= self._begin_at(codes, starts[arabic] + length)
        chosen &= ~(goes_on | follows)
        places = starts[chosen].tolist()
        runs = [texts.whole[start:end] for start, end in zip(places, ends[chosen].tolist(), strict=True)]
        begins, stops = starts[goes_on & ~follows], ends[follows & ~goes_on]
        for start, end in zip(begins.tolist(), stops.tolist(), strict=True):
            piece = texts.whole[start:end]
            for match in find_spaced(piece).finditer(piece):
                places.append(start + match.start())
                runs.append(match[0])
        return places, runs

    def _begin_at(self, codes: npt.NDArray[np.int64], places: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Whether a wanted term may begin at each place of code points that are 0 between runs: bool [places]."""
        second = codes[places + 1]
        begin = codes[places] << 42 | second << 21 | np.where(second, codes[places + 2], 0)
        found: npt.NDArray[np.bool_]
        if len(self._begin) <= FEW:
            found = (begin == self._begin[:, None]).any(axis=0)
        else:  # A flag for each term and place would take hundreds of megabytes for a long question and long texts.
            found = self._begin[np.searchsorted(self._begin[:-1], begin)] == begin
        return found


class _WantedTerms(dict[str, tuple[str, ...]]):
    """A cache of the wanted terms in runs of folded text. Most runs have none, and runs repeat."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted

    def __missing__(self, run: str) -> tuple[str, ...]:
        terms = run_terms(run)
        found = () if self._wanted.isdisjoint(terms) else tuple(term for term in terms if term in self._wanted)
        self[run] = found
        return found


def _describe(characters: str) -> list[int]:
    return [
        _KNOWN
        | (_LETTER if (one.isalnum() and one not in _DENSE) or one in _MARKS else 0)
        | (_LINK if one in LINKS else 0)
        | (_UNIT if one in _UNITS else 0)
        for one in characters
    ]


_BITS = CharacterTable(_describe)
