"""Text layout: where lines break, and which part of a long passage to show.

All results are spans of the given text, so that highlights keep their offsets. Nothing is printed here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from retriever import Span

# Punctuation that may not begin a line, and punctuation that may not end one.
_CLOSING = frozenset("、。，．·：；？！!,.:;?)]}）］｝〉》」』】〕”’…—ー々〜～%％")
_OPENING = frozenset("([{（［｛〈《「『【〔“‘$￥￡")
# Characters that end a sentence or a clause.
_ENDS = frozenset("。！？；，、!?;,.\n।؟،፡")


def cell_width(text: str) -> int:
    """The width of ``text`` in terminal columns: 2 for a wide character, 0 for a combining mark."""
    from rich.cells import cell_len

    return cell_len(text)


def wrap(text: str, within: Span, width: int) -> list[Span]:
    """Break ``text[within]`` into lines of at most ``width`` columns, without spaces at their ends.

    Lines end at line breaks, at spaces and between wide characters. A line begins with closing punctuation or ends
    with opening punctuation only if nothing else fits.
    """
    lines: list[Span] = []
    start = within.start
    for end in (*_find_newlines(text, within), within.end):
        lines += _wrap_line(text, Span(start, end), max(2, width))
        start = end + 1
    return lines


def select_excerpt(text: str, highlights: Sequence[Span], limit: int, newline: int = 0) -> Span:
    """The part of ``text``, at most ``limit`` columns wide, with the most highlighted characters.

    It begins at a clause if possible; among equal parts the first one wins. A line break counts as ``newline``
    columns.
    """
    columns = list(accumulate((newline if char == "\n" else cell_width(char) for char in text), initial=0))
    if columns[-1] <= limit:
        return Span(0, len(text))
    marked = [0] * len(text)
    for span in highlights:
        marked[span.start : span.end] = [1] * (span.end - span.start)
    counts = list(accumulate(marked, initial=0))

    def end_for(start: int) -> int:
        return bisect_right(columns, columns[start] + limit) - 1

    starts = [0, *(i + 1 for i, char in enumerate(text[:-1]) if char in _ENDS), *(span.start for span in highlights)]
    start = max(starts, key=lambda i: (counts[end_for(i)] - counts[i], -i))
    end = end_for(start)
    marked_end = max((i + 1 for i in range(start, end) if marked[i]), default=start + 1)
    return Span(start, _find_word_end(text, max(marked_end, end - 20), end))


def _find_newlines(text: str, within: Span) -> Iterator[int]:
    return (i for i in range(within.start, within.end) if text[i] == "\n")


def _wrap_line(text: str, line: Span, width: int) -> list[Span]:
    lines: list[Span] = []
    start, used, last_break = line.start, 0, line.start
    for i in range(line.start, line.end):
        columns = cell_width(text[i])
        if i > start and _may_break(text, i):
            last_break = i
        # Repeats if the rest of the line after a break at a space leaves no room for this character either.
        while used + columns > width and columns and not text[i].isspace():
            cut = last_break if last_break > start else i
            lines.append(_strip_span(text, start, cut))
            start = cut
            used = cell_width(text[start:i])
        used += columns
    if start < line.end or not lines:
        lines.append(_strip_span(text, start, line.end))
    return lines


def _may_break(text: str, i: int) -> bool:
    before, after = text[i - 1], text[i]
    if before.isspace():
        return not after.isspace()
    if after in _CLOSING or before in _OPENING or cell_width(after) == 0:
        return False
    return cell_width(before) == 2 or cell_width(after) == 2


def _strip_span(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _find_word_end(text: str, least: int, end: int) -> int:
    """The last position from ``least`` to ``end`` that does not split a word; ``end`` if there is none."""
    for i in range(end, least - 1, -1):
        if i == len(text) or _may_break(text, i):
            return i
    return end
