"""Builds documents of Microsoft Works: those of Works 1 to 4, and the streams of chunks of Works 2000 to 9."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from itertools import accumulate

from office_makers import make_ole

ALIGNED = 512
MAIN, NOTES, BOX, HEADER = 1, 2, 5, 6
FONT = (
    bytes.fromhex("28000000 01000000 33eae764 04000000 004f4e54 04000000 0f00")
    + "Times New Roman".encode("utf-16-le")
    + bytes.fromhex("00000102")
)
Sides = tuple[int, int, int, int]
"""The top, left, bottom and right side of a cell."""


def make_older_works(
    text: bytes, *, version: int = 1, code_page: int = 437, header: bytes = b"", footer: bytes = b""
) -> bytes:
    """A document of Works 1 to 4 that is not a compound file, as is the stream ``MN0`` of one that is."""
    ends = list(accumulate((256, len(header), len(footer), len(text))))
    begins = [at if part else -1 for at, part in zip(ends, (header or footer, header), strict=False)]
    size = -(-ends[-1] // 128) * 128 + 256
    head = struct.pack("<BB14xH", version, 0xFE, code_page << 4).ljust(0x1A, b"\0")
    head += struct.pack("<5i", *begins, *ends[2:], size)
    bounds = sorted(set(ends))
    page = struct.pack(f"<{len(bounds)}I", *bounds).ljust(127, b"\0") + bytes([len(bounds) - 1])
    whole = (head.ljust(256, b"\0") + header + footer + text).ljust(size - 256, b"\0")
    return whole + 2 * page


def make_field(number: int, kind: int, value: bytes = b"") -> bytes:
    return bytes([number, kind]) + value


def make_number(number: int, value: int) -> bytes:
    return make_field(number, 0x22, struct.pack("<i", value))


def make_structure(*fields: bytes) -> bytes:
    body = b"\0\0" + b"".join(fields)
    return struct.pack("<H", 2 + len(body)) + body


def make_list(numbers: Sequence[int], structures: Sequence[bytes], last: int = 0, *, size: int = 8) -> bytes:
    """The numbers with one behind them, and the structures; ``size`` is what the list says of each of these."""
    head = struct.pack("<III", len(numbers), size, 255)
    return head + struct.pack(f"<{len(numbers) + 1}I", *numbers, last) + b"".join(structures)


def make_page(bounds: Sequence[int], values: Sequence[bytes]) -> bytes:
    """A page of properties of the ranges between these places in the stream; a range may have none."""
    head = struct.pack("<HH", len(values), 1) + struct.pack(f"<{len(bounds)}I", *bounds)
    page = bytearray(ALIGNED)
    at = ALIGNED
    for value in values:
        at -= len(value)
        page[at : at + len(value)] = value
        head += struct.pack("<H", at if value else 0)
    page[: len(head)] = head
    return bytes(page)


def make_contents(
    zones: Sequence[tuple[int, str]],
    *,
    special: Mapping[int, int] | None = None,
    chunks: Mapping[tuple[bytes, int], bytes] | None = None,
    magic: bytes = b"CHNKWKS ",
    block: int = 16,
) -> bytes:
    """The stream of zones of text, by the numbers of their kinds, with other chunks by name and number.

    The units at the places of ``special`` stand for what these numbers say: 2 an object, 3 a footnote, 5 a field.
    ``block`` is how many entries a block of the index has.
    """
    text = "".join(words for _, words in zones).encode("utf-16-le")
    lengths = [len(words.encode("utf-16-le")) // 2 for _, words in zones]
    marks = special or {}
    bounds = sorted({0, len(text) // 2, *marks, *(at + 1 for at in marks)})
    strs = make_list(lengths, [make_structure(make_number(0, kind)) for kind, _ in zones])
    parts = {
        (b"TEXT", 0): text,
        (b"STRS", 0): strs,
        (b"FDPC", 0): b"",
        (b"BTEC", 0): b"",
        (b"FONT", 0): FONT,
        **(chunks or {}),
    }
    count = len(parts)
    blocks = -(-count // block)
    start = -(-(0x18 + 8 * blocks + 24 * count) // ALIGNED) * ALIGNED
    values = [make_structure(make_field(0, 0x12, bytes([marks[at], 0]))) if at in marks else b"" for at in bounds[:-1]]
    parts[b"FDPC", 0] = make_page([start + 2 * at for at in bounds], values)
    second = start + -(-len(text) // ALIGNED) * ALIGNED
    parts[b"BTEC", 0] = make_list([start], [struct.pack("<I", second)], start + len(text), size=4)
    order = [(b"TEXT", 0), (b"FDPC", 0), *(key for key in parts if key not in {(b"TEXT", 0), (b"FDPC", 0)})]
    body, places = b"", {}
    for key in order:
        body = body.ljust(-(-len(body) // ALIGNED) * ALIGNED, b"\0") if key[0] in {b"TEXT", b"FDPC"} else body
        places[key] = start + len(body)
        body += parts[key]
    index = magic + struct.pack("<HHH2xI", 4, 8, count, 512).ljust(16, b"\0")
    for first in range(0, count, block):
        entries = order[first : first + block]
        after = len(index) + 8 + 24 * len(entries)
        index += struct.pack("<HHI", 0x1F8, len(entries), after if first + block < count else 0xFFFFFFFF)
        for name, number in entries:
            kind = b"PLC " if name in {b"STRS", b"EOBJ", b"TCD ", b"BTEC"} else name
            index += struct.pack(
                "<H4sHHH4sII", 24, name, number, 1, 0, kind, places[name, number], len(parts[name, number])
            )
    return index.ljust(start, b"\0") + body


def make_table_chunks(
    place: int, zone: int, texts: Sequence[str], boxes: Sequence[Sides]
) -> dict[tuple[bytes, int], bytes]:
    """The chunks for a table at a place in zone 0, whose texts are in another zone, each but the last with an end."""
    ends = [at - 1 for at in accumulate(len(words) + 1 for words in texts)]
    anchor = make_structure(
        make_field(0, 0x1A, b"\x03\0"), make_number(1, 914400), make_number(2, 914400), make_number(3, 7)
    )
    links = make_field(0x11, 0x82, struct.pack("<HHiii", 16, 0, 7, 0, 0))
    frame = make_structure(
        make_field(0, 0x1A, b"\xff\xff"),
        make_field(1, 0x12, b"\x0c\0"),
        make_field(3, 0x0A),
        links,
        make_number(0x18, zone),
        make_number(0x2A, 3),
    )
    cells = [make_structure(*(make_number(side, value) for side, value in enumerate(box))) for box in boxes]
    table = make_structure(make_field(0, 0x0A)) + struct.pack("<I", len(boxes)) + b"".join(cells)
    return {
        (b"EOBJ", 0): make_list([place], [anchor], place + 1),
        (b"FRAM", 0): struct.pack("<H", 1) + frame,
        (b"MCLD", 0): struct.pack("<IIi", 3, 1, 3) + table,
        (b"TCD ", zone): make_list(ends[:-1], [b"\0"] * (len(ends) - 1), ends[-1], size=1),
    }


def make_works(contents: bytes) -> bytes:
    """A document of Works 2000 to 9 with this stream."""
    return make_ole({"CONTENTS": contents})
