"""ODT, the texts of OpenDocument: paragraphs, headings by outline level, list numbers, tables, notes at the end.

Deleted text of tracked changes, comments, page headers and footers are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from retriever.documents.blocks import Blocks, collapse_whitespace, split_title
from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_language
from retriever.documents.odt_formulas import write_formulas
from retriever.documents.odt_lists import ListNumbers
from retriever.documents.office_package import OfficePackage, open_package
from retriever.documents.opendocument import (
    ELSEWHERE,
    OFFICE,
    STYLE,
    TABLE,
    TEXT,
    read_content,
    read_paragraph,
    read_properties,
    read_table,
    stands_apart,
)
from retriever.documents.tables import lay_out
from retriever.errors import EmptyFileError
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

PARAGRAPH, HEADING = TEXT + "p", TEXT + "h"
LEFT_OUT = frozenset(
    (TEXT + "tracked-changes", TEXT + "sequence-decls", OFFICE + "annotation", OFFICE + "forms", TEXT + "note-citation")
)
MAX_DEPTH = 10


def read_odt(source: Source) -> Iterator[Document]:
    """One document. Its title is that in the style Title, else that of its properties, else its first heading."""
    with open_package(source, "an ODT") as package:
        root = read_content(package)
        write_formulas(package, root)
        reading = _Reading(root, package.part("styles.xml"))
        body = root.find(f"{OFFICE}body/{OFFICE}text")
        if body is not None:
            reading.add(body)
            reading.add_notes(body)
        document = reading.document(source, package)
    yield document


class _Reading:
    """The text that is built from a document."""

    def __init__(self, content: _Element, styles: _Element | None) -> None:
        self.blocks = Blocks()
        self.lists = ListNumbers(content, styles)
        roots = [content] if styles is None else [styles, content]
        self.styles = {str(style.get(STYLE + "name")): style for root in roots for style in root.iter(STYLE + "style")}

    def document(self, source: Source, package: OfficePackage) -> Document:
        if not self.blocks.parts:
            raise EmptyFileError("the document contains no text")
        properties = read_properties(package)
        title, headings = split_title(self.blocks.headings)
        first = next((heading.text for heading in headings if heading.level == 1), "")
        named = properties.pop("title", "")
        return Document(
            id=source.name,
            source=source.name,
            text=replace_unstorable(self.blocks.text)[0],
            title=title or named or first,
            language=parse_language(properties.pop("language", "")),
            headings=headings or None,
            metadata=properties,
        )

    def add(self, element: Iterable[_Element]) -> None:
        """Append the blocks inside ``element`` in order, at any depth."""
        for child in element:
            if child.tag in {PARAGRAPH, HEADING}:
                self._add_paragraph(child)
            elif child.tag == TABLE + "table":
                for number, line in enumerate(lay_out(read_table(child))):
                    self.blocks.add(line, run_on=number > 0)
            elif child.tag == TEXT + "list":
                self._add_list(child)
            elif child.tag not in LEFT_OUT and isinstance(child.tag, str):
                self.add(child)

    def add_notes(self, body: _Element) -> None:
        """Append the footnotes and endnotes of the body."""
        for note in body.iter(TEXT + "note-body"):
            for paragraph in note.iter(PARAGRAPH, HEADING):
                self.blocks.add(read_paragraph(paragraph))

    def _add_paragraph(self, paragraph: _Element, label: str = "") -> None:
        text = label + read_paragraph(paragraph)
        level = self._level(paragraph)
        self.blocks.add(text if level is None else collapse_whitespace(text), level=level)
        self._add_boxes(paragraph)

    def _add_boxes(self, element: _Element) -> None:
        """Append what stands in drawings and text boxes inside a paragraph; notes come at the end."""
        for child in element:
            if stands_apart(child):
                if child.tag not in ELSEWHERE:
                    self.add(child)
            elif isinstance(child.tag, str):
                self._add_boxes(child)

    def _add_list(self, element: _Element, style: str = "", level: int = 1) -> None:
        style = str(element.get(TEXT + "style-name") or style)
        self.lists.begin(element, style, level)
        for item in element:
            if item.tag not in {TEXT + "list-item", TEXT + "list-header"}:
                continue
            label = self.lists.next_label(style, level, item) if item.tag == TEXT + "list-item" else ""
            for child in item:
                if child.tag == TEXT + "list":
                    self._add_list(child, style, level + 1)
                elif child.tag in {PARAGRAPH, HEADING}:
                    self._add_paragraph(child, label)
                    label = ""
                else:
                    self.add([child])

    def _level(self, paragraph: _Element) -> int | None:
        """The heading level from 1; 0 for the title, None for a paragraph that is not a heading."""
        name = str(paragraph.get(TEXT + "style-name") or "")
        if self._is_title(name):
            return 0
        if paragraph.tag != HEADING:
            return None
        level = str(paragraph.get(TEXT + "outline-level") or "1")
        return min(max(int(level), 1), 9) if level.isdecimal() and len(level) < 3 else 1

    def _is_title(self, name: str) -> bool:
        for _ in range(MAX_DEPTH):
            if name == "Title":
                return True
            style = self.styles.get(name)
            if style is None:
                return False
            name = str(style.get(STYLE + "parent-style-name") or "")
        return False
