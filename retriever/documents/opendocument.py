"""What the OpenDocument formats share: their package, their properties, and the text of a paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.counts import parse_count
from retriever.documents.formula import lower_text, raise_text
from retriever.documents.office_package import OfficePackage
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
# Elements whose text is not part of what they stand in: notes, which come at the end, comments, deletions, readings.
ELSEWHERE = frozenset(
    (
        *(TEXT + name for name in ("note", "tracked-changes", "ruby-text")),
        OFFICE + "annotation",
        OFFICE + "annotation-end",
    )
)
BREAKS = {TEXT + "tab": "\t", TEXT + "line-break": "\n"}
MAX_SPACES = 200
PARAGRAPHS = (TEXT + "p", TEXT + "h")
ROW_GROUPS = frozenset(TABLE + name for name in ("table-header-rows", "table-row-group", "table-rows"))
MAX_SPAN = 1000


def read_content(package: OfficePackage) -> _Element:
    """The root of the document's contents. Raises ReadError if they are encrypted or missing."""
    manifest = package.read("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise ReadError("the document is encrypted", hint="save it without a password")
    root = package.part("content.xml")
    if root is None:
        raise ReadError("the document is broken: it has no contents")
    _shift_spans(root)
    return root


def _shift_spans(root: _Element) -> None:
    """Write raised and lowered words as superscripts and subscripts."""
    shifts = {}
    for style in root.iter(STYLE + "style"):
        for properties in style.iterchildren(STYLE + "text-properties"):
            position = str(properties.get(STYLE + "text-position") or "").split(" ")[0]
            if position.strip("-0%"):
                shifts[style.get(STYLE + "name")] = lower_text if position.startswith(("-", "sub")) else raise_text
    for span in root.iter(TEXT + "span") if shifts else ():
        shift = shifts.get(span.get(TEXT + "style-name"))
        if shift is not None and span.text and not len(span):
            sibling, parent = span.getprevious(), span.getparent()
            if sibling is not None:
                before = sibling.tail or "".join(sibling.itertext())
            else:
                before = (parent.text if parent is not None else "") or ""
            span.text = shift(before[-1:], span.text)


def stands_apart(element: _Element) -> bool:
    """Whether the text of an element inside a paragraph is not part of it: notes, comments and the like, drawings."""
    tag = element.tag
    return tag in ELSEWHERE or (isinstance(tag, str) and tag.startswith(DRAW) and tag != DRAW + "a")


def read_properties(package: OfficePackage) -> dict[str, Any]:
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
        if pages := parse_count(element.get(f"{{{OASIS}meta:1.0}}page-count"), 0):
            properties["pages"] = pages
    return properties


def read_paragraph(element: _Element) -> str:
    """The text of a paragraph, without what stands apart from it."""
    parts = [_collapse(element.text)]
    for child in element:
        if child.tag == TEXT + "s":
            parts.append(" " * min(parse_count(child.get(TEXT + "c"), 1), MAX_SPACES))
        elif child.tag in BREAKS:
            parts.append(BREAKS[child.tag])
        elif isinstance(child.tag, str) and not stands_apart(child):
            parts.append(read_paragraph(child))
        parts.append(_collapse(child.tail))
    return "".join(parts)


def read_repeat(element: _Element, name: str) -> int:
    """How often a row or cell is repeated, as the attribute ``name`` of the table namespace says; at least once."""
    return max(1, parse_count(element.get(TABLE + name), 1))


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


def _iter_paragraphs(element: _Element) -> Iterator[_Element]:
    """The paragraphs of a cell at any depth, those of boxes and of tables in it included."""
    for child in element:
        if child.tag in PARAGRAPHS:
            yield child
        if child.tag not in ELSEWHERE:
            yield from _iter_paragraphs(child)


def read_table(table: _Element) -> list[list[Cell]]:
    """The cells of a table in a text or on a slide."""
    rows = []
    for row in iter_rows(table):
        cells = []
        for cell in row.iterchildren(TABLE + "table-cell"):
            text = collapse_whitespace(" ".join(map(read_paragraph, _iter_paragraphs(cell))))
            columns, spanned = read_repeat(cell, "number-columns-spanned"), read_repeat(cell, "number-rows-spanned")
            cells.append(Cell(text, min(columns, MAX_SPAN), min(spanned, MAX_SPAN)))
        rows.append(cells)
    return rows
