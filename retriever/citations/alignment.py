"""The common runs of two texts: what one quotes of the other, whatever the punctuation, width, case and spacing.

Texts are compared by their folded letters and digits. A suffix automaton of one text (Blumer et al. 1985, "The smallest
automaton recognizing the subwords of a text") reads the other, so time is linear in the length of both.
"""

from __future__ import annotations

from dataclasses import dataclass

from retriever.text.normalise import fold_with_offsets
from retriever.text.scripts import script_of
from retriever.types import Span

# The least length of a run: characters of a script of which one is about a syllable or a word, and letters of others.
DENSE_RUN, LETTER_RUN = 5, 14
_DENSE = frozenset(("Han", "Kana", "Hangul"))


@dataclass(frozen=True, slots=True)
class Letters:
    """The folded letters and digits of a text; ``origins[i]`` is the span of ``text[i]`` in the original."""

    text: str
    origins: tuple[Span, ...]

    def span(self, start: int, end: int) -> Span:
        """The span in the original of the non-empty ``text[start:end]``."""
        return Span(self.origins[start].start, self.origins[end - 1].end)


def read_letters(text: str) -> Letters:
    """The letters and digits of a text."""
    folded = fold_with_offsets(text)
    kept = [(character, at) for at, character in enumerate(folded.text) if character.isalnum()]
    return Letters("".join(character for character, _ in kept), tuple(folded.span(at, at + 1) for _, at in kept))


@dataclass(frozen=True, slots=True)
class Run:
    """A run of ``length`` letters that two texts have in common, from ``start`` in one and ``place`` in the other."""

    start: int
    place: int
    length: int


class SubstringAutomaton:
    """Finds the longest substrings of a text in others."""

    def __init__(self, text: str) -> None:
        self._next: list[dict[str, int]] = [{}]
        self._link, self._length, self._end = [-1], [0], [0]
        last = 0
        for position, character in enumerate(text):
            last = self._extend(last, character, position + 1)

    def _extend(self, last: int, character: str, end: int) -> int:
        new = self._add(dict[str, int](), self._length[last] + 1, end)
        state = last
        while state >= 0 and character not in self._next[state]:
            self._next[state][character] = new
            state = self._link[state]
        if state < 0:
            self._link[new] = 0
            return new
        target = self._next[state][character]
        if self._length[state] + 1 == self._length[target]:
            self._link[new] = target
            return new
        copy = self._add(dict(self._next[target]), self._length[state] + 1, self._end[target])
        self._link[copy] = self._link[target]
        while state >= 0 and self._next[state].get(character) == target:
            self._next[state][character] = copy
            state = self._link[state]
        self._link[target] = self._link[new] = copy
        return new

    def _add(self, transitions: dict[str, int], length: int, end: int) -> int:
        self._next.append(transitions)
        self._link.append(-1)
        self._length.append(length)
        self._end.append(end)
        return len(self._next) - 1

    def runs(self, text: str, least: int) -> list[Run]:
        """The longest runs of ``text`` that occur in the automaton's text, each with its first place there.

        Those of ``least`` characters and more; they may overlap, none contains another.
        """
        found: list[Run] = []
        state = length = 0
        for position, character in enumerate(text):
            longest, at = length, state
            while state and character not in self._next[state]:
                state = self._link[state]
                length = self._length[state]
            if character in self._next[state]:
                state = self._next[state][character]
                length += 1
            if length <= longest and longest >= least:
                found.append(Run(position - longest, self._end[at] - longest, longest))
        if length >= least:
            found.append(Run(len(text) - length, self._end[state] - length, length))
        return found


def least_run(text: str) -> int:
    """The least length of a run that is a quotation, for the script that a text is mostly written in.

    A shorter text is one as a whole.
    """
    dense = sum(script_of(character) in _DENSE for character in text)
    return max(min(DENSE_RUN if dense * 2 > len(text) else LETTER_RUN, len(text)), 1)


def coverage(runs: list[Run], length: int) -> float:
    """The share of a text of ``length`` letters that runs of it cover, 0 to 1."""
    covered = reached = 0
    for run in sorted(runs, key=lambda run: run.start):
        covered += max(run.start + run.length - max(run.start, reached), 0)
        reached = max(reached, run.start + run.length)
    return covered / length if length else 0.0
