"""Finds columns of prose whose lines were written across, and reads one column after the other.

Most programs write a column at a time, and then there is nothing to do. Where lines were written across all columns,
the gap between them runs down through several lines, and both sides are prose: sentences that go on from line to line,
unlike the cells of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from retriever.documents.blocks import CJK_CHARACTER
from retriever.documents.pdf.lines import Line, make_line

# The fewest lines across that are taken for columns.
_MIN_LINES = 3
# Lines farther apart than this many heights do not belong together.
_MAX_DISTANCE = 2.5
# The shortest line of prose, in heights.
_MIN_WIDTH = 6.0


def separate_columns(lines: Sequence[Line]) -> list[Line]:
    """The lines with those of each column together, the left one first."""
    result: list[Line] = []
    at = 0
    while at < len(lines):
        end, gutter = _follow_gutter(lines, at)
        region = lines[at:end]
        if gutter is not None:
            left, right = _part(region, gutter)
            if is_prose(left) and is_prose(right):
                result += [*separate_columns(left), *separate_columns(right)]
                at = end
                continue
        result += region
        at = end
    return result


def _follow_gutter(lines: Sequence[Line], start: int) -> tuple[int, float | None]:
    """The end of the longest stretch from ``start`` that one gap runs through, and the middle of the gap.

    If there is none the stretch ends with the first line, so that the next is tried.
    """
    best: tuple[int, float | None] = (start + 1, None)
    for gap in lines[start].gaps:
        end, across, (left, right) = _follow_gap(lines, start, gap)
        if across >= _MIN_LINES and end > best[0]:
            best = (end, (left + right) / 2)
    return best


def _follow_gap(lines: Sequence[Line], start: int, gap: tuple[float, float]) -> tuple[int, int, tuple[float, float]]:
    """The end of the stretch from ``start`` that a gap runs through, how many lines have it, and its narrowest."""
    across = 0
    for end in range(start, len(lines)):
        line = lines[end]
        middle = sum(gap) / 2
        narrowed = (
            max([gap[0], *(cell.right for cell in line.cells if (cell.left + cell.right) / 2 <= middle)]),
            min([gap[1], *(cell.left for cell in line.cells if (cell.left + cell.right) / 2 > middle)]),
        )
        if narrowed[1] - narrowed[0] < 0.5 * line.height or (end > start and not _is_close(lines[end - 1], line)):
            return end, across, gap
        gap = narrowed
        across += len(line.cells) > 1
    return len(lines), across, gap


def _is_close(above: Line, below: Line) -> bool:
    return 0 < above.base - below.base <= _MAX_DISTANCE * max(above.height, below.height)


def _part(lines: Sequence[Line], gutter: float) -> tuple[list[Line], list[Line]]:
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        for side, cells in (
            (sides[0], [cell for cell in line.cells if cell.right <= gutter]),
            (sides[1], [cell for cell in line.cells if cell.right > gutter]),
        ):
            if cells:
                side.append(make_line(cells))
    return sides


def is_prose(lines: Sequence[Line]) -> bool:
    """Whether lines read as sentences that were broken where the column was full.

    In Chinese and Japanese most lines are full to the edge. Elsewhere most are nearly full, and many of those that
    follow another begin with a small letter, or the script has none.
    """
    if len(lines) < _MIN_LINES:
        return False
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    width = right - left
    if width < _MIN_WIDTH * median(line.height for line in lines):
        return False
    texts = [line.cells[0].text for line in lines]
    ideographic = sum(1 for text in texts if CJK_CHARACTER.match(text)) * 2 > len(texts)
    full = sum(line.right - line.left >= (0.9 if ideographic else 0.7) * width for line in lines[:-1])
    if full < 0.6 * (len(lines) - 1):
        return False
    return ideographic or _continues_sentences(texts[1:])


def _continues_sentences(texts: Sequence[str]) -> bool:
    first = [text[0] for text in texts]
    cased = [character for character in first if character.isupper() or character.islower()]
    words = sum(text.count(" ") + 1 for text in texts)
    if len(cased) * 2 < len(first):
        return words >= 3 * len(texts)
    return sum(character.islower() for character in cased) >= 0.4 * len(cased)
