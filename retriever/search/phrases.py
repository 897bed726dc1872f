"""Exact phrases of a question: those in quotes, else the whole question if it is short."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from retriever.frozen import dataclass
from retriever.lazy import compile_later, lazy
from retriever.text.analyzer import CURRENT, Analyzer, split_runs
from retriever.text.extras import find_extras
from retriever.text.normalise import fold
from retriever.text.runs import LETTER, find_runs
from retriever.text.scripts import HANGUL, Characters

# The quotation marks of the world, opening and closing; »…« and „…“ among them. A mark may close what it also opens.
_MARKS = re.findall("..", '""“”„“„”””‘’‚‘«»»«‹››‹「」『』｢｣＂＂〝〞〝〟❝❞')
# Those of titles of works and laws.
_TITLE_MARKS = ("《》", "〈〉")
_QUOTED = re.compile("|".join(f"{pair[0]}([^{pair}]+){pair[1]}" for pair in (*_MARKS, *_TITLE_MARKS)))
# The weight of an exact match relative to that of the words.
VERBATIM = 2.0
# Different phrases of a question that are looked for, and characters of one: more than any question has, and a limit
# for a pasted page, since to compile a pattern takes a millisecond.
MOST_PHRASES = 16
LONGEST_PHRASE = 400
LONGEST_TITLE = 400
# A question of more characters is not a name, a number, a title or a phrase.
LONGEST = 80
# Particles that Korean attaches to a noun. Left out are those that many nouns end in by themselves (이, 가, 도, 로).
_KOREAN_NOUN = compile_later(f"([{HANGUL}]{{2,}}?)((?:에서|에게|부터|까지|으로)(?:는|도|의)?|에|은|는|을|를|의)")
_HANGUL = Characters(HANGUL)
_BETWEEN_HANGUL = compile_later(f"(?<=[{HANGUL}])(?=[{HANGUL}])")


class _Piece(NamedTuple):
    """A word, a name with its sign or a symbol of a phrase; ``loose`` if it need not be apart from others."""

    text: str
    loose: bool


class Phrase:
    """A phrase to look for in folded texts: its words in order, with anything but letters and digits between them.

    Its pattern is compiled for the first text that has all the words, which most questions never meet: that takes a
    millisecond.
    """

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self._pieces = pieces
        self._needed = [piece.text for piece in pieces]
        if any(character in _HANGUL for text in self._needed for character in text):
            if len(pieces) == 1 and (noun := _KOREAN_NOUN.fullmatch(self._needed[0])):
                self._needed = [noun[1]]
            # Between characters of Hangul a text may have spaces.
            self._needed = [part for text in self._needed for part in _BETWEEN_HANGUL.split(text)]

    @lazy
    def pattern(self) -> re.Pattern[str]:
        """What is looked for."""
        return _compile_pattern(self._pieces)

    def search(self, folded: str) -> re.Match[str] | None:
        """The first place of the phrase in a folded text; None if it does not contain it."""
        return self.pattern.search(folded) if all(part in folded for part in self._needed) else None


@dataclass(frozen=True, slots=True)
class Phrases:
    """The exact phrases of a question, and the whole question, as patterns over folded text.

    ``titles`` are those of ``patterns`` that are quoted as titles: they may stand in the title of a document instead.
    Only a ``short`` question can be a name, a number, a title or a phrase.
    """

    patterns: tuple[Phrase, ...]
    titles: frozenset[Phrase]
    whole: Phrase | None
    short: bool

    @classmethod
    def of(cls, query: str, analyzer: Analyzer = CURRENT) -> Phrases:
        """The exact phrases of a question, for texts that ``analyzer`` folded."""
        short = len(query) <= LONGEST
        patterns: list[Phrase] = []
        titles: list[Phrase] = []
        quoted = {match[0]: match for match in _QUOTED.finditer(query)}
        for match in list(quoted.values())[:MOST_PHRASES]:
            if pattern := _make_phrase("".join(filter(None, match.groups()))[:LONGEST_PHRASE], analyzer):
                patterns.append(pattern)
                titles += [pattern] if match[0][0] in "《〈" else []
        # No longer question is a title, and to compile it takes a second.
        whole = _make_phrase(query, analyzer) if len(query) <= LONGEST_TITLE else None
        if not quoted and short and whole:
            patterns.append(whole)
        return cls(tuple(patterns), frozenset(titles), whole, short)

    def occur_in(self, folded: str, title: str = "") -> bool:
        """Whether a folded text, or the title of its document for a title, contains every phrase.

        False without phrases.
        """
        return bool(self.patterns) and all(
            pattern.search(folded) or (pattern in self.titles and pattern.search(fold(title)))
            for pattern in self.patterns
        )

    def question_occurs_in(self, folded: str) -> bool:
        """Whether a folded text contains the whole question; false for a long one."""
        return self.short and self.whole is not None and self.whole.search(folded) is not None

    def is_title(self, title: str) -> bool:
        """Whether the question is this title, apart from punctuation and spaces."""
        folded = fold(title)
        match = self.whole.search(folded) if self.whole and len(title) <= LONGEST_TITLE else None
        return match is not None and not split_runs(folded[: match.start()]) and not split_runs(folded[match.end() :])

    def raise_coverage(self, coverage: float, folded: str, title: str = "") -> float:
        """The coverage of a passage, 0 to 1, increased if its folded text contains the phrases."""
        return (coverage + VERBATIM) / (1 + VERBATIM) if coverage and self.occur_in(folded, title) else coverage


def _make_phrase(text: str, analyzer: Analyzer) -> Phrase | None:
    """A phrase of the words of a text; None if it has none."""
    pieces = list(_split_phrase(analyzer.fold_question(text)))
    return Phrase(pieces) if pieces else None


def _compile_pattern(pieces: Sequence[_Piece]) -> re.Pattern[str]:
    # No word may be part of a longer one. Only the first and the last can be: between words there are separators. To
    # compile the check takes a millisecond, too much for every word of a long text.
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1 and (noun := _KOREAN_NOUN.fullmatch(first.text)):
        return re.compile(f"{_escape(_Piece(noun[1], True))}(?:{noun[2]})?")
    parts = [_look_before(first), _escape(first)]
    for before, piece in pairwise(pieces):
        parts += [r"[\W_]*" if before.loose or piece.loose else r"[\W_]+", _escape(piece)]
    return re.compile("".join([*parts, _look_after(last)]))


def _split_phrase(folded: str) -> Iterator[_Piece]:
    """The words of a folded phrase, those with a sign whole: C++, .NET, §."""
    position = 0
    signed = (extra for extra in find_extras(folded) if not (extra.term[0] + extra.term[-1]).isalnum())
    for extra in sorted(signed, key=lambda one: (one.start, -one.end)):
        if extra.start >= position:
            yield from _split_words(folded[position : extra.start])
            yield _Piece(extra.term, loose=not any(map(str.isalnum, extra.term)))
            position = extra.end
    yield from _split_words(folded[position:])


def _split_words(folded: str) -> Iterator[_Piece]:
    return (_Piece(run.text, loose=run.dense) for run in find_runs(folded))


def _escape(piece: _Piece) -> str:
    # Korean is written with and without spaces between the words of a compound.
    return _BETWEEN_HANGUL.sub(r"\\s?", re.escape(piece.text)) if piece.loose else re.escape(piece.text)


def _look_before(piece: _Piece) -> str:
    if piece.loose:
        return ""
    return f"(?<!{LETTER})" + ("(?<![0-9][.,])" if piece.text[0].isdigit() else "")


def _look_after(piece: _Piece) -> str:
    """That the last word ends there: a 3.1 is not part of 3.10 or 3.1.4, a C not of C++."""
    if piece.loose:
        return ""
    if not piece.text[-1].isalnum():
        return "(?![+#])"
    return f"(?!{LETTER}|\\+\\+|#(?!\\w)" + ("|[.,][0-9])" if piece.text[-1].isdigit() else ")")
