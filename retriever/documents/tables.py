"""Lays out tables with merged cells, so that every cell keeps its column and every row its labels.

A merged cell stands in each of the rows and columns that it covers, as the reader of a single row needs it. So does the
head of a column in rows far below it, which will be in another passage: ``Item: water | 2022: 120``. What is repeated
is bounded: long texts stand once, and a table never grows beyond a multiple of its own size.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat, zip_longest

# A longer text in a merged cell is not a label; it stands once, with empty cells in its other places.
MAX_LABEL = 80
# Characters that may be added to a table: this many, and this many for each of its own.
SPARE, MAX_GROWTH = 2000, 8
SEPARATOR = " | "
# Rows that begin so many characters behind the head of their table may be in another passage.
FAR = 200
# The longest head of a column, and how many rows below it are looked at for figures.
MAX_HEAD, LOOKED_AT = 40, 10
FIGURE = re.compile(r"[-+−(]?[¥$€£￥]?\d[\d,.]*[%‰)]?")
# What stands above a part of a table that goes on: 续表, 表2（续）, Table 2 (continued).
CONTINUED = re.compile(r"\s*续\s*表|.{0,40}[（(](?:续|續|続|cont)", re.IGNORECASE)
YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text and how many columns and rows it covers. ``continues`` marks a part of the cell above it."""

    text: str = ""
    columns: int = 1
    rows: int = 1
    continues: bool = False


def lay_out(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The rows of a table as lines, ``a | b | c``; rows without text of their own are left out.

    Rows that are far from the head of the table have the heads of their columns: ``A: a | B: b | C: c``.
    """
    return lay_out_part(rows, [])[0]


def lay_out_part(rows: Sequence[Sequence[Cell]], before: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines of a part of a table, and the heads of its columns.

    ``before`` are the heads of the part before it, which are its own if it has none and as many columns.
    """
    layout = _Layout(rows)
    laid = [cells for row in rows if (cells := layout.add(row))]
    heads, first = _find_heads(laid)
    lines: list[str] = []
    away = 0
    if not heads and before and all(len(cells) == len(before) for cells in laid):
        heads, away = list(before), FAR
    for number, cells in enumerate(laid):
        line = SEPARATOR.join(cells)
        away += len(line)
        if heads and number >= first and away > FAR:
            labelled = _label(cells, heads)
            layout.spare -= len(labelled) - len(line)
            line = labelled if layout.spare > 0 else line
        lines.append(line)
    return lines, heads


def _label(cells: Sequence[str], heads: Sequence[str]) -> str:
    """A row with the head of each cell before it."""
    pairs = zip(cells, chain(heads, repeat("")), strict=False)
    return SEPARATOR.join(f"{head}: {cell}" if head and cell and head != cell else cell for cell, head in pairs)


def _find_heads(rows: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """The heads of the columns of a table, and the number of rows that they and the titles above them take.

    A head is a row of short words above rows with figures; [] if there is none. Where it names neighbouring columns
    alike, the row of words below it tells them apart.
    """
    first = next((at for at, row in enumerate(rows) if len(row) > 1), len(rows))
    below = first + 1
    if below < len(rows) - 1 and _has_twins(rows[first]) and _is_head(rows[below]):
        below += 1
    if below >= len(rows) or not all(map(_is_head, rows[first:below])):
        return [], 0
    if not any(FIGURE.fullmatch(cell) for row in rows[below : below + LOOKED_AT] for cell in row):
        return [], 0
    columns = zip_longest(*rows[first:below], fillvalue="")
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns], below


def _is_head(row: Sequence[str]) -> bool:
    """Whether all cells of a row but the first have short words, or the number of a year."""
    return (
        len(row) > 1
        and all(len(cell) <= MAX_HEAD and (not FIGURE.fullmatch(cell) or YEAR.fullmatch(cell)) for cell in row)
        and all(row[1:])
    )


def _has_twins(row: Sequence[str]) -> bool:
    return any(one == other for one, other in pairwise(row))


@dataclass(slots=True)
class _Layout:
    """The state between rows: what stands above each column, and how many more rows it covers, where it does."""

    rows: Sequence[Sequence[Cell]]
    above: list[str] = field(default_factory=list)
    left: dict[int, int] = field(default_factory=dict)
    spare: int = SPARE

    def __post_init__(self) -> None:
        self.above = [""] * _find_width(self.rows)
        own = sum(len(cell.text) + len(SEPARATOR) for row in self.rows for cell in row)
        self.spare += MAX_GROWTH * own

    def add(self, row: Sequence[Cell]) -> list[str]:
        """The texts of a row in its columns; [] if it has no text of its own."""
        line: list[str] = []
        waiting = deque(row)
        last = max(self.left, default=-1)
        while waiting or len(line) <= last:
            at = len(line)
            if left := self.left.pop(at, 0):
                if left > 1:
                    self.left[at] = left - 1
                line.append(self._repeat(self.above[at]))
            elif waiting:
                self._place(waiting.popleft(), line, len(waiting))
            else:
                line.append(self._repeat(""))
        if len(row) == 1 and row[0].columns > 1 and len(set(line)) == 1:
            line = line[:1]
        return line if any(cell.text for cell in row) else []

    def _place(self, cell: Cell, line: list[str], waiting: int) -> None:
        at = len(line)
        room = len(self.above) - at - waiting
        columns = max(1, min(cell.columns, room if self.spare > 0 else 1))
        text = self._repeat(self.above[at]) if cell.continues and at < len(self.above) else cell.text
        for column in range(at, at + columns):
            line.append(text if column == at else self._repeat(text))
            if column < len(self.above) and not cell.continues:
                self.above[column] = text
                self.left.pop(column, 0)
                if cell.rows > 1 and self.spare > 0:
                    self.left[column] = cell.rows - 1

    def _repeat(self, text: str) -> str:
        """``text`` for another place of a merged cell; empty if it is long or the table has grown too much."""
        self.spare -= len(SEPARATOR)
        if len(text) > MAX_LABEL or len(text) > self.spare:
            text = ""
        self.spare -= len(text)
        if self.spare <= 0:
            self.left.clear()
        return text


def _find_width(rows: Sequence[Sequence[Cell]]) -> int:
    """The number of columns that the cells need, however many they claim to cover."""
    width = 0
    ending = [0] * (len(rows) + 1)
    active = 0
    for number, row in enumerate(rows):
        active -= ending[number]
        width = max(width, len(row) + active)
        for cell in row:
            end = min(number + cell.rows, len(rows))
            if end > number + 1:
                active += 1
                ending[end] += 1
    return width
