"""DOCX: paragraphs, headings by style and outline level, automatic numbers, tables as text, footnotes at the end.

Text deleted by tracked changes, hidden text, comments, page headers and footers are left out. The parts of the package
are parsed directly, because a document's text may also be in content controls, insertions and text boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from retriever.documents.blocks import Blocks, collapse_whitespace, split_title
from retriever.documents.charts import CHART, RELATION, load_chart
from retriever.documents.docx_numbering import Numbering
from retriever.documents.docx_styles import Styles, W
from retriever.documents.docx_tables import iter_cell_paragraphs, iter_cells, iter_rows, make_cell
from retriever.documents.docx_text import SKIPPED, is_deleted, read_paragraph
from retriever.documents.drawingml import FALLBACK
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_language
from retriever.documents.office_package import OfficePackage, open_package
from retriever.documents.tables import CONTINUED, Cell, lay_out_part
from retriever.errors import EmptyFileError, ReadError
from retriever.text.readings import Reading, store_readings
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

# Types of footnotes that only hold the line drawn above the notes.
NOTE_SEPARATORS = frozenset({"separator", "continuationSeparator"})
TEXT_BOX = W + "txbxContent"


def read_docx(source: Source) -> Iterator[Document]:
    """One document. Its title is that in the style Title, else that of its properties, else its first heading."""
    with open_package(source, "a DOCX") as package:
        document = _Reading(package, source).document()
    yield document


class _Reading:
    """The text that is built from the parts of one document."""

    def __init__(self, package: OfficePackage, source: Source) -> None:
        self.package = package
        self.source = source
        self.blocks = Blocks()
        self.readings: list[Reading] = []
        # The heads of the table that the last block belongs to.
        self.heads: list[str] = []

    def document(self) -> Document:
        main = self.package.main_part("word/document.xml")
        root = self.package.part(main)
        if root is None:
            raise ReadError("the document is broken or not a DOCX: it has no main part")
        folder = main.rpartition("/")[0]
        self.styles = Styles(self.package.part(f"{folder}/styles.xml"))
        self.numbering = Numbering(self.package.part(f"{folder}/numbering.xml"))
        self.main = main
        # What the main part refers to, once it is asked for.
        self.relations: Mapping[str, tuple[str, str]] | None = None
        self._add(root)
        for name in ("footnotes", "endnotes"):
            notes = self.package.part(f"{folder}/{name}.xml")
            if notes is not None:
                self._add(notes)
        if not self.blocks.parts:
            raise EmptyFileError("the document contains no text")
        properties = self.package.properties()
        core_title = properties.pop("title", "")
        language = parse_language(properties.pop("language", ""))
        title, headings = split_title(self.blocks.headings)
        return Document(
            id=self.source.name,
            source=self.source.name,
            text=self.blocks.text,
            title=title or core_title or next((heading.text for heading in headings if heading.level == 1), ""),
            language=language,
            headings=headings or None,
            metadata=store_readings(properties, self.readings),
        )

    def _add(self, element: _Element) -> None:
        """Append the blocks inside ``element`` in order, at any depth."""
        for child in element:
            if child.tag == W + "p":
                self._add_paragraph(child)
            elif child.tag == W + "tbl":
                self._add_table(child)
            elif child.tag == W + "altChunk":
                self.source.notice("a document that was inserted whole was left out")
            elif child.tag not in SKIPPED and child.get(W + "type") not in NOTE_SEPARATORS:
                self._add(child)

    def _add_paragraph(self, paragraph: _Element) -> None:
        text, label = self._read_paragraph(paragraph)
        if text.strip():
            text = label + text
            if not CONTINUED.match(text):
                self.heads = []
        level = self.styles.level(paragraph)
        self.blocks.add(text if level is None else collapse_whitespace(text), level=level)
        for box in _iter_outside(paragraph, TEXT_BOX):
            self._add(box)
        for chart in _iter_outside(paragraph, CHART):
            self._add_chart(str(chart.get(RELATION)))

    def _read_paragraph(self, paragraph: _Element) -> tuple[str, str]:
        """The text of a paragraph, and its number, which one without text has as well."""
        label = self.numbering.next_label(*self.styles.numbering(paragraph)) if not is_deleted(paragraph) else ""
        return read_paragraph(paragraph, self.styles, self.readings), label

    def _add_table(self, table: _Element) -> None:
        rows = [[self._cell(cell) for cell in iter_cells(row)] for row in iter_rows(table)]
        lines, self.heads = lay_out_part(rows, self.heads)
        for number, line in enumerate(lines):
            self.blocks.add(line, run_on=number > 0)
        for chart in table.iter(CHART):
            self._add_chart(str(chart.get(RELATION)))

    def _add_chart(self, relation: str) -> None:
        if self.relations is None:
            self.relations = {}
            try:
                self.relations = self.package.relations(self.main)
            except ReadError as error:
                self.source.notice(f"a chart was left out: {error}")
        title, rows = load_chart(self.package, self.relations.get(relation, ("", ""))[1])
        self.blocks.add(title)
        for number, line in enumerate(lay_out_part(rows, [])[0]):
            self.blocks.add(line, run_on=number > 0)

    def _cell(self, cell: _Element) -> Cell:
        return make_cell(cell, collapse_whitespace(" ".join(self._iter_texts(cell))))

    def _iter_texts(self, element: _Element) -> Iterator[str]:
        """The texts of the paragraphs of a cell, with those of the boxes in them."""
        for paragraph in iter_cell_paragraphs(element):
            text, label = self._read_paragraph(paragraph)
            yield label + text
            for box in _iter_outside(paragraph, TEXT_BOX):
                yield from self._iter_texts(box)


def _iter_outside(element: _Element, tag: str) -> Iterator[_Element]:
    """The elements inside ``element`` that lie in no text box; what stands for older programs is left out."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in (TEXT_BOX, FALLBACK):
            yield from _iter_outside(child, tag)
