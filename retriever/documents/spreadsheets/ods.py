"""ODS, the spreadsheets of OpenDocument: the cells of all tables as they are shown, then the words of text boxes.

How a cell is shown, the file says itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.interface import Source
from retriever.documents.office_package import open_package
from retriever.documents.opendocument import (
    DRAW,
    OFFICE,
    PARAGRAPHS,
    TABLE,
    TEXT,
    iter_rows,
    read_content,
    read_paragraph,
    read_properties,
    read_repeat,
)
from retriever.documents.spreadsheets.document import make_document
from retriever.documents.spreadsheets.layout import Merged, Sheet, SheetCell, SheetText
from retriever.documents.tables import MAX_LABEL
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

CELL, COVERED = TABLE + "table-cell", TABLE + "covered-table-cell"
WORDS = frozenset({None, "string"})
# Equal rows and cells that follow each other are written once; so many of them are read.
MAX_REPEATED_ROWS, MAX_REPEATED_CELLS = 100, 100
# A longer row stands once, and so does a cell that is not a label.
LONGEST_ROW = 2000


def read_ods(source: Source) -> Iterator[Document]:
    """One document, with a heading for each sheet. Its title is that of its properties."""
    with open_package(source, "an ODS") as package:
        text = SheetText.of(source)
        for table in read_content(package).iter(TABLE + "table"):
            text.add(_read_sheet(table))
        document = make_document(source, text, read_properties(package))
    yield document


def _read_sheet(table: _Element) -> Sheet:
    sheet = Sheet(str(table.get(TABLE + "name") or ""))
    number = 0
    for shapes in table.iterchildren(TABLE + "shapes"):
        sheet.boxes += _read_boxes(shapes, 0, 0)
    for row in iter_rows(table):
        times = read_repeat(row, "number-rows-repeated")
        cells = _read_row(row, number, sheet)
        if cells:
            most = MAX_REPEATED_ROWS if sum(len(cell.text) for cell in cells.values()) <= LONGEST_ROW else 1
            sheet.rows += [(number + at, cells) for at in range(min(times, most))]
        number += times
    return sheet


def _read_row(row: _Element, number: int, sheet: Sheet) -> dict[int, SheetCell]:
    cells: dict[int, SheetCell] = {}
    column = 0
    for cell in row:
        if cell.tag not in {CELL, COVERED}:
            continue
        times = read_repeat(cell, "number-columns-repeated")
        text = "\n".join(read_paragraph(part) for part in cell.iterchildren(TEXT + "p")).strip()
        if text and cell.tag == CELL:
            is_figure = cell.get(OFFICE + "value-type") not in WORDS
            most = MAX_REPEATED_CELLS if len(text) <= MAX_LABEL else 1
            cells.update({column + at: SheetCell(text, is_figure=is_figure) for at in range(min(times, most))})
            columns, rows = read_repeat(cell, "number-columns-spanned"), read_repeat(cell, "number-rows-spanned")
            if columns > 1 or rows > 1:
                sheet.merged.append(Merged(number, column, number + rows - 1, column + columns - 1))
        sheet.boxes += _read_boxes(cell, number, column)
        column += times
    return cells


def _read_boxes(element: _Element, row: int, column: int) -> Iterator[tuple[int, dict[int, SheetCell]]]:
    """The lines of the shapes in a cell, or of those that belong to none."""
    for shape in element:
        if isinstance(shape.tag, str) and shape.tag.startswith(DRAW):
            for line in shape.iter(*PARAGRAPHS):
                words = collapse_whitespace(read_paragraph(line))
                if words:
                    yield row, {column: SheetCell(words)}
