"""Text boxes on the sheets of XLS and ODS: their lines follow the rows, cited by the cell where they begin."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import olefile
from office_makers import change_parts, make_ods, make_ole, make_xls

from retriever.documents.spreadsheets.layout import SheetCell
from retriever.documents.spreadsheets.xls_boxes import read_boxes

Read = Callable[..., Any]
TEXT_BOX, COMMENT = 6, 0x19


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def box(*parts: tuple[bool, str], row: int = 0, column: int = 0, kind: int = TEXT_BOX) -> bytes:
    """The records of an object at a cell, its text in parts of one or two bytes a character."""
    place = struct.pack("<HHI", 0, 0xF010, 18) + struct.pack("<9H", 0, column, 0, row, 0, column + 2, 0, row + 3, 0)
    length = sum(len(text) for _, text in parts)
    data = record(0xEC, place) + record(0x5D, struct.pack("<HHHH", 0x15, 18, kind, 1).ljust(26, b"\0"))
    data += record(0xEC, b"\0" * 8) + record(0x1B6, struct.pack("<10xHHI", length, 16, 0))
    for is_wide, text in parts:
        data += record(0x3C, b"\1" + text.encode("utf-16-le") if is_wide else b"\0" + text.encode("latin-1"))
    return data + record(0x3C, bytes(16))


def book(*sheets: tuple[int, bytes]) -> bytes:
    """The stream of a workbook with these sheets, each of a type and with records."""
    starts = record(0x809, bytes(16)), record(0xA, b"")
    listed = sum(len(record(0x85, bytes(12))) for _ in sheets)
    at = len(starts[0]) + listed + len(starts[1])
    head, body = starts[0], b""
    for kind, records in sheets:
        head += record(0x85, struct.pack("<IBB6s", at + len(body), 0, kind, b"\4\0Name"))
        body += starts[0] + records + starts[1]
    return head + starts[1] + body


def test_the_boxes_of_a_sheet_are_those_of_its_number_among_sheets_of_cells() -> None:
    first = box((False, "caf\xe9\nopen "), (True, "营业中"), row=4, column=2)
    comment = box((False, "a comment"), kind=COMMENT)
    stream = book((0, comment + first), (2, box((False, "a chart"))), (0, b""), (0, box((False, "last"))))
    assert read_boxes(stream) == {
        0: [(4, {2: SheetCell("café")}), (4, {2: SheetCell("open 营业中")})],
        2: [(0, {0: SheetCell("last")})],
    }


def test_records_that_are_cut_off_give_what_is_there() -> None:
    whole = book((0, box((True, "供水" * 20), row=1)))
    for end in range(len(whole)):
        for lines in read_boxes(whole[:end]).values():
            assert all(set(cell.text) <= set("供水\ufffd") for _, row in lines for cell in row.values())


def test_text_boxes_of_an_xls_follow_its_rows(read: Read) -> None:
    with olefile.OleFileIO(io.BytesIO(make_xls({"S": [["Item", "Cost"], ["water", 3]]}))) as file:
        stream = file.openstream("Workbook").read()
    end = record(0xA, b"")
    stream = stream[: stream.rindex(end)] + box((False, "See the annex."), row=6, column=1) + end
    document = read("a.xls", make_ole({"Workbook": stream})).only
    assert document.text.endswith("\n\nSee the annex.")
    assert document.places[-1].name == "S!B7"


def test_text_boxes_of_an_ods_follow_its_rows(read: Read) -> None:
    frame = "<draw:frame><draw:text-box><text:p>{}</text:p><text:p/></draw:text-box></draw:frame>"
    xmlns = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    xmlns += 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'

    def add(name: str, part: bytes) -> bytes:
        if name != "content.xml":
            return part
        in_cell = f"<draw:g {xmlns}>{frame.format('See the annex.')}</draw:g></table:table-cell></table:table-row>"
        first = f"<table:shapes><draw:rect {xmlns}><text:p>Draft</text:p></draw:rect></table:shapes><table:table-row>"
        cell = part.replace(b"</table:table-cell></table:table-row>", in_cell.encode(), 1)
        return cell.replace(b"<table:table-row>", first.encode(), 1)

    data = change_parts(make_ods({"S": [["Item", "Cost"], ["water", 3.0]]}), add)
    document = read("a.ods", data).only
    assert document.text.endswith("\n\nDraft\n\nSee the annex.")
    assert [place.name for place in document.places[-2:]] == ["S!A1", "S!B1"]
