"""What lies on the sheets of an XLSX: the words of text boxes and the titles of charts, at the cells where they begin.

The values of a chart are those of cells, and are not repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.charts import CHART, RELATION, load_part, read_titles
from retriever.documents.counts import parse_count
from retriever.documents.drawingml import FALLBACK, iter_paragraphs
from retriever.documents.office_package import OfficePackage
from retriever.documents.spreadsheets.layout import SheetCell

if TYPE_CHECKING:
    from lxml.etree import _Element

XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


def read_drawing(package: OfficePackage, name: str) -> Iterator[tuple[int, dict[int, SheetCell]]]:
    """The lines in the drawing of a sheet, as rows of one cell. A part that is broken is left out with a notice."""
    root = load_part(package, name, "the drawing of a sheet")
    relations = package.relations(name) if root is not None else {}
    for anchor in root if root is not None else ():
        row, column = _read_place(anchor, "row"), _read_place(anchor, "col")
        for line in _read_lines(package, anchor, relations):
            yield row, {column: SheetCell(line)}


def _read_lines(package: OfficePackage, anchor: _Element, relations: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for element in anchor.iter(XDR + "txBody", CHART):
        if any(above.tag == FALLBACK for above in element.iterancestors()):
            continue
        if element.tag == CHART:
            _, target = relations.get(str(element.get(RELATION)), ("", ""))
            chart = load_part(package, target, "a chart") if target else None
            lines = read_titles(chart) if chart is not None else []
        else:
            lines = list(iter_paragraphs(element))
        yield from (line for line in map(collapse_whitespace, lines) if line)


def _read_place(anchor: _Element, which: str) -> int:
    """The row or the column at which something begins, from 0; the first where that is not told."""
    return parse_count((anchor.findtext(f"{XDR}from/{XDR}{which}") or "").strip(), 0, digits=7)
