"""The words of passages, for naming clusters: as people write them, in every script and without word lists.

Where spaces separate words they are what stands between spaces. Chinese, Japanese and Thai have none, and Korean glues
particles to words; there a word is a string that occurs often, whose parts seldom occur apart (pointwise mutual
information), and that neither the next character on the left nor the one on the right completes.
Numbers are not words in any script.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING

from retriever.text.analyzer import split_runs
from retriever.text.runs import MARKS

if TYPE_CHECKING:
    from retriever.text.analyzer import Analyzer

# A string is a word only if it occurs so often in the passages looked at.
LEAST = 3
LONGEST = 12
# How much oftener than by chance the two halves of a word stand together, however it is halved.
COHESION = 30.0
# The share of the occurrences of a string that one and the same character may precede or follow.
COMPLETES = 0.6
# Words with spaces around them: no shorter ones (mostly grammar), no longer ones (data), and none with digits.
SHORTEST, MOST_LETTERS = 3, 70
_LETTER = rf"(?:[^\W\d_]|[{MARKS}])"
_WORD = re.compile(rf"{_LETTER}+(?:[-\u2010'’]{_LETTER}+)*")


class Words:
    """The words in each of some passages."""

    def __init__(self, texts: Sequence[str], analyzer: Analyzer) -> None:
        """Find the words of ``texts``, which decide together what a word is."""
        # Not joined across spaces and line ends, as for a search: what stands on both sides of one is not a word here.
        runs = [split_runs(analyzer.folding.fold(text)) for text in texts]
        dense = [[run for run, is_dense in split if is_dense] for split in runs]
        known = _find_dense_words(dense)
        longest = max(map(len, known), default=0)
        self._found = [
            {*_find_known(run_list, known, longest), *_find_spaced(split)}
            for split, run_list in zip(runs, dense, strict=True)
        ]

    def __getitem__(self, place: int) -> set[str]:
        """The distinct words of a passage, folded."""
        return self._found[place]

    def __len__(self) -> int:
        return len(self._found)


def _find_dense_words(texts: Iterable[Sequence[str]]) -> frozenset[str]:
    """The words in runs of scripts without spaces; the runs of each text together."""
    runs = [run for text in texts for run in text]
    counts: list[Counter[str]] = [Counter(), Counter("".join(runs))]
    total = counts[1].total()
    for length in range(2, LONGEST + 2):
        shorter = counts[-1]
        longer = Counter(
            run[at : at + length]
            for run in runs
            for at in range(len(run) - length + 1)
            if shorter[run[at : at + length - 1]] >= LEAST and shorter[run[at + 1 : at + length]] >= LEAST
        )
        counts.append(Counter({word: count for word, count in longer.items() if count >= LEAST}))
        if not counts[-1]:
            break
    return frozenset(
        word
        for length in range(2, min(LONGEST + 1, len(counts)))
        for word in _keep_complete(counts[length], counts[length + 1] if length + 1 < len(counts) else Counter())
        if _measure_cohesion(word, counts, total) >= COHESION and not is_number(word)
    )


def is_number(word: str) -> bool:
    """Whether a word is a number written in characters, such as 二十, or an ordinal, such as 第十 and 第三条."""
    rest = word.removeprefix("第")
    counted = rest[:-1] if rest != word and len(rest) > 1 and not _is_numeral(rest[-1]) else rest
    return bool(counted) and all(map(_is_numeral, counted))


def _is_numeral(character: str) -> bool:
    return unicodedata.numeric(character, None) is not None


def _keep_complete(counts: Mapping[str, int], longer: Mapping[str, int]) -> list[str]:
    """The strings that no single character on the left or the right completes."""
    most: Counter[str] = Counter()
    for word, count in longer.items():
        for part in (word[1:], word[:-1]):
            most[part] = max(most[part], count)
    return [word for word, count in counts.items() if most[word] < COMPLETES * count]


def _measure_cohesion(word: str, counts: Sequence[Mapping[str, int]], total: int) -> float:
    """How much oftener the parts of a word stand together than by chance, where it is halved worst."""
    least = inf
    for at in range(1, len(word)):
        first, second = word[:at], word[at:]
        least = min(least, counts[len(word)][word] * total / (counts[at][first] * counts[len(second)][second]))
    return least


def _find_known(runs: Iterable[str], known: frozenset[str], longest: int) -> set[str]:
    return {
        run[start:end]
        for run in runs
        for start in range(len(run))
        for end in range(start + 2, min(start + longest, len(run)) + 1)
        if run[start:end] in known
    }


def _find_spaced(runs: Iterable[tuple[str, bool]]) -> set[str]:
    words = (word for run, is_dense in runs if not is_dense for word in _WORD.findall(run))
    return {word for word in words if SHORTEST <= len(word) <= MOST_LETTERS}
