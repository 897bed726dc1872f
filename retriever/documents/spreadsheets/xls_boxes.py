"""What lies on the sheets of an XLS: the words of text boxes and buttons, which the library of cells passes over.

The form is that of [MS-XLS]: before the text of an object stand the drawing with its place and what kind it is.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeAlias

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.spreadsheets.layout import SheetCell

# The records that matter, and the types of a sheet of cells and of a comment among them.
SHEET, BEGIN, DRAWING, OBJECT, TEXT, MORE = 0x85, 0x809, 0xEC, 0x5D, 0x1B6, 0x3C
CELLS, COMMENT = 0, 0x19
# How the record of a text begins, and that of a place in a drawing.
TEXT_HEAD, PLACE_HEAD = struct.pack("<HH", TEXT, 18), struct.pack("<HI", 0xF010, 18)

Boxes: TypeAlias = dict[int, list[tuple[int, dict[int, SheetCell]]]]
"""Lines as rows of one cell, by the number of their sheet."""


def read_boxes(stream: bytes) -> Boxes:
    """The lines in the stream of a workbook; {} if it has none."""
    boxes: Boxes = defaultdict(list)
    if TEXT_HEAD not in stream:
        return boxes
    sheets: dict[int, int] = {}
    count = row = column = wanted = 0
    number = -1
    is_comment = False
    text: list[str] = []
    for at, kind, data in _iter_records(stream):
        if kind == SHEET and len(data) > 5:
            sheets[int.from_bytes(data[:4], "little")] = count if data[5] == CELLS else -1
            count += data[5] == CELLS
        elif kind == BEGIN and at in sheets:
            number, row, column = sheets[at], 0, 0
        elif kind == DRAWING:
            row, column = _find_place(data) or (row, column)
        elif kind == OBJECT:
            is_comment = data[4:6] == COMMENT.to_bytes(2, "little")
        elif kind == TEXT and number >= 0 and not is_comment:
            wanted, text = int.from_bytes(data[10:12], "little"), []
        elif kind == MORE and wanted > 0:
            part = data[1:].decode("utf-16-le" if data[:1] == b"\1" else "latin-1", "replace")[:wanted]
            wanted = wanted - len(part) if part else 0
            text.append(part)
            if not wanted:
                lines = map(collapse_whitespace, "".join(text).splitlines())
                boxes[number] += [(row, {column: SheetCell(line)}) for line in lines if line]
    return boxes


def _iter_records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The records of a stream: where each begins, its kind and its data."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _find_place(drawing: bytes) -> tuple[int, int] | None:
    """The row and the column at which a drawing begins, from 0; None if it does not say so."""
    at = drawing.rfind(PLACE_HEAD)
    place = drawing[at + len(PLACE_HEAD) :]
    if at < 0 or len(place) < 8:
        return None
    _, column, _, row = struct.unpack_from("<4H", place)
    return row, column
