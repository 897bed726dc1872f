"""The lexical analyzer: extracts the terms that an index stores in its postings and that a query is matched by.

A text is folded (``normalise``), joined across line ends and spaced characters (``joining``), and split into words,
numbers and pairs of characters (``runs``) and symbols and signs (``extras``).

An index is searched with the analyzer that its terms were extracted with. So every version stays: a change of the
terms of any text is a new one, which is what an index gets when it is written to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from retriever.frozen import dataclass
from retriever.text import runs
from retriever.text.dense_finder import DenseFinder
from retriever.text.equivalents import find_sequences
from retriever.text.extras import SIGN, find_extras
from retriever.text.joining import find_gaps, join, join_question, join_question_with_offsets, join_with_offsets
from retriever.text.normalise import FOLDING, FOLDING_1, Folded, Folding
from retriever.text.run_finder import RunFinder, ScannedTexts
from retriever.text.runs import Token
from retriever.text.tables import JoinedTexts


@dataclass(frozen=True, slots=True)
class Analyzer:
    """One version of the analyzer; version 1 neither joins nor knows ``extras``.

    Since version 3 what was joined is looked at once more for sequences: 二 〇 二 四 年 is a year, 人 々 are 人人.
    """

    version: str
    folding: Folding
    joins: bool = True
    extras: bool = True
    resolves_joined: bool = True

    def fold(self, text: str) -> str:
        """The text of a passage folded and joined: what its terms are extracted from."""
        return self._join(self.folding.fold(text))

    def fold_all(self, texts: Sequence[str]) -> list[str]:
        """The texts of passages folded and joined, several times faster than one by one."""
        folded = self.folding.translate_all(texts)
        if not self.folding.composes_first:
            for number in _find_unfinished(folded):
                folded[number] = self._join(self.folding.resolve(folded[number]))
        return folded

    def fold_question(self, text: str) -> str:
        """The same for a question, in which spaces between Han words separate them."""
        folded = self.folding.fold(text)
        return self._resolve(join_question(folded)) if self.joins else folded

    def extract_terms(self, text: str) -> list[str]:
        """The terms of a passage in order of occurrence, repeated as often as they occur."""
        return [token.term for token in self._tokenise(self.fold(text))]

    def extract_question_terms(self, text: str) -> list[str]:
        """The terms of a question in order of occurrence, with repetitions."""
        return [token.term for token in self._tokenise(self.fold_question(text))]

    def count_terms(self, text: str) -> Counter[str]:
        """How often each term occurs in a passage. Equals counting ``extract_terms(text)``, several times faster."""
        return self.count_folded(self.fold(text))

    def count_folded(self, folded: str) -> Counter[str]:
        """How often each term occurs in the result of ``fold``."""
        counts = runs.count_terms(folded)
        if self.extras and (extras := [extra.term for extra in find_extras(folded)]):
            counts.update(extras)
        return counts

    def tokenise(self, text: str) -> list[Token]:
        """The terms of a passage, each with its span in ``text``."""
        folded = self.fold_with_offsets(text)
        return [map_to_original(folded, token) for token in self._tokenise(folded.text)]

    def tokenise_question(self, text: str) -> list[Token]:
        """The terms of a question, each with its span in ``text``."""
        folded = self.folding.fold_with_offsets(text)
        if self.joins:
            folded = self._resolve_with_offsets(join_question_with_offsets(folded))
        return [map_to_original(folded, token) for token in self._tokenise(folded.text)]

    def fold_with_offsets(self, text: str) -> Folded:
        """As ``fold``, with offsets."""
        return self.fold_all_with_offsets([text])[0]

    def fold_all_with_offsets(self, texts: Sequence[str]) -> list[Folded]:
        """As ``fold_all``, with offsets."""
        folded = self.folding.fold_all_with_offsets(texts)
        if self.joins:
            for number in _find_unfinished([one.text for one in folded]):
                folded[number] = self._resolve_with_offsets(join_with_offsets(folded[number]))
        return folded

    def finder(self, wanted: Collection[str]) -> TermFinder:
        """Finds the terms ``wanted`` in many texts."""
        return TermFinder(wanted, self)

    def _join(self, folded: str) -> str:
        return self._resolve(join(folded)) if self.joins else folded

    def _resolve(self, joined: str) -> str:
        return self.folding.resolve(joined) if self.resolves_joined else joined

    def _resolve_with_offsets(self, joined: Folded) -> Folded:
        return self.folding.resolve_with_offsets(joined) if self.resolves_joined else joined

    def _tokenise(self, folded: str) -> list[Token]:
        tokens = list(runs.tokenise(folded))
        if self.extras and (extras := [Token(*extra) for extra in find_extras(folded)]):
            tokens = sorted([*tokens, *extras], key=lambda token: token.start)
        return tokens


VERSION_1 = Analyzer("1", FOLDING_1, joins=False, extras=False)
VERSION_2 = Analyzer("2", FOLDING, resolves_joined=False)
CURRENT = Analyzer("3", FOLDING)
_VERSIONS = {analyzer.version: analyzer for analyzer in (VERSION_1, VERSION_2, CURRENT)}

#: The version that indexes are written with. Increase it when a text may give other terms than before, and keep the
#: version before it in ``_VERSIONS``, so that an index that was written with it can still be searched.
ANALYZER_VERSION = CURRENT.version

extract_terms = CURRENT.extract_terms
count_terms = CURRENT.count_terms
tokenise = CURRENT.tokenise


def find_analyzer(version: str) -> Analyzer | None:
    """The analyzer of a version; None for a version that this one does not know."""
    return _VERSIONS.get(version)


class TermFinder:
    """Finds a few given terms in many texts: the results of ``count_terms`` and ``tokenise`` for them, much faster."""

    def __init__(self, wanted: Collection[str], analyzer: Analyzer = CURRENT) -> None:
        self.analyzer = analyzer
        self._all = frozenset(wanted)
        self._dense = [
            term for term in self._all if len(term) <= 2 and runs.is_dense(term) and not runs.HAS_UNITS.search(term)
        ]
        self._places = DenseFinder(self._dense)
        self._rest = self._all.difference(self._dense)
        self._runs = RunFinder(self._rest)
        # Terms that may be extras: those with a sign, and numbers, which may be written with points.
        self._signed = analyzer.extras and any(SIGN.search(term) or term.isdecimal() for term in self._rest)

    def counts(self, folded: Sequence[str]) -> list[dict[str, int]]:
        """The number of occurrences of each wanted term that occurs, in each of some texts folded by the analyzer."""
        texts = ScannedTexts(folded)
        found = self._places.count(texts, len(folded))
        if self._rest:
            self._runs.count(texts, found)
        for own, text in zip(found, folded, strict=True) if self._signed else ():
            for term, _, _ in find_extras(text):
                if term in self._rest:
                    own[term] = own.get(term, 0) + 1
        for number in texts.with_units:
            every = self.analyzer.count_folded(folded[number])
            found[number] = {term: every[term] for term in self._all if term in every}
        return found

    def tokens(self, texts: Sequence[str]) -> list[list[Token]]:
        """The occurrences of the wanted terms in each text, each with its span, in order of position."""
        folded = self.analyzer.fold_all_with_offsets(texts)
        scanned = ScannedTexts([one.text for one in folded])
        found = [
            [Token(term, at, at + len(term)) for term in self._dense for at in _find_all(one.text, term)]
            for one in folded
        ]
        for number, start, run in self._runs.find(scanned) if self._rest else ():
            inside = [token for token in runs.tokenise(run) if token.term in self._rest]
            found[number] += [Token(token.term, start + token.start, start + token.end) for token in inside]
        with_units = scanned.with_units
        return [
            self._tokenise_with_units(text) if number in with_units else self._finish(one, own)
            for number, (text, one, own) in enumerate(zip(texts, folded, found, strict=True))
        ]

    def _finish(self, folded: Folded, found: list[Token]) -> list[Token]:
        if self._signed:
            found += [Token(*extra) for extra in find_extras(folded.text) if extra.term in self._rest]
        found.sort(key=lambda token: (token.start, token.end))
        return [map_to_original(folded, token) for token in found]

    def _tokenise_with_units(self, text: str) -> list[Token]:
        found = [token for token in self.analyzer.tokenise(text) if token.term in self._all]
        return sorted(found, key=lambda token: (token.start, token.end))


def _find_unfinished(folded: Sequence[str]) -> list[int]:
    """The numbers of the texts, of which each character is folded, that joining or resolving sequences may change."""
    joined = JoinedTexts(folded)
    return joined.find_owners(np.concatenate((find_gaps(joined.codes), find_sequences(joined.codes))))


def split_runs(folded: str) -> list[tuple[str, bool]]:
    """The runs of a folded text that words are extracted from, each with whether its script has no spaces."""
    return [(run.text, run.dense) for run in runs.find_runs(folded)]


def map_to_original(folded: Folded, token: Token) -> Token:
    """A token of a folded text with its span in the original."""
    if folded.starts is None:
        return token
    span = folded.span(token.start, token.end)
    return Token(token.term, span.start, span.end)


def _find_all(text: str, term: str) -> list[int]:
    """All offsets at which ``term`` occurs, overlapping occurrences included."""
    places = []
    at = text.find(term)
    while at >= 0:
        places.append(at)
        at = text.find(term, at + 1)
    return places
