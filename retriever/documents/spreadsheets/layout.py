"""Lays out a sheet as text: its name as a heading, then a line for each row, with the heads of its columns.

Rows that follow each other are one table. Its head is found by its cells: above the figures, words. A row of a table
with a head is written ``Item: water | 2022: 120``, so that it says what it says wherever it stands alone. What is no
table is written ``a | b``. What is repeated is bounded by a multiple of the sheet's own size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.interface import Source
from retriever.documents.limits import OUTPUT, OUTPUT_A_BYTE
from retriever.documents.tables import MAX_GROWTH, SEPARATOR, SPARE
from retriever.errors import ReadError
from retriever.types import Place

# Rows that a head may take, and characters of a head that are repeated with each row.
MAX_HEAD_ROWS, MAX_HEAD = 3, 60
# A longer text is not a head; so many rows below tell what a table holds; a head names at least this share of its
# columns.
LONGEST_HEAD, LOOKED_AT, MOSTLY = 120, 10, 0.6
PLAIN_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What a cell shows, and whether it is a figure (a number, a date, a boolean)."""

    text: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """Merged cells, by their first and last row and column, from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """A sheet: its name, its cells that are not empty by row and column from 0, in order, and its merged cells.

    ``boxes`` are lines that lie on the sheet instead of standing in it, as cells where they begin.
    """

    name: str
    rows: list[tuple[int, dict[int, SheetCell]]] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    boxes: list[tuple[int, dict[int, SheetCell]]] = field(default_factory=list)


@dataclass(slots=True)
class SheetText:
    """The text of sheets, and the places of its rows.

    ``most`` is how many characters the cells of the sheets may hold: a text that is stored once can stand in any number
    of them.
    """

    most: int
    blocks: Blocks = field(default_factory=Blocks)
    places: list[Place] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source) -> SheetText:
        """The text of a file, of which nothing has been read yet."""
        return cls(OUTPUT + OUTPUT_A_BYTE * source.size)

    def add(self, sheet: Sheet) -> None:
        """Append a sheet; one without words is left out. Raises ReadError if its cells hold too much."""
        if not sheet.rows and not sheet.boxes:
            return
        name = collapse_whitespace(sheet.name) or "Sheet"
        quoted = name if PLAIN_NAME.fullmatch(name) else "'{}'".format(name.replace("'", "''"))
        own = sum(len(cell.text) + len(SEPARATOR) for _, row in (*sheet.rows, *sheet.boxes) for cell in row.values())
        self.most -= own
        if self.most < 0:
            raise ReadError("its cells come to more text than a file of its size may have")
        spare = SPARE + MAX_GROWTH * own
        self._append(name, quoted, level=1)
        for table in _iter_tables(sheet):
            heads, first = _find_heads(table, sheet.merged)
            for number, row in table[:first]:
                self._append(_join(row.values()), _name_place(quoted, number, row))
            for number, row in table[first:]:
                line = _label(row, heads if spare > 0 else {})
                spare -= len(line)
                self._append(line, _name_place(quoted, number, row))
        for number, row in sheet.boxes:
            self._append(_join(row.values()), _name_place(quoted, number, row))

    def _append(self, text: str, place: str, level: int | None = None) -> None:
        start = self.blocks.length + 2 if self.blocks.parts else 0
        before = len(self.blocks.parts)
        self.blocks.add(text, level=level)
        if len(self.blocks.parts) > before:
            self.places.append(Place(start, place))


def _iter_tables(sheet: Sheet) -> Iterator[list[tuple[int, dict[int, SheetCell]]]]:
    """The rows of a sheet in runs without an empty row between them."""
    table: list[tuple[int, dict[int, SheetCell]]] = []
    for number, row in sheet.rows:
        if table and number > table[-1][0] + 1:
            yield table
            table = []
        table.append((number, row))
    if table:
        yield table


def _find_heads(
    table: Sequence[tuple[int, dict[int, SheetCell]]], merged: Sequence[Merged]
) -> tuple[dict[int, str], int]:
    """The head of each column, and the index of the first row below the heads; no heads where there are none.

    Above the heads are rows of one cell, as titles and notes are. The head takes several rows where merged cells say
    so: one that lies across columns has further heads below it.
    """
    first = next((at for at, (_, row) in enumerate(table) if len(row) > 1), len(table))
    last = first
    while last < len(table) - 1 and last - first < MAX_HEAD_ROWS - 1 and _goes_on(table, last, first, merged):
        last += 1
    if last >= len(table) - 1 or not _is_head(table, first, last):
        return _find_years(table, first)
    return _join_heads(table[first : last + 1], merged), last + 1


def _is_head(table: Sequence[tuple[int, dict[int, SheetCell]]], first: int, last: int) -> bool:
    """Whether rows are a head: short words only, and where there are no figures below, one for each column."""
    cells = [cell for _, row in table[first : last + 1] for cell in row.values()]
    if any(cell.is_figure or len(cell.text) > LONGEST_HEAD for cell in cells):
        return False
    below = [row for _, row in table[last + 1 : last + 1 + LOOKED_AT]]
    if any(cell.is_figure for row in below for cell in row.values()):
        return True
    return len(table[last][1]) >= max(map(len, below))


def _find_years(table: Sequence[tuple[int, dict[int, SheetCell]]], first: int) -> tuple[dict[int, str], int]:
    """The heads of a table whose head has figures, as years are, below which all rows begin with words."""
    if first >= len(table) - 1:
        return {}, first
    head, below = table[first][1], table[first + 1][1]
    figures = [cell.text for cell in head.values() if cell.is_figure]
    words = [cell for cell in head.values() if not cell.is_figure]
    left = min(*head, *below)
    is_head = all(re.fullmatch(r"(?:19|20)\d\d|\d{4}-\d\d(?:-\d\d)?", text) for text in figures)
    starts_with_words = left in below and not below[left].is_figure
    if is_head and starts_with_words and len(words) <= len(head) - len(figures) and len(below) > 1:
        return {column: cell.text[:MAX_HEAD] for column, cell in head.items()}, first + 1
    return {}, first


def _goes_on(
    table: Sequence[tuple[int, dict[int, SheetCell]]], last: int, first: int, merged: Sequence[Merged]
) -> bool:
    """Whether the head goes on below its row ``last``.

    A cell of it lies across columns, or down into the next row; or it leaves most columns to a next row of words.
    """
    number, row = table[last]
    below = table[last + 1][1]
    if any(cell.is_figure for cell in below.values()):
        return False
    if len(row) < MOSTLY * max(len(cells) for _, cells in table[last : last + LOOKED_AT]) and len(row) > 1:
        return True
    return any(
        item.left in row
        and table[first][0] <= item.top <= number
        and ((item.top == number and item.right > item.left and item.bottom == number) or item.bottom > number)
        for item in merged
    )


def _join_heads(rows: Sequence[tuple[int, dict[int, SheetCell]]], merged: Sequence[Merged]) -> dict[int, str]:
    heads: dict[int, list[str]] = {}
    for number, row in rows:
        spans = {item.left: item for item in merged if item.top == number}
        for column, cell in row.items():
            right = spans[column].right if column in spans else column
            for covered in range(column, min(right, column + 200) + 1):
                heads.setdefault(covered, []).append(collapse_whitespace(cell.text))
    return {column: " ".join(dict.fromkeys(texts))[:MAX_HEAD].rstrip(" :：") for column, texts in heads.items()}


def _label(row: dict[int, SheetCell], heads: dict[int, str]) -> str:
    """A row with the head of each cell before it."""
    return SEPARATOR.join(
        f"{heads[column]}: {text}" if heads.get(column) else text
        for column, cell in row.items()
        if (text := collapse_whitespace(cell.text))
    )


def _join(cells: Iterable[SheetCell]) -> str:
    return SEPARATOR.join(text for cell in cells if (text := collapse_whitespace(cell.text)))


def _name_place(sheet: str, number: int, row: dict[int, SheetCell]) -> str:
    """The place of a row: ``Sheet!A2:D2``."""
    first, last = min(row), max(row)
    start = f"{name_column(first)}{number + 1}"
    return f"{sheet}!{start}" if first == last else f"{sheet}!{start}:{name_column(last)}{number + 1}"


def name_column(column: int) -> str:
    """The letters of a column, which counts from 0: ``A``, ``Z``, ``AA``."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
