"""What the OpenDocument formats share: their package, their properties, and the text of a paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.office_package import Package
from retriever.documents.tables import Cell
from retriever.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT, TABLE, OFFICE, DRAW, STYLE = (
    f"{{{OASIS}{name}:1.0}}" for name in ("text", "table", "office", "drawing", "style")
)
PRESENTATION = f"{{{OASIS}presentation:1.0}}"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
PROPERTIES = {
    "title": "title",
    "initial-creator": "author",
    "subject": "subject",
    "keyword": "keywords",
    "description": "description",
    "language": "language",
    "creation-date": "created",
    "date": "modified",
}
# Elements inside a paragraph whose text is no part of it: notes, comments, deletions, readings, drawings.
APART = frozenset(
    (
        *(TEXT + name for name in ("note", "tracked-changes", "ruby-text")),
        *(OFFICE + name for name in ("annotation", "annotation-end")),
        *(DRAW + name for name in ("frame", "g", "custom-shape", "rect", "ellipse", "line", "text-box")),
    )
)
BREAKS = {TEXT + "tab": "\t", TEXT + "line-break": "\n"}
MAX_SPACES = 200
PARAGRAPHS = (TEXT + "p", TEXT + "h")
ROW_GROUPS = frozenset(TABLE + name for name in ("table-header-rows", "table-row-group", "table-rows"))
MAX_SPAN = 1000


def read_content(package: Package) -> _Element:
    """The root of the document's contents. Raises ReadError if they are encrypted or missing."""
    manifest = package.read("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise ReadError("the document is encrypted", hint="save it without a password")
    root = package.part("content.xml")
    if root is None:
        raise ReadError("the document is broken: it has no contents")
    return root


def read_properties(package: Package) -> dict[str, Any]:
    """The properties of the document under the names that all formats share; {} if they are damaged."""
    try:
        root = package.part("meta.xml")
    except ReadError:
        return {}
    properties: dict[str, Any] = {}
    for element in root.iter() if root is not None else ():
        name = PROPERTIES.get(str(element.tag).rpartition("}")[2])
        text = collapse_whitespace(element.text or "")
        if name == "keywords" and name in properties and text:
            properties[name] += f", {text}"
        elif name and text:
            properties.setdefault(name, text)
        elif element.tag == CREATOR and text:
            properties.setdefault("author", text)
        pages = str(element.get(f"{{{OASIS}meta:1.0}}page-count") or "")
        if pages.isdecimal() and int(pages[:9]) > 0:
            properties["pages"] = int(pages[:9])
    return properties


def read_paragraph(element: _Element) -> str:
    """The text of a paragraph, without what stands apart from it."""
    parts = [_collapse(element.text)]
    for child in element:
        if child.tag == TEXT + "s":
            count = str(child.get(TEXT + "c") or "1")
            parts.append(" " * min(int(count[:4]) if count.isdecimal() else 1, MAX_SPACES))
        elif child.tag in BREAKS:
            parts.append(BREAKS[child.tag])
        elif child.tag not in APART and isinstance(child.tag, str):
            parts.append(read_paragraph(child))
        parts.append(_collapse(child.tail))
    return "".join(parts)


def read_repeat(element: _Element, name: str) -> int:
    """How often a row or cell is repeated, as the attribute ``name`` of the table namespace says; at least once."""
    count = str(element.get(TABLE + name) or "1")
    return max(1, int(count)) if count.isdecimal() and len(count) < 9 else 1


def _collapse(text: str | None) -> str:
    """White space as the format means it: any of it is one space."""
    return " ".join(text.replace("\n", " ").split(" ")) if text else ""


def iter_rows(table: _Element) -> Iterator[_Element]:
    """The rows of a table, those in groups of rows included."""
    for child in table:
        if child.tag == TABLE + "table-row":
            yield child
        elif child.tag in ROW_GROUPS:
            yield from iter_rows(child)


def read_table(table: _Element) -> list[list[Cell]]:
    """The cells of a table in a text or on a slide."""
    rows = []
    for row in iter_rows(table):
        cells = []
        for cell in row.iterchildren(TABLE + "table-cell"):
            text = collapse_whitespace(" ".join(read_paragraph(part) for part in cell.iter(*PARAGRAPHS)))
            columns, spanned = read_repeat(cell, "number-columns-spanned"), read_repeat(cell, "number-rows-spanned")
            cells.append(Cell(text, min(columns, MAX_SPAN), min(spanned, MAX_SPAN)))
        rows.append(cells)
    return rows
