"""Orders the lines of a recognised page by columns: a picture does not say in which order they were written.

A gutter is a place that few lines cross. Those that do, headings across the page, part it into regions; within one,
the left side is read before the right one unless they are the columns of a table, whose lines stand beside each other.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

from retriever.documents.pdf.fragments import Fragment
from retriever.documents.pdf.lines import sort_lines

# The fewest lines of a column, and the least width of most of them in heights.
MIN_LINES, MIN_WIDTH = 3, 5.0
# A gutter is at least this many heights wide, is crossed by no more than this share of lines, and lies this far inside.
GUTTER, CROSSED, INSIDE = 0.8, 0.3, 0.15
# A line is full that is so long beside its column, and columns have so many of them.
FULL, FULL_SHARE = 0.8, 0.5
# Sides of which more lines than this share have a neighbour on their level, within so many heights, may be a table.
LEVEL_SHARE, LEVEL = 0.5, 0.12
# Columns within columns.
MAX_DEPTH = 3


def order_columns(fragments: Sequence[Fragment], depth: int = 0) -> list[Fragment]:
    """The fragments of one direction in the order of reading."""
    rows = sort_lines(fragments)
    gutter = _find_gutter(rows) if depth < MAX_DEPTH and len(rows) >= 2 * MIN_LINES else None
    if gutter is None:
        return rows
    ordered: list[Fragment] = []
    region: list[Fragment] = []
    for one in rows:
        if one.left < gutter < one.right:
            ordered += [*_order_region(region, gutter, depth), one]
            region = []
        else:
            region.append(one)
    return ordered + _order_region(region, gutter, depth)


def _order_region(region: Sequence[Fragment], gutter: float, depth: int) -> list[Fragment]:
    """A region that no line crosses ``gutter`` in: column by column, or row by row where it is a table."""
    left = [one for one in region if one.right <= gutter]
    right = [one for one in region if one.left >= gutter]
    if _are_columns(left, right):
        return order_columns(left, depth + 1) + order_columns(right, depth + 1)
    return list(region)


def _find_gutter(rows: Sequence[Fragment]) -> float | None:
    """The middle of the widest gap that is crossed least, from left to right; None if there is none."""
    edges = sorted({one.left for one in rows} | {one.right for one in rows})
    height = median(one.height for one in rows)
    inside = INSIDE * (edges[-1] - edges[0])
    found: list[tuple[int, float, float]] = []
    for start, end in itertools.pairwise(edges):
        middle = (start + end) / 2
        if end - start < GUTTER * height or not edges[0] + inside <= middle <= edges[-1] - inside:
            continue
        crossed = sum(one.left < middle < one.right for one in rows)
        if crossed <= CROSSED * len(rows):
            found.append((crossed, start - end, middle))
    return min(found)[2] if found else None


def _are_columns(left: Sequence[Fragment], right: Sequence[Fragment]) -> bool:
    if min(len(left), len(right)) < MIN_LINES:
        return False
    if any(median((one.right - one.left) / one.height for one in side) < MIN_WIDTH for side in (left, right)):
        return False
    if all(_measure_full(side) >= FULL_SHARE for side in (left, right)):
        return True
    level = sum(any(abs(one.base - other.base) <= LEVEL * one.height for other in left) for one in right)
    return level <= LEVEL_SHARE * len(right)


def _measure_full(side: Sequence[Fragment]) -> float:
    """The share of lines that are about as long as their column is wide, as those of prose are and cells are not."""
    width = max(one.right for one in side) - min(one.left for one in side)
    return sum(one.right - one.left >= FULL * width for one in side) / len(side)
