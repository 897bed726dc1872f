"""Joins fragments that stand beside each other into lines, each with its cells.

A line is what one reads across: a line of prose is one cell, a row of a table several.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from retriever.documents.pdf.fragments import Fragment

# Baselines of one line differ by less than this many heights.
LEVEL = 0.3
_MAX_CELLS = 40
_MARKER = re.compile(
    r"[(（]?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5}|[一二三四五六七八九十]{1,3})[.)）、．]|[A-Z]?\d{1,2}(?:\.\d{1,3})+\.?"
    r"|第[一二三四五六七八九十百\d]{1,4}[章节條条篇]|[+•◦▪●○■□◆➢►‣∙·*\uf0b7\uf0a7–—-]"
)


@dataclass(frozen=True, slots=True)
class Line:
    """Fragments on one baseline, in the order of reading, which is from the right in Arabic and Hebrew.

    ``left`` and ``right`` are the edges, ``base`` is the baseline and ``height`` that of the largest font.
    """

    cells: tuple[Fragment, ...]
    left: float
    right: float
    base: float
    height: float

    @property
    def top(self) -> float:
        """About the upper edge."""
        return self.base + 0.8 * self.height

    @property
    def bottom(self) -> float:
        """About the lower edge."""
        return self.base - 0.2 * self.height

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """The gaps between the cells, from left to right."""
        return find_gaps([(cell.left, cell.right) for cell in self.cells])


def find_gaps(edges: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The gaps between stretches with a left and a right edge; of no more stretches than tables have columns."""
    return [(one[1], two[0]) for one, two in pairwise(sorted(edges)[:_MAX_CELLS]) if one[1] < two[0]]


def make_line(cells: Sequence[Fragment]) -> Line:
    """The line of these cells."""
    first = cells[0]
    if len(cells) == 1:
        return Line((first,), first.left, first.right, first.base, first.height)
    left, right = min(cell.left for cell in cells), max(cell.right for cell in cells)
    return Line(tuple(cells), left, right, first.base, max(cell.height for cell in cells))


def build_lines(fragments: Sequence[Fragment]) -> list[Line]:
    """The lines of fragments that follow each other, in their order."""
    lines: list[Line] = []
    row: list[Fragment] = []
    left = right = 0.0
    for fragment in fragments:
        if row and is_beside(row[-1], fragment) and (fragment.left >= right - 0.5 or fragment.right <= left + 0.5):
            row.append(fragment)
            left, right = min(left, fragment.left), max(right, fragment.right)
        else:
            if row:
                lines.append(make_line(row))
            row, left, right = [fragment], fragment.left, fragment.right
    return [*lines, make_line(row)] if row else lines


def join_marker(line: Line) -> Line:
    """The line with the number or bullet of a heading or a list in one cell with the text behind it."""
    if len(line.cells) < 2 or not _MARKER.fullmatch(line.cells[0].text.strip()):
        return line
    marker, text = line.cells[:2]
    left, right = min(marker.left, text.left), max(marker.right, text.right)
    joined = Fragment(f"{marker.text.strip()} {text.text.lstrip()}", left, right, text.base, text.height)
    return make_line([joined, *line.cells[2:]])


def sort_lines(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Fragments by lines from the top and within them from the left, for text whose order in the file says nothing."""
    ordered: list[Fragment] = []
    row: list[Fragment] = []
    for fragment in sorted(fragments, key=lambda one: -one.base):
        if row and not is_beside(row[0], fragment):
            ordered.extend(sorted(row, key=lambda one: one.left))
            row = []
        row.append(fragment)
    return ordered + sorted(row, key=lambda one: one.left)


def is_beside(one: Fragment, other: Fragment) -> bool:
    """Whether two fragments stand on one line."""
    return abs(one.base - other.base) <= LEVEL * max(one.height, other.height)
