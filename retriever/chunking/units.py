"""Splits text into units, the smallest pieces that are packed: paragraphs that fit, else sentences, clauses, tokens.

Every unit has its length in the model's tokens. The tokeniser is only called on stretches of bounded length, so that
a document of one very long line costs no more than any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from retriever.chunking.ahead import TokenSpans
from retriever.chunking.markers import find_line_marker
from retriever.chunking.outline import display_width, iter_lines
from retriever.text.sentences import split_clauses, split_sentences
from retriever.types import Span

_WINDOW = 8_000
_ENDINGS = '。！？!?.;；:：…”"』」)）】'


@dataclass(frozen=True, slots=True)
class Unit:
    """A span that packing does not divide, and its number of tokens."""

    start: int
    end: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The span of a paragraph; ``wrapped`` if it has several lines that were broken at a fixed width."""

    start: int
    end: int
    wrapped: bool = False


def find_paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text: its lines, joined where they were only broken at a fixed width."""
    wrap_width = _find_wrap_width(text)
    start, previous = -1, Span(0, 0)
    for line in iter_lines(text):
        if start >= 0 and not _continues(text, previous, line, wrap_width):
            yield Paragraph(start, previous.end, wrapped=start != previous.start)
            start = line.start
        elif start < 0:
            start = line.start
        previous = line
    if start >= 0:
        yield Paragraph(start, previous.end, wrapped=start != previous.start)


def _find_wrap_width(text: str) -> int:
    """The width at which the lines of a text are broken; 0 if they are not."""
    widths = Counter(
        display_width(text[line.start : min(line.end, line.start + 200)]) for line in iter_lines(text[:200_000])
    )
    count = widths.total()
    if count < 8:
        return 0
    ordered = sorted(widths.elements())
    widest = ordered[(len(ordered) - 1) * 95 // 100]
    full = sum(number for size, number in widths.items() if 0.8 * widest <= size <= widest * 1.1)
    return widest if 40 <= widest <= 130 and full >= 0.4 * count else 0


def _continues(text: str, previous: Span, line: Span, wrap_width: int) -> bool:
    """Whether a line continues the paragraph of the line before it."""
    between = text[previous.end : line.start]
    if between.count("\n") != 1 or text[previous.end - 1] in _ENDINGS or between.endswith(("\u3000", "    ", "\t")):
        return False
    before = display_width(text[previous.start : previous.end][:400])
    if before < 30 or find_line_marker(text, line.start, line.end):
        return False
    return text[line.start].islower() or (wrap_width > 0 and before >= 0.8 * wrap_width)


def find_windows(text: str, piece: Paragraph) -> list[list[Span]]:
    """The sentences of a paragraph or a part of one, in the stretches that are tokenised as a whole."""
    return list(_group_by_window(list(_bounded_sentences(text, piece))))


def read_window(text: str, window: Sequence[Span]) -> str:
    """The text that is tokenised to count the tokens of some spans."""
    return text[window[0].start : window[-1].end]


def split_paragraph(
    text: str,
    piece: Paragraph,
    windows: Sequence[Sequence[Span]],
    token_spans: TokenSpans,
    *,
    maximum: int,
    limit: int,
) -> list[Unit]:
    """A paragraph or a part of one as a single unit of at most ``maximum`` tokens, else as its sentences.

    ``windows`` are those of ``find_windows``. A sentence stays whole up to ``limit`` tokens. A longer one is split into
    clauses, a longer clause at tokens.
    """
    counted = [unit for window in windows for unit in _count_window(text, window, token_spans)]
    total = sum(unit.tokens for unit in counted)
    if total <= maximum and piece.end - piece.start <= _WINDOW:
        return [Unit(piece.start, piece.end, total)]
    return [part for unit in counted for part in _split_if_longer(text, unit, token_spans, limit)]


def split_unit(text: str, unit: Unit, token_spans: TokenSpans, limit: int) -> list[Unit]:
    """A unit split into sentences, else clauses, else stretches of at most ``limit`` tokens.

    Gives at least two parts if the unit has at least two non-space characters.
    """
    for find in (split_sentences, split_clauses):
        spans = find(text, unit.start, unit.end)
        if len(spans) > 1:
            parts = _count_tokens(text, spans, token_spans)
            return [piece for part in parts for piece in _split_if_longer(text, part, token_spans, limit)]
    return _cut_at_tokens(text, unit, token_spans, limit)


def _split_if_longer(text: str, unit: Unit, token_spans: TokenSpans, limit: int) -> list[Unit]:
    return split_unit(text, unit, token_spans, limit) if unit.tokens > limit else [unit]


def _cut_at_tokens(text: str, unit: Unit, token_spans: TokenSpans, limit: int) -> list[Unit]:
    """A unit without punctuation, cut after every ``limit`` tokens, into at least two parts."""
    starts = unit.start + token_spans(text[unit.start : unit.end])[:, 0]
    step = max(1, min(limit, (len(starts) + 1) // 2))
    cuts = {int(cut) for cut in starts[step::step] if unit.start < cut < unit.end}
    bounds = sorted({unit.start, *(cuts or {(unit.start + unit.end) // 2}), unit.end})
    spans = [_trim(text, start, end) for start, end in pairwise(bounds)]
    return _count_tokens(text, [span for span in spans if span.start < span.end], token_spans)


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _bounded_sentences(text: str, piece: Paragraph) -> Iterator[Span]:
    """The sentences of a piece; sentences longer than a window are cut."""
    for sentence in split_sentences(text, piece.start, piece.end, wrapped=piece.wrapped):
        if sentence.end - sentence.start <= _WINDOW:
            yield sentence
            continue
        for clause in split_clauses(text, sentence.start, sentence.end):
            for start in range(clause.start, clause.end, _WINDOW):
                part = _trim(text, start, min(clause.end, start + _WINDOW))
                if part.start < part.end:
                    yield part


def _count_tokens(text: str, spans: Sequence[Span], token_spans: TokenSpans) -> list[Unit]:
    """The spans, each with the number of tokens that begin in it, tokenised a window at a time."""
    return [unit for window in _group_by_window(spans) for unit in _count_window(text, window, token_spans)]


def _group_by_window(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """The spans in stretches of at most a window, or of one span."""
    first = 0
    while first < len(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1].end - spans[first].start <= _WINDOW:
            last += 1
        yield list(spans[first : last + 1])
        first = last + 1


def _count_window(text: str, window: Sequence[Span], token_spans: TokenSpans) -> Iterator[Unit]:
    origin = window[0].start
    starts = np.sort(token_spans(read_window(text, window))[:, 0])
    behind = np.searchsorted(starts, [span.end - origin for span in window]).tolist()
    before = 0
    for span, after in zip(window, behind, strict=True):
        yield Unit(span.start, span.end, after - before)
        before = after
