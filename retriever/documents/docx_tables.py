"""The tables of a DOCX: their rows and cells, and what each cell covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retriever.documents.counts import parse_count
from retriever.documents.docx_styles import W, get_value
from retriever.documents.docx_text import SKIPPED
from retriever.documents.tables import Cell

if TYPE_CHECKING:
    from lxml.etree import _Element

DELETED_ROW = f"{W}trPr/{W}del"
DELETED_CELL = f"{W}tcPr/{W}cellDel"
# More columns than Word allows in a table.
MAX_COLUMNS = 64


def iter_rows(table: _Element) -> Iterator[_Element]:
    """The rows of a table that tracked changes have not deleted."""
    return (row for row in _iter_inner(table, "tr") if row.find(DELETED_ROW) is None)


def iter_cells(row: _Element) -> Iterator[_Element]:
    """The cells of a row that tracked changes have not deleted."""
    return (cell for cell in _iter_inner(row, "tc") if cell.find(DELETED_CELL) is None)


def iter_cell_paragraphs(cell: _Element) -> Iterator[_Element]:
    """The paragraphs of a cell in order, those of nested tables included."""
    for child in cell:
        if child.tag == W + "p":
            yield child
        elif child.tag not in SKIPPED:
            yield from iter_cell_paragraphs(child)


def make_cell(element: _Element, text: str) -> Cell:
    """A cell with its text and the columns that it covers."""
    merged = element.find(f"{W}tcPr/{W}vMerge")
    columns = parse_count(get_value(element.find(f"{W}tcPr/{W}gridSpan")), 1)
    return Cell(
        text, max(1, min(columns, MAX_COLUMNS)), continues=merged is not None and get_value(merged) != "restart"
    )


def _iter_inner(element: _Element, name: str) -> Iterator[_Element]:
    """The rows of a table or the cells of a row, at any depth except inside nested tables."""
    for child in element:
        if child.tag == W + name:
            yield child
        elif child.tag not in SKIPPED and child.tag != W + "tbl":
            yield from _iter_inner(child, name)
