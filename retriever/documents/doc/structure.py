"""The parts of a DOC: where its text lies, its paragraphs and runs with their properties, its styles.

The text is a list of pieces in the file, by which characters have offsets in the file, and properties belong to ranges
of these offsets. Numbers in comments are those of the published format [MS-DOC].
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from retriever.errors import ReadError

# The first version whose structure this is: Word 97.
WORD_97 = 0xC1
PAGE = 512
# Modifications of paragraphs: in a table, end of a row, depth in tables, outline level.
IN_TABLE, ROW_END, DEPTH, OUTLINE = 0x2416, 0x2417, 0x6649, 0x2640
# Modifications of characters: deleted by a tracked change, hidden, special.
DELETED, HIDDEN, SHIFT = 0x0800, 0x083C, 0x2A48
# The sizes of the operands of modifications, by the highest bits of their codes; 6 has its own size.
OPERANDS = (1, 1, 2, 4, 2, 2, -1, 3)
LONG_TABLE, TABS = 0xD608, 0xC615
TEXT_PARTS = ("main", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header_boxes")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text: its first character, how many it has, and where they lie, of one or two bytes each."""

    first: int
    count: int
    place: int
    width: int


@dataclass(slots=True)
class Ranges:
    """Values of ranges of offsets in the file, in ascending order."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    values: list[tuple[int, Mapping[int, int]]] = field(default_factory=list)

    def find(self, place: int) -> tuple[int, Mapping[int, int]] | None:
        """The value of the range that holds an offset."""
        at = bisect_right(self.starts, place) - 1
        return self.values[at] if at >= 0 and place < self.ends[at] else None


class Structure:
    """Finds its way in the streams of a document. Raises struct.error and IndexError for what is cut off."""

    def __init__(self, main: bytes, table: bytes) -> None:
        self.main = main
        self.table = table
        # csw, cslw and cbRgFcLcb say how long the parts of the head are.
        (words,) = struct.unpack_from("<H", main, 32)
        longs = 34 + 2 * words
        (count,) = struct.unpack_from("<H", main, longs)
        self._pairs = longs + 2 + 4 * count + 2
        lengths = struct.unpack_from("<8i", main, longs + 2 + 4 * 3)
        self.lengths = {name: max(0, length) for name, length in zip(TEXT_PARTS, lengths, strict=True)}
        self.pieces = self._read_pieces()
        self.paragraphs = self._read_ranges(13, is_paragraph=True)
        self.runs = self._read_ranges(12, is_paragraph=False)
        self.styles = self._read_styles()

    def place_of(self, piece: Piece, character: int) -> int:
        """The offset in the file of a character of a piece."""
        return piece.place + (character - piece.first) * piece.width

    def decode(self, piece: Piece) -> str:
        """The text of a piece, which has as many characters as the piece says."""
        raw = self.main[piece.place : piece.place + piece.count * piece.width]
        if piece.width == 1:
            return raw.decode("cp1252", "replace")
        # Unit by unit, so that the halves of a character beyond the first 65,536 keep their places.
        return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw)))

    def _part(self, number: int) -> bytes:
        """A part of the table stream, by its number in the head."""
        start, size = struct.unpack_from("<II", self.main, self._pairs + 8 * number)
        return self.table[start : start + size]

    def _read_pieces(self) -> list[Piece]:
        pieces = []
        for first, count, stored in iter_piece_table(self._part(33)):
            width = 1 if stored & 0x40000000 else 2
            place = (stored & 0x3FFFFFFF) // (2 if width == 1 else 1)
            pieces.append(Piece(first, min(count, max(0, len(self.main) - place) // width), place, width))
        return pieces

    def _read_ranges(self, number: int, *, is_paragraph: bool) -> Ranges:
        """The properties of paragraphs or of runs, from the pages of the file that hold them."""
        plc = self._part(number)
        count = (len(plc) - 4) // 8
        found = []
        for at in range(max(0, count)):
            (page,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 4 * at)
            data = self.main[(page & 0x3FFFFF) * PAGE : (page & 0x3FFFFF) * PAGE + PAGE]
            if len(data) == PAGE:
                for start, end, value in _iter_page(data, is_paragraph=is_paragraph):
                    found.append((start, end, value))
        found.sort(key=lambda item: item[0])
        return Ranges([item[0] for item in found], [item[1] for item in found], [item[2] for item in found])

    def _read_styles(self) -> dict[int, int | None]:
        """The level of headings by the number of their style: 0 for the title, None for styles that are none."""
        data = self._part(1)
        styles: dict[int, int | None] = {}
        if len(data) < 6:
            return styles
        head, count = struct.unpack_from("<HH", data)
        at = 2 + head
        for number in range(min(count, 4095)):
            if at + 2 > len(data):
                break
            (size,) = struct.unpack_from("<H", data, at)
            at += 2
            if size >= 4:
                (kind,) = struct.unpack_from("<H", data, at)
                styles[number] = _read_level(kind & 0xFFF)
            at += size + (size & 1)
        return styles


def iter_piece_table(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The pieces in a table of them: the first character of each, how many it has, and where it lies, as it is stored.

    Raises ReadError, struct.error and IndexError for a table that is damaged.
    """
    at = 0
    while at < len(data) and data[at] == 1:
        at += 3 + struct.unpack_from("<H", data, at + 1)[0]
    if at >= len(data) or data[at] != 2:
        raise ReadError("the document is broken: it does not say where its text lies")
    (size,) = struct.unpack_from("<I", data, at + 1)
    plc = data[at + 5 : at + 5 + size]
    count = (len(plc) - 4) // 12
    firsts = struct.unpack_from(f"<{count + 1}I", plc)
    for number in range(count):
        (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)
        yield firsts[number], max(0, firsts[number + 1] - firsts[number]), place


def _read_level(kind: int) -> int | None:
    """The level of a heading by the number of a built-in style."""
    if 1 <= kind <= 9:
        return kind
    return 0 if kind == 62 else None


def _iter_page(data: bytes, *, is_paragraph: bool) -> Iterator[tuple[int, int, tuple[int, Mapping[int, int]]]]:
    """The ranges that a page describes: start, end, and the style with the modifications."""
    count = data[PAGE - 1]
    width = 13 if is_paragraph else 1
    if 4 * (count + 1) + width * count > PAGE - 1:
        return
    places = struct.unpack_from(f"<{count + 1}I", data)
    for number in range(count):
        at = 2 * data[4 * (count + 1) + width * number]
        style, codes = 0, b""
        if at and is_paragraph:
            size = 2 * data[at] - 1 if data[at] else 2 * data[at + 1]
            at += 1 if data[at] else 2
            held = data[at : at + size]
            style = int.from_bytes(held[:2], "little")
            codes = held[2:]
        elif at:
            codes = data[at + 1 : at + 1 + data[at]]
        yield places[number], places[number + 1], (style, dict(_iter_codes(codes)))


def _iter_codes(data: bytes) -> Iterator[tuple[int, int]]:
    """The modifications in a list of them, with their operands as numbers."""
    at = 0
    while at + 2 <= len(data):
        code = data[at] | data[at + 1] << 8
        at += 2
        size = OPERANDS[code >> 13]
        if size < 0 and at < len(data):
            size = 1 + data[at] if code != LONG_TABLE else 1 + int.from_bytes(data[at : at + 2], "little")
            if code == TABS and data[at] == 255:
                return
        yield code, int.from_bytes(data[at : at + min(max(size, 0), 4)], "little")
        at += max(size, 0)
