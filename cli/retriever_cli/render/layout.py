"""Text layout: where lines break, and which part of a long passage to show.

All results are spans of the given text, so that highlights keep their offsets. Nothing is printed here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from retriever import Span

# Punctuation that may not begin a line, and punctuation that may not end one.
_CLOSING = frozenset("、。，．·：；？！!,.:;?)]}）］｝〉》」』】〕”’…—ー々〜～%％")
_OPENING = frozenset("([{（［｛〈《「『【〔“‘$￥￡")
# Characters that end a sentence or a clause.
_ENDS = frozenset("。！？；，、!?;,.\n।؟،፡")


# A cluster of joined emoji is cut where it gets wider: no emoji is.
_WIDEST_CLUSTER = 8
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
# Where the second column of a line such as ``documents  13 added`` begins.
_LABEL = re.compile(r" *\S+ {2,}(?=\S)")


# Lines are measured by character, and characters repeat.
@lru_cache(maxsize=1 << 12)
def cell_width(text: str) -> int:
    """The width of ``text`` in terminal columns: 2 for a wide character, 0 for a combining mark.

    Of joined emoji each counts, and an emoji style makes a character wide, because some terminals show them so.
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    joined = text.split(_JOINER) if _JOINER in text else [text]
    return sum(cell_len(part) if _EMOJI_STYLE not in part else _measure_styled(part) for part in joined)


def _measure_styled(text: str) -> int:
    return sum(cluster.columns for cluster in _split_clusters(text, Span(0, len(text))))


@dataclass(frozen=True, slots=True)
class _Cluster:
    """A character with what is drawn onto or joined to it: never cut within."""

    start: int
    columns: int


def _split_clusters(text: str, within: Span) -> Iterator[_Cluster]:
    start, columns = within.start, 0
    for i in range(within.start, within.end):
        char = text[i]
        width = _widen(columns) if char == _EMOJI_STYLE else cell_width(char)
        joined = i > start and (
            width == 0 or char == _EMOJI_STYLE or text[i - 1] == _JOINER or _is_flag(text, start, i)
        )
        if i > start and not (joined and columns + width <= _WIDEST_CLUSTER):
            yield _Cluster(start, columns)
            start, columns = i, 0
        columns += width
    if start < within.end:
        yield _Cluster(start, columns)


def _widen(columns: int) -> int:
    """What an emoji style adds to a cluster of so many columns."""
    return int(columns == 1)


def _is_flag(text: str, start: int, i: int) -> bool:
    """Whether the characters at ``start`` and ``i`` are the two letters of a flag."""
    return i == start + 1 and "\U0001f1e6" <= text[i] <= "\U0001f1ff" and "\U0001f1e6" <= text[start] <= "\U0001f1ff"


def wrap(text: str, within: Span, width: int, *, first: int | None = None) -> list[Span]:
    """Break ``text[within]`` into lines of at most ``width`` columns, without spaces at their ends.

    Lines end at line breaks, at spaces and between wide characters. A line begins with closing punctuation or ends
    with opening punctuation only if nothing else fits. ``first`` is the width of the first line if it differs.
    """
    lines: list[Span] = []
    start = within.start
    for end in (*_find_newlines(text, within), within.end):
        lines += _wrap_line(text, Span(start, end), max(2, width), max(2, (first or width) if not lines else width))
        start = end + 1
    return lines


def wrap_text(text: str, width: int) -> list[str]:
    """The lines of a text, broken as ``wrap`` does it."""
    return [text[line.start : line.end] for line in wrap(text, Span(0, len(text)), width)]


def fold(text: str, width: int) -> str:
    """Break the lines of ``text`` that are wider than ``width``; what continues a line is indented."""
    return "\n".join(line if cell_width(line) <= width else _fold_line(line, width) for line in text.split("\n"))


def _fold_line(line: str, width: int) -> str:
    margin = len(line) - len(line.lstrip(" "))
    label = _LABEL.match(line)
    indent = cell_width(label[0]) if label else margin + 2
    if indent > width // 2:
        indent = min(margin, width // 4) + 2
    lead = label[0] if label and cell_width(label[0]) == indent else line[: min(margin, width // 4)]
    rest = line[len(lead) :].lstrip(" ")
    spans = wrap(rest, Span(0, len(rest)), width - indent, first=width - cell_width(lead))
    return ("\n" + " " * indent).join(
        (lead if i == 0 else "") + rest[span.start : span.end] for i, span in enumerate(spans)
    )


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


def _wrap_line(text: str, line: Span, width: int, first: int) -> list[Span]:
    lines: list[Span] = []
    start, used, last_break = line.start, 0, line.start
    limit = first
    for cluster in _split_clusters(text, line):
        i, columns = cluster.start, cluster.columns
        if i > start and _may_break(text, i):
            last_break = i
        # Repeats if the rest of the line after a break at a space leaves no room for this character either.
        while used + columns > limit and columns and not text[i].isspace() and i > start:
            cut = last_break if last_break > start else i
            lines.append(_strip_span(text, start, cut))
            start, limit = cut, width
            used = cell_width(text[start:i])
        used += columns
    if start < line.end or not lines:
        lines.append(_strip_span(text, start, line.end))
    return lines


def _may_break(text: str, i: int) -> bool:
    before, after = text[i - 1], text[i]
    if before.isspace():
        return not after.isspace()
    if after in _CLOSING or before in _OPENING or before == _JOINER or cell_width(after) == 0:
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
