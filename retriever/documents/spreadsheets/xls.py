"""XLS, the workbooks of Excel 97 to 2003 and before: the cells of all sheets as they are shown, then text boxes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from retriever.documents.interface import Source
from retriever.documents.ole import ENCRYPTED, NO_PASSWORD, open_compound
from retriever.documents.sniff import OLE
from retriever.documents.spreadsheets.document import make_document
from retriever.documents.spreadsheets.formats import GENERAL, show_number
from retriever.documents.spreadsheets.layout import Merged, Sheet, SheetCell, SheetText
from retriever.documents.spreadsheets.xls_boxes import Boxes, read_boxes
from retriever.errors import ReadError
from retriever.signals import raise_of_signal
from retriever.types import Document

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Cell
    from xlrd.sheet import Sheet as XlsSheet

BOOLEANS = ("FALSE", "TRUE")
# Kinds of cells that only have a format; a sheet may have millions of them.
EMPTY = (0, 6)


def read_xls(source: Source) -> Iterator[Document]:
    """One document, with a heading for each sheet. Its title is that of its properties."""
    data = source.read_bytes()
    properties: dict[str, Any] = {}
    boxes: Boxes = {}
    if data.startswith(OLE):
        with open_compound(source, "an XLS") as file:
            properties = file.properties()
            with suppress(OSError, IndexError):  # the library may still find the cells
                boxes = read_boxes(file.read("Workbook"))
    try:
        text = _read_book(source, data, boxes, formats=True)
    except ReadError as error:
        if str(error) == ENCRYPTED:
            raise
        # What is wrong may be the formats, or they are too old for the library: cells are worth more.
        text = _read_book(source, data, boxes, formats=False)
    yield make_document(source, text, properties)


def _read_book(source: Source, data: bytes, boxes: Boxes, *, formats: bool) -> SheetText:
    """The text of all sheets. Raises ReadError, whatever the library raises on records that are damaged or cut off."""
    import xlrd

    text = SheetText.of(source)
    try:
        book = xlrd.open_workbook(
            file_contents=data,
            logfile=io.StringIO(),
            formatting_info=formats,
            on_demand=True,
            ragged_rows=True,
        )
        for number in range(book.nsheets):
            sheet = _read_sheet(book, book.sheet_by_index(number))
            sheet.boxes = boxes.get(number, [])
            text.add(sheet)
            book.unload_sheet(number)
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise ReadError(ENCRYPTED, hint=NO_PASSWORD) from error
        raise ReadError(f"the workbook is broken: {error}") from error
    except Exception as error:
        raise_of_signal(error)
        raise ReadError("the workbook is broken: its records cannot be read") from error
    return text


def _read_sheet(book: Book, sheet: XlsSheet) -> Sheet:
    read = Sheet(sheet.name)
    for number in range(sheet.nrows):
        row = {}
        for column, kind in enumerate(sheet.row_types(number)):
            if kind in EMPTY:
                continue
            shown = _show(book, sheet.cell(number, column))
            if shown is not None and shown.text.strip():
                row[column] = shown
        if row:
            read.rows.append((number, row))
    read.merged = [Merged(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
    return read


def _show(book: Book, cell: Cell) -> SheetCell | None:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_TEXT:
        return SheetCell(str(cell.value))
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return SheetCell(show_number(cell.value, _find_code(book, cell), from_1904=bool(book.datemode)), True)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return SheetCell(BOOLEANS[bool(cell.value)], is_figure=True)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return SheetCell(str(xlrd.error_text_from_code.get(cell.value, "#N/A")), is_figure=True)
    return None


def _find_code(book: Book, cell: Cell) -> str:
    """The format code of a cell; one for dates where the workbook is too old to say how it shows them."""
    import xlrd

    index = cell.xf_index
    if index is not None and index < len(book.xf_list):
        known = book.format_map.get(book.xf_list[index].format_key)
        if known is not None:
            return str(known.format_str)
    return "yyyy-mm-dd" if cell.ctype == xlrd.XL_CELL_DATE else GENERAL
