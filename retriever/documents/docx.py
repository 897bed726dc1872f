"""DOCX: paragraphs, headings by style and outline level, automatic numbers, tables as text, footnotes at the end.

Text deleted by tracked changes, hidden text, comments, page headers and footers are left out. The parts of the package
are parsed directly, because a document's text may also be in content controls, insertions and text boxes.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.docx_numbering import Numbering
from retriever.documents.docx_styles import Styles, W
from retriever.documents.docx_tables import iter_cell_paragraphs, iter_cells, iter_rows, make_cell
from retriever.documents.docx_text import FALLBACK, SKIPPED, read_paragraph
from retriever.documents.interface import Source, too_large_error
from retriever.documents.tables import Cell, lay_out
from retriever.errors import ReadError
from retriever.text.readings import Reading, store_readings
from retriever.types import Document, Heading

if TYPE_CHECKING:
    from lxml.etree import _Element

# What unpacking a damaged archive may raise.
UNPACK_ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, OSError)
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# The two namespaces that Word uses for the same elements.
STRICT_NAMESPACES = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/math",
        b"http://schemas.openxmlformats.org/officeDocument/2006/math",
    ),
)
# The maximum size of an unpacked part, as a multiple of the file size limit.
MAX_EXPANSION = 4
# Types of footnotes that only hold the line drawn above the notes.
NOTE_SEPARATORS = frozenset({"separator", "continuationSeparator"})
TEXT_BOX = W + "txbxContent"
PROPERTIES = {
    "title": "title",
    "creator": "author",
    "subject": "subject",
    "keywords": "keywords",
    "description": "description",
    "created": "created",
    "modified": "modified",
}


def read_docx(source: Source) -> Iterator[Document]:
    """One document. Its title is that in the style Title, else that of its properties, else its first heading."""
    data = source.read_bytes()
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except UNPACK_ERRORS as error:
        raise ReadError("the document is broken or not a DOCX: it cannot be unpacked") from error
    with package:
        try:
            document = _Package(package, source).document()
        except RecursionError as error:
            raise ReadError("the document is broken: its elements are nested too deeply") from error
    yield document


class _Package:
    """The parts of one document, and the text built from them."""

    def __init__(self, package: zipfile.ZipFile, source: Source) -> None:
        self.package = package
        self.source = source
        self.blocks = Blocks()
        self.readings: list[Reading] = []

    def document(self) -> Document:
        main = self._main_part()
        root = self._part(main)
        if root is None:
            raise ReadError("the document is broken or not a DOCX: it has no main part")
        folder = main.rpartition("/")[0]
        self.styles = Styles(self._part(f"{folder}/styles.xml"))
        self.numbering = Numbering(self._part(f"{folder}/numbering.xml"))
        self._add(root)
        for name in ("footnotes", "endnotes"):
            notes = self._part(f"{folder}/{name}.xml")
            if notes is not None:
                self._add(notes)
        if not self.blocks.parts:
            raise ReadError("the document contains no text")
        properties = self._properties()
        core_title = properties.pop("title", "")
        title, headings = _split_title(self.blocks.headings)
        return Document(
            id=self.source.name,
            source=self.source.name,
            text=self.blocks.text,
            title=title or core_title or next((heading.text for heading in headings if heading.level == 1), ""),
            headings=headings or None,
            metadata=store_readings(properties, self.readings),
        )

    def _part(self, name: str) -> _Element | None:
        """A part as XML; None if it does not exist. No entity is expanded and nothing is fetched."""
        from lxml import etree

        try:
            info = self.package.getinfo(name)
        except KeyError:
            return None
        if info.flag_bits & 1:
            raise ReadError("the document is encrypted", hint="save it without a password")
        limit = self.source.max_size
        if limit is not None and info.file_size > MAX_EXPANSION * limit:
            raise too_large_error(info.file_size, MAX_EXPANSION * limit)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            data = self._unpack(info)
            for strict, transitional in STRICT_NAMESPACES:
                data = data.replace(strict, transitional)
            return etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, *UNPACK_ERRORS) as error:
            raise ReadError(f"the document is broken: {name} cannot be read") from error

    def _unpack(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes of a part, no more of them than its entry states, whatever it unpacks to."""
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError("compressed by a method that DOCX does not have")
        with self.package.open(info) as part:
            # Reading without a size would unpack everything before it is cut to the size.
            return part.read(info.file_size)

    def _main_part(self) -> str:
        relations = self._part("_rels/.rels")
        for relation in relations.iter(RELATIONSHIP) if relations is not None else ():
            if str(relation.get("Type")).endswith("/officeDocument"):
                return normpath(str(relation.get("Target")).lstrip("/"))
        return "word/document.xml"

    def _properties(self) -> dict[str, Any]:
        root = self._part("docProps/core.xml")
        properties: dict[str, Any] = {}
        for element in root if root is not None else ():
            name = PROPERTIES.get(str(element.tag).rpartition("}")[2])
            if name and element.text and element.text.strip():
                properties[name] = collapse_whitespace(element.text)
        return properties

    def _add(self, element: _Element) -> None:
        """Append the blocks inside ``element`` in order, at any depth."""
        for child in element:
            if child.tag == W + "p":
                self._add_paragraph(child)
            elif child.tag == W + "tbl":
                self._add_table(child)
            elif child.tag not in SKIPPED and child.get(W + "type") not in NOTE_SEPARATORS:
                self._add(child)

    def _add_paragraph(self, paragraph: _Element) -> None:
        text = read_paragraph(paragraph, self.styles, self.readings)
        if text.strip():
            text = self.numbering.next_label(*self.styles.numbering(paragraph)) + text
        level = self.styles.level(paragraph)
        self.blocks.add(text if level is None else collapse_whitespace(text), level=level)
        for box in _iter_boxes(paragraph):
            self._add(box)

    def _add_table(self, table: _Element) -> None:
        rows = [[self._cell(cell) for cell in iter_cells(row)] for row in iter_rows(table)]
        for number, line in enumerate(lay_out(rows)):
            self.blocks.add(line, run_on=number > 0)

    def _cell(self, cell: _Element) -> Cell:
        texts = (read_paragraph(paragraph, self.styles, self.readings) for paragraph in iter_cell_paragraphs(cell))
        return make_cell(cell, collapse_whitespace(" ".join(texts)))


def _iter_boxes(element: _Element) -> Iterator[_Element]:
    """The text boxes inside ``element``, without those inside these; what stands for older programs is left out."""
    for child in element:
        if child.tag == TEXT_BOX:
            yield child
        elif child.tag != FALLBACK:
            yield from _iter_boxes(child)


def _split_title(headings: list[Heading]) -> tuple[str, tuple[Heading, ...]]:
    """The title, and the headings; if there is a title it becomes level 1 and all headings move down one level."""
    title = next((heading.text for heading in headings if heading.level == 0), "")
    shift = 1 if title else 0
    return title, tuple(replace(heading, level=heading.level + shift) for heading in headings)
