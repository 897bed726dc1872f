"""Exact phrases of a question: those in quotes, else the whole question if it is short."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from retriever.text.analyzer import LETTER, split_runs
from retriever.text.normalise import fold

_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|「([^「」]+)」|『([^『』]+)』|«([^«»]+)»|„([^„“”]+)[“”]')
# The weight of an exact match relative to that of the words.
VERBATIM = 2.0
LONGEST_TITLE = 400
# A question of more characters is not a name, a number, a title or a phrase.
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Phrases:
    """Patterns over folded text for the exact phrases of a question, and for the whole question.

    Only a ``short`` question can be a name, a number, a title or a phrase.
    """

    patterns: tuple[re.Pattern[str], ...]
    whole: re.Pattern[str] | None
    short: bool

    @classmethod
    def of(cls, query: str) -> Phrases:
        """The exact phrases of a question."""
        quoted = ["".join(groups) for groups in _QUOTED.findall(query)]
        short = len(query) <= LONGEST
        wanted = quoted or ([query] if short else [])
        return cls(
            tuple(pattern for phrase in wanted if (pattern := _compile_pattern(phrase))), _compile_pattern(query), short
        )

    def occur_in(self, folded: str) -> bool:
        """Whether a folded text contains every phrase; false without phrases."""
        if not self.patterns:
            return False
        return all(pattern.search(folded) for pattern in self.patterns)

    def question_occurs_in(self, folded: str) -> bool:
        """Whether a folded text contains the whole question; false for a long one."""
        return self.short and self.whole is not None and self.whole.search(folded) is not None

    def is_title(self, title: str) -> bool:
        """Whether the question is this title, apart from punctuation and spaces."""
        folded = fold(title)
        match = self.whole.search(folded) if self.whole and len(title) <= LONGEST_TITLE else None
        return match is not None and not split_runs(folded[: match.start()]) and not split_runs(folded[match.end() :])

    def raise_coverage(self, coverage: float, folded: str) -> float:
        """The coverage of a passage, 0 to 1, increased if its folded text contains the phrases."""
        return (coverage + VERBATIM) / (1 + VERBATIM) if coverage and self.occur_in(folded) else coverage


def _compile_pattern(phrase: str) -> re.Pattern[str] | None:
    """A pattern of the words of a phrase in order, with anything but letters and digits between them."""
    found = split_runs(fold(phrase))
    if not found:
        return None
    # No word may be part of a longer one. Only the first and the last can be: between words there are separators. To
    # compile the check takes a millisecond, too much for every word of a long text.
    parts = ["" if found[0][1] else f"(?<!{LETTER})", re.escape(found[0][0])]
    for (_, before), (word, dense) in pairwise(found):
        parts += [r"[\W_]*" if before or dense else r"[\W_]+", re.escape(word)]
    return re.compile("".join(parts) + ("" if found[-1][1] else f"(?!{LETTER})"))
