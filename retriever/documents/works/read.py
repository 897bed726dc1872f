"""The text of a document of Works: paragraphs, tables, notes and text boxes at the end.

Works knows no headings. Headers and footers of pages and what fields show are left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.ole import open_compound
from retriever.documents.sniff import AS_DOCX, WORKS_HEAD, WORKS_SHEET, begins_as_works
from retriever.documents.tables import Cell, lay_out
from retriever.documents.works.chunks import FOOTER, HEADER, MAGIC, Box, Chunks, Table
from retriever.documents.works.older import read_older_text
from retriever.errors import EmptyFileError, ReadError
from retriever.surrogates import join_surrogates
from retriever.types import Document

# How the main stream of a spreadsheet or database begins, and what tells a document of the Mac in the one beside it.
SHEET, OF_MAC = b"\xff", b"DN"
# A hyphen and a space that do not break; a page and a column end a paragraph.
CHARACTERS = str.maketrans({"\x1e": "-", "\x1f": "\u00a0"} | dict.fromkeys(map(chr, (*range(9), 11, *range(15, 30)))))
ANCHOR = "\ufffc"


def read_works(source: Source) -> Iterator[Document]:
    """One document. Its title is that of its properties."""
    blocks, properties = _read(source)
    if not blocks.parts:
        raise EmptyFileError("the document contains no text")
    title = properties.pop("title", "")
    text = replace_unstorable(blocks.text)[0]
    yield Document(id=source.name, source=source.name, text=text, title=title, metadata=properties)


def _read(source: Source) -> tuple[Blocks, dict[str, Any]]:
    """The text, and the properties, which only a compound file has."""
    with source.open() as bare:
        is_bare = begins_as_works(bare.read(WORKS_HEAD))
    if is_bare:
        return _read_older(source.read_bytes()), {}
    with open_compound(source, "a Works document") as file:
        older, contents = file.read("MN0"), file.read("CONTENTS")
        if begins_as_works(older):
            return _read_older(older), file.properties()
        if contents.startswith(MAGIC):
            return _Reading(Chunks(contents)).read(), file.properties()
        if older.startswith(SHEET):
            raise ReadError(f"the file is {WORKS_SHEET.name}", hint=WORKS_SHEET.hint)
        if file.read("MM").startswith(OF_MAC):
            raise ReadError("the file is a Microsoft Works document of the Mac", hint=AS_DOCX)
        raise ReadError("the document is broken or not a Works document: its streams cannot be found")


def _read_older(data: bytes) -> Blocks:
    blocks = Blocks()
    for paragraph in read_older_text(data):
        blocks.add(paragraph)
    return blocks


class _Reading:
    """The text that is built from the chunks of a document."""

    def __init__(self, chunks: Chunks) -> None:
        self.chunks = chunks
        self.units = chunks.read_units()
        self.zones = dict(enumerate(chunks.read_zones(len(self.units))))
        self.tables = chunks.read_tables()
        self.blocks = Blocks()

    def read(self) -> Blocks:
        # What is written is taken away, so that no zone is told twice: a table stands where its anchor is.
        for number in sorted(self.zones, key=lambda number: self.zones[number].kind):
            if number in self.zones and self.zones[number].kind not in (HEADER, FOOTER):
                self._add_zone(number)
        return self.blocks

    def _add_zone(self, number: int) -> None:
        zone = self.zones.pop(number)
        at = zone.begin
        for place, frame in self.chunks.read_anchors(number):
            table = self.tables.pop(frame, None)
            if table is not None and table.zone in self.zones:
                anchor = min(max(at, zone.begin + place), zone.end)
                self._add_text(at, anchor)
                self._add_table(table)
                at = anchor
        self._add_text(at, zone.end)

    def _add_text(self, begin: int, end: int) -> None:
        text = self._text_of(begin, end).replace("\f", "\r").replace("\x0e", "\r")
        for paragraph in text.split("\r"):
            self.blocks.add(paragraph.translate(CHARACTERS))

    def _text_of(self, begin: int, end: int) -> str:
        """The text of so many units, with the halves of characters joined."""
        return join_surrogates(self.units[begin:end].replace(ANCHOR, ""))

    def _add_table(self, table: Table) -> None:
        zone = self.zones.pop(table.zone)
        places = self.chunks.read_cells(table.zone, zone)
        texts = [collapse_whitespace(self._text_of(*place).translate(CHARACTERS)) for place in places]
        for number, line in enumerate(lay_out(_find_rows(texts, table.boxes))):
            self.blocks.add(line, run_on=number > 0)


def _find_rows(texts: Sequence[str], boxes: Sequence[Box]) -> list[list[Cell]]:
    """The rows of a table by where its cells lie; of cells that lie nowhere each is a row."""
    tops, lefts = sorted({box.top for box in boxes}), sorted({box.left for box in boxes})
    rows: Mapping[int, list[tuple[int, Cell]]] = defaultdict(list)
    for text, box in zip(texts, boxes, strict=False):
        columns = bisect_left(lefts, box.right) - bisect_left(lefts, box.left)
        covered = bisect_left(tops, box.bottom) - bisect_left(tops, box.top)
        rows[box.top].append((box.left, Cell(text, max(1, columns), max(1, covered))))
    placed = [[cell for _, cell in sorted(rows[top], key=lambda item: item[0])] for top in sorted(rows)]
    return [*placed, *([Cell(text)] for text in texts[len(boxes) :])]
