"""Finds words of a claim that look like names that nothing shows, and that no word of an excerpt is like.

A name without capitals and endings is told by how the model's vocabulary splits it: common words are one piece, names
are spelled character by character. Where an excerpt has neither its characters nor anything that means the same, the
name is a stranger there. A word in other words has counterparts that are close in meaning, so it is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.citations.names import squeeze
from retriever.types import Span

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.citations.meaning import EmbeddedClaim

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
# A vocabulary of single characters tells names from words no more.
_MOST_SINGLE = 0.95
# Characters that are words by themselves: they end a name.
_WORDS = frozenset(
    "由在的了和与都也就还被把将从到向对为是有这那其之以所而且或及等着过地得个每各该本不没曾已又再才只很最更让使给"
)
_LEAST_PIECES = 2


@dataclass(frozen=True, slots=True)
class Stranger:
    """A word that may be a name: its place, the tokens of the claim that it is made of, and how to look it up."""

    span: Span
    tokens: tuple[int, ...]
    letters: str


def find_strangers(words: str, claim: EmbeddedClaim) -> list[Stranger]:
    """The words of a claim that may be names, in order."""
    spans = [Span(int(start), int(end)) for start, end in claim.spans]
    found = [*_find_spelled(words, spans), *_find_matches(_KATAKANA, words, spans)]
    if opening := _find_opening(words, spans):
        found.append(opening)
    return sorted(found, key=lambda stranger: stranger.span)


def _find_spelled(words: str, spans: list[Span]) -> list[Stranger]:
    """Two and more Han characters in a row that are tokens by themselves."""
    pieces = [words[span.start : span.end].strip() for span in spans]
    han = [piece for piece in pieces if piece and all(map(_HAN.match, piece))]
    if sum(len(piece) == 1 for piece in han) > _MOST_SINGLE * len(han):
        return []
    found: list[Stranger] = []
    row: list[int] = []
    for number, piece in enumerate([*pieces, ""]):
        single = len(piece) == 1 and bool(_HAN.match(piece)) and piece not in _WORDS
        if row and not (single and spans[row[-1]].end == spans[number].start):
            if len(row) >= _LEAST_PIECES:
                found.append(_stranger(words, spans, row))
            row = []
        if single:
            row.append(number)
    return found


def _find_matches(pattern: re.Pattern[str], words: str, spans: list[Span]) -> list[Stranger]:
    found = []
    for match in pattern.finditer(words):
        row = [number for number, span in enumerate(spans) if match.start() < span.end and span.start < match.end()]
        if row:
            found.append(_stranger(words, spans, row))
    return found


def _find_opening(words: str, spans: list[Span]) -> Stranger | None:
    """The first word, if it has a capital and is made of several pieces: a name, or any word that begins a sentence."""
    match = re.match(r"\W*(?P<word>[^\W\d_]{3,})", words)
    if match is None or not match["word"][0].isupper():
        return None
    start, end = match.span("word")
    row = [number for number, span in enumerate(spans) if start < span.end and span.start < end]
    return _stranger(words, spans, row) if len(row) >= _LEAST_PIECES else None


def _stranger(words: str, spans: list[Span], row: list[int]) -> Stranger:
    span = Span(spans[row[0]].start, spans[row[-1]].end)
    text = words[span.start : span.end]
    lead = len(text) - len(text.lstrip())
    return Stranger(Span(span.start + lead, span.end), tuple(row), squeeze(text))


def is_strange(stranger: Stranger, letters: str, cosines: npt.NDArray[np.float32], least: float) -> bool:
    """Whether an excerpt has neither the word nor anything like it.

    - ``stranger``: the word
    - ``letters``: the folded letters of the excerpt
    - ``cosines``: the largest cosine of each token of the claim with a token of the excerpt: float32 [tokens]
    - ``least``: the cosine below which a token has no counterpart
    """
    own = cosines[list(stranger.tokens)]
    word = stranger.letters
    if len(word) != len(own) or not _HAN.match(word):
        return word not in letters and float(own.mean()) < least
    # Two neighbours are enough: the end of the name may occur in another one.
    low = own < least
    return any(low[at] and low[at + 1] and word[at : at + 2] not in letters for at in range(len(word) - 1))
