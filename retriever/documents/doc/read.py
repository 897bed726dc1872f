"""The text of a DOC: paragraphs, headings by style and outline level, tables as text, notes and text boxes at the end.

Text that tracked changes have deleted, hidden text, codes of fields, comments, page headers and footers are left out.
Automatic numbers of lists are lost, as they are not in the text.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from retriever.documents import formula
from retriever.documents.blocks import Blocks, collapse_whitespace, split_title
from retriever.documents.doc.older import read_older_text
from retriever.documents.doc.structure import (
    DELETED,
    DEPTH,
    HIDDEN,
    IN_TABLE,
    OUTLINE,
    ROW_END,
    SHIFT,
    WORD_97,
    Piece,
    Structure,
)
from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.ole import ENCRYPTED, NO_PASSWORD, CompoundFile, open_compound
from retriever.documents.tables import Cell, lay_out
from retriever.errors import EmptyFileError, ReadError
from retriever.surrogates import join_surrogates
from retriever.types import Document

FIELD_BEGIN, FIELD_MIDDLE, FIELD_END = "\x13", "\x14", "\x15"
CELL_END, PARAGRAPH_END, PAGE_BREAK = "\x07", "\r", "\f"
# Characters that stand for something else: a line break, hyphens that do not break or are optional, spaces.
FIELDS, ENDS = FIELD_BEGIN + FIELD_MIDDLE + FIELD_END, CELL_END + PARAGRAPH_END + PAGE_BREAK
CHARACTERS = str.maketrans(
    {"\v": "\n", "\x1e": "-", "\x1f": None} | dict.fromkeys(map(chr, (0, 1, 2, 3, 4, 5, 6, 8, 0x13, 0x14, 0x15)))
)
# The parts that are read, in order.
PARTS = ("main", "footnotes", "endnotes", "boxes")
MAX_HEADING = 300
SHIFTS = {1: "superscript", 2: "subscript"}


def read_doc(source: Source) -> Iterator[Document]:
    """One document. Its title is that in the style Title, else that of its properties, else its first heading."""
    with open_compound(source, "a DOC") as file:
        try:
            blocks = _read(file)
        except (struct.error, IndexError) as error:
            raise ReadError("the document is broken: its parts cannot be found") from error
        properties = file.properties()
    if not blocks.parts:
        raise EmptyFileError("the document contains no text")
    title, headings = split_title(blocks.headings)
    named = properties.pop("title", "")
    yield Document(
        id=source.name,
        source=source.name,
        text=replace_unstorable(blocks.text)[0],
        title=title or named or next((heading.text for heading in headings if heading.level == 1), ""),
        headings=headings or None,
        metadata=properties,
    )


def _read(file: CompoundFile) -> Blocks:
    main = file.read("WordDocument")
    version, flags = struct.unpack_from("<HxxxxxxH", main, 2)
    if flags & 0x100:
        raise ReadError(ENCRYPTED, hint=NO_PASSWORD)
    if version < WORD_97:
        return _read_older(main, flags)
    structure = Structure(main, file.read("1Table" if flags & 0x200 else "0Table"))
    reading = _Reading(structure)
    reading.read()
    return reading.blocks


def _read_older(main: bytes, flags: int) -> Blocks:
    """The paragraphs of a document of Word 6 and 95."""
    text = read_older_text(main, flags)
    blocks = Blocks()
    for paragraph in text.replace(CELL_END, PARAGRAPH_END).replace(PAGE_BREAK, PARAGRAPH_END).split(PARAGRAPH_END):
        blocks.add(_remove_fields(paragraph).translate(CHARACTERS))
    return blocks


@dataclass(slots=True)
class _Table:
    """The table that is being read: its finished rows, and the cells and paragraphs of the row that is not."""

    rows: list[list[Cell]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class _Reading:
    """The text that is built from a document."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.blocks = Blocks()
        self.table = _Table()
        self.fields: list[bool] = []

    def read(self) -> None:
        first = 0
        for name, length in self.structure.lengths.items():
            if name in PARTS:
                self._read_part(first, first + length)
            first += length

    def _read_part(self, first: int, last: int) -> None:
        self.fields = []
        kept: list[formula.Piece] = []
        for piece in self.structure.pieces:
            begin, end = max(first, piece.first), min(last, piece.first + piece.count)
            if begin < end:
                self._read_piece(piece, begin, end, kept)
        self._end_paragraph(kept, "", {}, 0)
        self._end_table()

    def _read_piece(self, piece: Piece, begin: int, end: int, kept: list[formula.Piece]) -> None:
        structure = self.structure
        text = structure.decode(piece)
        for at in range(begin, end):
            character = text[at - piece.first]
            if character in FIELDS:
                self._mark_field(character)
            elif character in ENDS:
                place = structure.place_of(piece, at)
                style, changes = structure.paragraphs.find(place) or (0, {})
                self._end_paragraph(kept, character, changes, style)
                kept.clear()
            elif not any(self.fields):
                changes = self._find_changes(structure.place_of(piece, at))
                if not (changes.get(DELETED, 0) & 1 or changes.get(HIDDEN, 0) == 1):
                    kept.append((SHIFTS.get(changes.get(SHIFT, 0), ""), character))

    def _mark_field(self, character: str) -> None:
        """Keep track of fields: what stands between beginning and middle is a code, what follows is shown."""
        if character == FIELD_BEGIN:
            self.fields.append(True)
        elif self.fields and character == FIELD_MIDDLE:
            self.fields[-1] = False
        elif self.fields and character == FIELD_END:
            self.fields.pop()

    def _find_changes(self, place: int) -> Mapping[int, int]:
        found = self.structure.runs.find(place)
        return found[1] if found is not None else {}

    def _end_paragraph(self, kept: list[formula.Piece], end: str, changes: Mapping[int, int], style: int) -> None:
        text = join_surrogates(formula.join_pieces(kept)).translate(CHARACTERS)
        if end == CELL_END or changes.get(IN_TABLE) or changes.get(DEPTH):
            self._add_to_table(text, end, changes)
            return
        self._end_table()
        level = self._find_level(changes, style)
        if level is None or len(text) > MAX_HEADING:
            self.blocks.add(text)
        else:
            self.blocks.add(collapse_whitespace(text), level=level)

    def _find_level(self, changes: Mapping[int, int], style: int) -> int | None:
        if OUTLINE in changes:
            outline = changes[OUTLINE] & 0xFF
            return outline + 1 if outline < 9 else None
        return self.structure.styles.get(style)

    def _add_to_table(self, text: str, end: str, changes: Mapping[int, int]) -> None:
        table = self.table
        if end == CELL_END and changes.get(ROW_END):
            table.rows.append(table.cells)
            table.cells = []
            return
        table.words.append(text)
        if end == CELL_END:
            table.cells.append(Cell(collapse_whitespace(" ".join(table.words))))
            table.words = []

    def _end_table(self) -> None:
        table, self.table = self.table, _Table()
        if table.words:
            table.cells.append(Cell(collapse_whitespace(" ".join(table.words))))
        if table.cells:
            table.rows.append(table.cells)
        for number, line in enumerate(lay_out(table.rows)):
            self.blocks.add(line, run_on=number > 0)


def _remove_fields(text: str) -> str:
    """``text`` without the codes of fields."""
    kept = []
    depth: list[bool] = []
    for character in text:
        if character == FIELD_BEGIN:
            depth.append(True)
        elif character == FIELD_MIDDLE and depth:
            depth[-1] = False
        elif character == FIELD_END and depth:
            depth.pop()
        elif not any(depth):
            kept.append(character)
    return "".join(kept)
