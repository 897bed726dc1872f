"""Words that are asked for as they stand: quoted phrases, else the whole question where it is short."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from retriever.text.analyzer import LETTER, split_runs
from retriever.text.normalise import fold

_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|「([^「」]+)」|『([^『』]+)』|«([^«»]+)»|„([^„“”]+)[“”]')
# How much more than the words counts that they stand as they were asked for.
VERBATIM = 2.0
LONGEST_TITLE = 400
# A question of more characters is not a name, a number, a title or a phrase.
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a passage has to hold word for word: a pattern for each phrase, and one for the whole question, over
    folded text. Only a ``short`` question can be a name."""

    patterns: tuple[re.Pattern[str], ...]
    whole: re.Pattern[str] | None
    short: bool

    @classmethod
    def of(cls, query: str) -> Phrases:
        """The phrases of a query."""
        quoted = ["".join(groups) for groups in _QUOTED.findall(query)]
        short = len(query) <= LONGEST
        wanted = quoted or ([query] if short else [])
        return cls(
            tuple(pattern for phrase in wanted if (pattern := _compile_pattern(phrase))), _compile_pattern(query), short
        )

    def are_in(self, folded: str) -> bool:
        """Whether a folded text holds every phrase; never where there is none."""
        if not self.patterns:
            return False
        return all(pattern.search(folded) for pattern in self.patterns)

    def is_whole_in(self, folded: str) -> bool:
        """Whether a folded text holds the whole question, which is short."""
        return self.short and self.whole is not None and self.whole.search(folded) is not None

    def is_title(self, title: str) -> bool:
        """Whether the question is this title, whatever marks and spaces are between and around their words."""
        folded = fold(title)
        match = self.whole.search(folded) if self.whole and len(title) <= LONGEST_TITLE else None
        return match is not None and not split_runs(folded[: match.start()]) and not split_runs(folded[match.end() :])

    def raise_coverage(self, coverage: float, folded: str) -> float:
        """The coverage, 0 to 1, of a passage by its folded text; much more for one that holds the phrases."""
        return (coverage + VERBATIM) / (1 + VERBATIM) if coverage and self.are_in(folded) else coverage


def _compile_pattern(phrase: str) -> re.Pattern[str] | None:
    """Its words one after the other, with anything but letters and digits between, none part of a longer word."""
    found = split_runs(fold(phrase))
    if not found:
        return None
    # Only at the ends a word could go on: to compile these takes a millisecond, too much for every word of a long text.
    parts = ["" if found[0][1] else f"(?<!{LETTER})", re.escape(found[0][0])]
    for (_, before), (word, dense) in pairwise(found):
        parts += [r"[\W_]*" if before or dense else r"[\W_]+", re.escape(word)]
    return re.compile("".join(parts) + ("" if found[-1][1] else f"(?!{LETTER})"))
