"""The parts of a document of Works 2000 to 9: a stream of chunks, which an index at its beginning names.

The text is one chunk of UTF-16. Another says which zones it has: the main text, notes, text boxes, tables, headers and
footers of pages. Properties are lists of numbered fields. What is cut off counts as absent, and chunks that claim more
bytes together than there are make a document broken, so that a damaged one takes no longer than a whole one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from retriever.errors import ReadError

Fields = Mapping[int, int]
MAGIC = b"CHNK"
# Where the head has the number of chunks; where the index begins, and how a block of it.
COUNT, INDEX, BLOCK = 0x0C, 0x18, struct.Struct("<2xHI")
# An entry of the index: its size, the name of the chunk and its number, where the chunk begins and its length.
ENTRY = struct.Struct("<H4sH8xII")
# The most bytes of a chunk of properties that are read. Their numbers take many times as much memory.
LARGEST = 4 << 20
# Zones of the text by the number of their kind: those that are read stand in the order of these numbers.
MAIN, HEADER, FOOTER = 1, 6, 7
# The size of a page of properties of characters, and of its head.
PAGE, PAGE_HEAD = 512, 4
# The beginning of the properties of characters that stand for something else: a note, a date, a picture.
SPECIAL = b"\x00\x12"
TABLE_ANCHOR, TABLE_FRAME = 3, 12


class Zone(NamedTuple):
    """A part of the text: the number of its kind, and its first and last character."""

    kind: int
    begin: int
    end: int


class Box(NamedTuple):
    """Where the sides of a cell lie."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Table:
    """The zone in which the text of a table is, and the boxes of its cells in the order of their texts."""

    zone: int
    boxes: Sequence[Box]


