"""XLSX and its relatives (.xlsm, .xltx, .xltm): the cells of all sheets as they are shown, then what lies on them.

Parsed directly, because no light library gives the format codes by which numbers and dates are shown.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from retriever.documents.charts import RELATION
from retriever.documents.counts import parse_count
from retriever.documents.formula import join_pieces
from retriever.documents.interface import Source
from retriever.documents.office_package import OfficePackage, open_package
from retriever.documents.spreadsheets.document import make_document
from retriever.documents.spreadsheets.drawings import read_drawing
from retriever.documents.spreadsheets.formats import BUILT_IN, GENERAL, show_number
from retriever.documents.spreadsheets.layout import Merged, Sheet, SheetCell, SheetText
from retriever.errors import ReadError
from retriever.surrogates import join_surrogates
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
RANGE = re.compile(r"([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
TRUE = frozenset({"1", "true"})
# Merged cells that are looked at in a sheet.
MAX_MERGED = 20_000
# Numbers that are kept as they are shown: most sheets have the same ones again and again.
MAX_NUMBERS = 50_000


def read_xlsx(source: Source) -> Iterator[Document]:
    """One document, with a heading for each sheet. Its title is that of its properties."""
    with open_package(source, "an XLSX") as package:
        text = SheetText.of(source)
        for sheet in _Workbook(package).iter_sheets():
            text.add(sheet)
        document = make_document(source, text, package.properties())
    yield document


class _Workbook:
    """What the sheets of a workbook share: texts and formats, and cells that show the same."""

    def __init__(self, package: OfficePackage) -> None:
        self.package = package
        self.name = package.main_part("xl/workbook.xml")
        root = package.part(self.name)
        if root is None:
            raise ReadError("the document is broken or not an XLSX: it has no main part")
        self.root = root
        self.relations = package.relations(self.name)
        by_kind = dict(self.relations.values())
        self.strings = self._read_strings(by_kind.get("sharedStrings", "xl/sharedStrings.xml"))
        self.codes = self._read_codes(by_kind.get("styles", "xl/styles.xml"))
        self.numbers: dict[tuple[str, int], SheetCell] = {}
        properties = root.find(S + "workbookPr")
        self.from_1904 = properties is not None and properties.get("date1904") in TRUE

    def iter_sheets(self) -> Iterator[Sheet]:
        for element in self.root.iter(S + "sheet"):
            kind, target = self.relations.get(str(element.get(RELATION)), ("", ""))
            data = self.package.read(target) if kind in {"worksheet", "chartsheet"} else None
            if data is not None:
                sheet = self._read_sheet(str(element.get("name") or ""), data, target)
                for kind, drawing in self.package.relations(target).values():
                    if kind == "drawing":
                        sheet.boxes += read_drawing(self.package, drawing)
                yield sheet

    def _read_strings(self, name: str) -> list[SheetCell]:
        root = self.package.part(name)
        return [] if root is None else [SheetCell(_read_text(item)) for item in root.iterchildren(S + "si")]

    def _read_codes(self, name: str) -> list[str]:
        """The format code of each style of a cell."""
        root = self.package.part(name)
        if root is None:
            return []
        own = {str(item.get("numFmtId")): str(item.get("formatCode") or "") for item in root.iter(S + "numFmt")}
        styles = root.find(S + "cellXfs")
        ids = [str(item.get("numFmtId") or "0") for item in styles] if styles is not None else []
        return [own.get(id_) or (BUILT_IN.get(int(id_), GENERAL) if id_.isdecimal() else GENERAL) for id_ in ids]

    def _read_sheet(self, name: str, data: bytes, target: str) -> Sheet:
        from lxml import etree

        sheet = Sheet(name)
        rows: dict[int, dict[int, SheetCell]] = {}
        if b"purl.oclc.org/ooxml/" in data:
            part = self.package.part(target)
            data = etree.tostring(part) if part is not None else data
        events = etree.iterparse(
            io.BytesIO(data), tag=(S + "row", S + "mergeCell"), resolve_entities=False, no_network=True
        )
        number = -1
        try:
            for _, element in events:
                if element.tag == S + "row":
                    number = parse_count(element.get("r"), number + 2) - 1
                    row = self._read_row(element)
                    if row:
                        rows.setdefault(number, {}).update(row)
                elif len(sheet.merged) < MAX_MERGED and (range_ := RANGE.fullmatch(str(element.get("ref")))):
                    left, top, right, bottom = range_.groups()
                    sheet.merged.append(Merged(int(top) - 1, _column(left), int(bottom) - 1, _column(right)))
                _forget(element)
        except etree.XMLSyntaxError as error:
            raise ReadError(f"the document is broken: {target} cannot be read") from error
        sheet.rows = [(at, _sort(rows.pop(at))) for at in sorted(rows)]
        return sheet

    def _read_row(self, element: _Element) -> dict[int, SheetCell]:
        row: dict[int, SheetCell] = {}
        column = -1
        for cell in element.iterchildren(S + "c"):
            reference = REFERENCE.fullmatch(str(cell.get("r") or ""))
            column = _column(reference[1]) if reference else column + 1
            shown = self._read_cell(cell)
            if shown is not None and shown.text.strip():
                row[column] = shown
        return row

    def _read_cell(self, cell: _Element) -> SheetCell | None:
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            inline = cell.find(S + "is")
            return None if inline is None else SheetCell(_read_text(inline))
        value = cell.findtext(S + "v")
        if value is None:
            return None
        if kind == "s":
            at = parse_count(value, -1)
            return self.strings[at] if 0 <= at < len(self.strings) else None
        if kind == "b":
            return SheetCell("TRUE" if value in TRUE else "FALSE", is_figure=True)
        if kind == "n":
            return self._find_number(value, parse_count(cell.get("s"), 0))
        if kind == "d":
            return SheetCell(value.removesuffix("T00:00:00"), is_figure=True)
        return SheetCell(_unescape(value), is_figure=kind == "e")

    def _find_number(self, value: str, style: int) -> SheetCell:
        known = self.numbers.get((value, style))
        if known is None:
            known = self._show_number(value, style)
            if len(self.numbers) < MAX_NUMBERS:
                self.numbers[value, style] = known
        return known

    def _show_number(self, value: str, style: int) -> SheetCell:
        try:
            number = float(value)
        except ValueError:
            return SheetCell(value)
        if not math.isfinite(number):
            return SheetCell(value, is_figure=True)
        code = self.codes[style] if style < len(self.codes) else GENERAL
        return SheetCell(show_number(number, code, from_1904=self.from_1904), is_figure=True)


def _sort(row: dict[int, SheetCell]) -> dict[int, SheetCell]:
    """The cells of a row by their columns; the row itself if they are, as nearly always."""
    columns = list(row)
    return row if columns == sorted(columns) else {column: row[column] for column in sorted(columns)}


def _read_text(element: _Element) -> str:
    """The text of a string with its runs, without readings."""
    runs = ((_read_place(run), run.findtext(S + "t") or "") for run in element.iterchildren(S + "r"))
    return _unescape((element.findtext(S + "t") or "") + join_pieces(runs))


def _unescape(text: str) -> str:
    """``text`` with the characters that XML cannot hold, which are written by their code."""
    return join_surrogates(ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)) if "_x" in text else text


def _read_place(run: _Element) -> str:
    place = run.find(f"{S}rPr/{S}vertAlign")
    return "" if place is None else str(place.get("val") or "")


def _forget(element: _Element) -> None:
    """Free what has been read of a sheet."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _column(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1