class Chunks:
    """The chunks of a stream, by name and number. Raises ReadError for chunks that lie in each other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = len(data)
        self._places = dict(_iter_index(data))

    def get(self, name: bytes, number: int = 0, *, most: int = LARGEST) -> bytes:
        """The bytes of a chunk, ``most`` at most; none if it does not exist."""
        begin, length = self._places.get((name, number), (0, 0))
        data = self._data[begin : begin + min(length, most)]
        self._left -= len(data)
        if self._left < 0:
            raise ReadError("the document is broken: its parts are referred to again and again")
        return data

    def read_units(self) -> str:
        """The text, a character for each unit of UTF-16; those that stand for something else are NUL.

        Raises ReadError if there is none.
        """
        if (b"TEXT", 0) not in self._places:
            raise ReadError("the document is broken: its parts cannot be found")
        raw = bytearray(self.get(b"TEXT", most=len(self._data)))
        begin, _ = self._places[b"TEXT", 0]
        at = 0
        for first, last in self._iter_special(begin):
            for place in range(max(at, first) & ~1, min(last, len(raw)) - 1, 2):
                if raw[place : place + 2] == b"#\0":
                    raw[place] = 0
            at = max(at, last)
        return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2])))

    def _iter_special(self, begin: int) -> Iterator[tuple[int, int]]:
        """The ranges of the text, in bytes, in which characters stand for something else."""
        for number in sorted(number for name, number in self._places if name == b"FDPC"):
            page = self.get(b"FDPC", number, most=PAGE)
            count = int.from_bytes(page[:2], "little")
            ends = _read_numbers("I", page, PAGE_HEAD, count + 1)
            places = _read_numbers("H", page, PAGE_HEAD + 4 * (count + 1), count)
            for (first, last), place in zip(pairwise(ends), places, strict=False):
                if place and page[place + 4 : place + 6] == SPECIAL and page[place + 6]:
                    yield max(0, first - begin), last - begin

    def read_zones(self, units: int) -> list[Zone]:
        """The zones of a text of so many units: all of it is the main one if nothing else is said."""
        lengths, structures = _read_list(self.get(b"STRS"))
        zones: list[Zone] = []
        kind, at = MAIN, 0
        for length, fields in zip(lengths, structures, strict=False):
            kind = fields.get(0, kind)
            zones.append(Zone(kind, at, min(at + length, units)))
            at = zones[-1].end
        return zones or [Zone(MAIN, 0, units)]

    def read_cells(self, number: int, zone: Zone) -> list[tuple[int, int]]:
        """Where the texts of the cells of a table lie, in its zone of this number."""
        ends = sorted(zone.begin + end for end in _read_list(self.get(b"TCD ", number))[0])
        ends = [end for end in ends if end < zone.end]
        begins = [zone.begin, *(end + 1 for end in ends)]
        return list(zip(begins, [*ends, zone.end], strict=True))

    def read_anchors(self, number: int) -> list[tuple[int, int]]:
        """The places of tables in the zone of this number, from its beginning on, and the numbers of their frames."""
        places, structures = _read_list(self.get(b"EOBJ", number))
        held: dict[int, int] = {}
        anchors = []
        for place, fields in zip(places, structures, strict=False):
            # What is as before is left out.
            held.update(fields)
            if held.get(0) == TABLE_ANCHOR and 3 in held:
                anchors.append((place, held[3]))
        return sorted(anchors)

    def read_tables(self) -> dict[int, Table]:
        """The tables by the numbers of their frames."""
        boxes = dict(_iter_boxes(self.get(b"MCLD")))
        tables = {}
        for fields in _iter_structures(self.get(b"FRAM"), 2):
            if fields.get(1) == TABLE_FRAME and 0x11 in fields and 0x18 in fields:
                tables[fields[0x11]] = Table(fields[0x18], boxes.get(fields.get(0x2A, -1), ()))
        return tables


def _iter_index(data: bytes) -> Iterator[tuple[tuple[bytes, int], tuple[int, int]]]:
    """The names and numbers of chunks with their places, by the entries of blocks that say where the next one is."""
    at = INDEX
    left = int.from_bytes(data[COUNT : COUNT + 2], "little")
    while left and at + BLOCK.size <= len(data):
        count, following = BLOCK.unpack_from(data, at)
        at += BLOCK.size
        for _ in range(min(count, left)):
            if at + ENTRY.size > len(data):
                return
            size, name, number, begin, length = ENTRY.unpack_from(data, at)
            yield (name, number), (begin, length)
            at += max(size, ENTRY.size)
        left -= min(count, left)
        if following < at:
            return
        at = following


def _read_numbers(form: str, data: bytes, at: int, count: int) -> tuple[int, ...]:
    """So many numbers in the form of struct from an offset on; none if they are not all there."""
    numbers = struct.Struct(f"<{count}{form}")
    return numbers.unpack_from(data, at) if at + numbers.size <= len(data) else ()


def _read_list(data: bytes) -> tuple[tuple[int, ...], Iterator[Fields]]:
    """The numbers of a list, and the structures behind them. There is a number more than the list says."""
    count = int.from_bytes(data[:4], "little")
    after = 12 + 4 * (count + 1)
    return _read_numbers("I", data, 12, count), _iter_structures(data, after)


def _iter_structures(data: bytes, at: int) -> Iterator[Fields]:
    """The structures from an offset on, one behind the other."""
    while at + 2 <= len(data):
        size = int.from_bytes(data[at : at + 2], "little")
        if size < 2:
            return
        yield _read_fields(data[at + 2 : at + size])
        at += size


def _read_fields(data: bytes) -> Fields:
    """The numbers in a structure, by those of their fields; of a list its first."""
    fields: dict[int, int] = {}
    at = 2
    while at + 2 <= len(data):
        number, kind = data[at], data[at + 1]
        at += 2
        if kind >> 4 == 8:
            fields[number] = int.from_bytes(data[at + 4 : at + 8], "little", signed=True)
            at += max(2, int.from_bytes(data[at : at + 2], "little"))
            continue
        skipped, width, size = _measure(kind)
        fields[number] = int.from_bytes(data[at + skipped : at + skipped + width], "little", signed=width == 4)
        at += size
    return fields


def _measure(kind: int) -> tuple[int, int, int]:
    """Of a field of this kind, the bytes before its number, those of its number, and all."""
    if kind == 0x2A:
        return 4, 4, 8
    if kind == 0x12:
        return 0, 1, 2
    width = {1: 2, 2: 4}.get(kind >> 4, 0)
    return 0, width, width


def _iter_boxes(data: bytes) -> Iterator[tuple[int, list[Box]]]:
    """The boxes of the cells of all tables, by the numbers of these."""
    count = int.from_bytes(data[4:8], "little")
    at = 8 + 4 * count
    for number in _read_numbers("i", data, 8, count):
        # The structure of the table, the number of its cells, and a structure for each.
        at += int.from_bytes(data[at : at + 2], "little")
        cells = int.from_bytes(data[at : at + 4], "little")
        at += 4
        boxes = []
        for _ in range(cells):
            size = int.from_bytes(data[at : at + 2], "little")
            if size < 2:
                return
            fields = _read_fields(data[at + 2 : at + size])
            boxes.append(Box(*(fields.get(side, 0) for side in range(4))))
            at += size
        yield number, boxes
