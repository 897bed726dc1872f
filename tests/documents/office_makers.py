"""Makes files of Office: by the libraries that write a format, and where there is none, from scratch."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Rows = Sequence[Sequence[Any]]
SECTOR, END, FREE, FAT, NONE = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
LEAST_STREAM = 4096


def make_xlsx(sheets: Mapping[str, Rows], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook with these rows by sheet; ``change`` gets it from openpyxl before it is saved."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change is not None:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def make_xls(sheets: Mapping[str, Rows], formats: Mapping[tuple[int, int], str] | None = None) -> bytes:
    """A workbook of Excel 97 with these rows by sheet, and format codes by row and column."""
    import xlwt

    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                code = (formats or {}).get((at, column))
                style = xlwt.easyxf(num_format_str=code) if code else xlwt.Style.default_style
                sheet.write(at, column, value, style)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def make_ods(sheets: Mapping[str, Rows]) -> bytes:
    """A spreadsheet of OpenDocument with these rows by sheet; figures are shown with two decimals."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for value in row:
                is_figure = isinstance(value, float)
                cell = TableCell(valuetype="float", value=value) if is_figure else TableCell(valuetype="string")
                cell.addElement(P(text=f"{value:.2f}" if is_figure else value))
                line.addElement(cell)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    return save_odf(book)


def change_parts(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """A package with what ``change`` makes of each part, of which it gets the name and the bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in package.namelist():
            changed.writestr(name, change(name, package.read(name)))
    return buffer.getvalue()


def save_odf(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def make_ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams at its root."""
    sectors: list[bytes] = []
    fat: list[int] = []

    def add(data: bytes) -> int:
        first = len(sectors)
        count = -(-len(data) // SECTOR)
        for number in range(count):
            sectors.append(data[number * SECTOR : (number + 1) * SECTOR].ljust(SECTOR, b"\0"))
            fat.append(first + number + 1 if number < count - 1 else END)
        return first

    entries = [_make_entry("Root Entry", 5, 1 if streams else NONE, END, 0)]
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    for at, name in enumerate(names, 1):
        data = streams[name].ljust(LEAST_STREAM, b"\0")
        following = at + 1 if at < len(names) else NONE
        entries.append(_make_entry(name, 2, NONE, add(data), len(data), right=following))
    entries += [bytes(128)] * (-len(entries) % 4)
    directory = add(b"".join(entries))
    first_fat = len(sectors)
    fat.append(FAT)
    assert len(fat) <= SECTOR // 4
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory, 0, 4096, END, 0, END, 0, first_fat
    )
    return head.ljust(SECTOR, b"\xff") + b"".join(sectors) + table


def _make_entry(name: str, kind: int, child: int, start: int, size: int, right: int = NONE) -> bytes:
    coded = (name + "\0").encode("utf-16-le")
    entry = coded.ljust(64, b"\0") + struct.pack("<HBBIII", len(coded), kind, 1, NONE, right, child)
    return entry + bytes(36) + struct.pack("<IQ", start, size)


Paragraph = tuple[str, int, bytes]
"""The text with its end, the number of its style (0 plain, 1 to 9 headings, 10 the title), and modifications."""

ROW_END, IN_TABLE = b"\x16\x24\x01\x17\x24\x01", b"\x16\x24\x01"
UNSEEN = {"deleted": b"\x00\x08\x01", "hidden": b"\x3c\x08\x01"}


def make_doc(
    paragraphs: Sequence[Paragraph],
    *,
    notes: str = "",
    runs: Sequence[tuple[int, int, bytes]] = (),
    flags: int = 0x200,
) -> bytes:
    """A document of Word 97: two pieces of text, one of one byte a character and one of two.

    ``runs`` are spans of characters with modifications. ``flags`` are those of the head.
    """
    text = "".join(words for words, _, _ in paragraphs)
    whole = text + notes
    split = next((at for at, character in enumerate(whole) if ord(character) > 0x7F), len(whole))
    units = whole[split:].encode("utf-16-le")
    start = 2048
    body = whole[:split].encode("cp1252").ljust(split + split % 2, b"\0")
    second = start + len(body)

    def place(at: int) -> int:
        return start + at if at < split else second + 2 * len(whole[split:at].encode("utf-16-le")) // 2

    def unit(at: int) -> int:
        return len(whole[:at].encode("utf-16-le")) // 2

    pieces = [(0, start * 2 | 0x40000000), (split, second)]
    pieces = [piece for piece in pieces if piece[0] < len(whole) and (piece[0] or split)] or pieces[1:]
    firsts = [*(unit(at) for at, _ in pieces), unit(len(whole))]
    plc = struct.pack(f"<{len(firsts)}I", *firsts) + b"".join(struct.pack("<HIH", 0, at, 0) for _, at in pieces)
    clx = b"\x02" + struct.pack("<I", len(plc)) + plc
    ends, at = [], 0
    for words, _, _ in paragraphs:
        at += len(words)
        ends.append(at)
    papx = _make_page(
        [place(0), *(place(end - 1) + (1 if end <= split else 2) for end in ends)],
        [struct.pack("<H", style) + changes for _, style, changes in paragraphs],
        width=13,
    )
    bounds = sorted({0, len(whole), *(at for run in runs for at in run[:2])})
    changes = [next((code for first, last, code in runs if first <= at < last), b"") for at in bounds[:-1]]
    chpx = _make_page([place(at) for at in bounds], changes, width=1)
    stsh = struct.pack("<HHH14x", 18, 11, 10)
    for style in range(11):
        stsh += struct.pack("<HH8x", 10, {10: 62}.get(style, style))
    main = body + units
    pages = -(-(start + len(main)) // SECTOR)
    main = main.ljust(pages * SECTOR - start, b"\0") + papx + chpx
    table = b""
    parts = {}
    last = place(len(whole))
    for number, data in (
        (1, stsh),
        (12, struct.pack("<III", start, last, pages + 1)),
        (13, struct.pack("<III", start, last, pages)),
        (33, clx),
    ):
        parts[number] = (len(table), len(data))
        table += data
    head = struct.pack("<HH6xH", 0xA5EC, 0xC1, flags).ljust(32, b"\0") + struct.pack("<H", 14) + bytes(28)
    head += struct.pack("<H12x8i", 22, unit(len(text)), unit(len(whole)) - unit(len(text)), 0, 0, 0, 0, 0, 0).ljust(
        90, b"\0"
    )
    head += struct.pack("<H", 93) + b"".join(struct.pack("<II", *parts.get(number, (0, 0))) for number in range(93))
    return make_ole({"WordDocument": head.ljust(start, b"\0") + main, "1Table": table})


def _make_page(places: Sequence[int], values: Sequence[bytes], *, width: int) -> bytes:
    """A page of properties: where its ranges begin and end, and the value of each."""
    head = struct.pack(f"<{len(places)}I", *places)
    at = SECTOR - 2
    offsets, held = b"", bytearray(SECTOR)
    for value in values:
        if width == 13:
            padded = value + bytes(1 - len(value) % 2)
            data = bytes([(len(padded) + 1) // 2]) + padded
        else:
            data = bytes([len(value)]) + value if value else b""
        at = (at - len(data)) // 2 * 2
        held[at : at + len(data)] = data
        offsets += bytes([at // 2 if data else 0]).ljust(width, b"\0")
    held[: len(head) + len(offsets)] = head + offsets
    held[SECTOR - 1] = len(values)
    return bytes(held)


def make_record(kind: int, data: bytes, *, instance: int = 0, version: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4 | version, kind, len(data)) + data


def make_text(kind: int, words: str) -> bytes:
    """The records of a text of a presentation, of this kind: 0 a title, 1 a body, 2 notes."""
    header = make_record(3999, struct.pack("<I", kind))
    if words.isascii():
        return header + make_record(4008, words.encode())
    return header + make_record(4000, words.encode("utf-16-le"))


def make_ppt(slides: Sequence[tuple[str, str, str]], *, encrypted: bool = False) -> bytes:
    """A presentation of PowerPoint 97: slides by title (in the outline), text of a box, and notes."""
    data = b""
    offsets: list[int] = []

    def add(record: bytes) -> int:
        nonlocal data
        offsets.append(len(data))
        data += record
        return len(offsets)

    listed = {0: b"", 2: b""}
    for number, (title, words, notes) in enumerate(slides):
        box = make_record(0xF00D, make_record(3998, struct.pack("<I", 0)), version=15)
        box += make_record(0xF00D, make_text(4, words), version=15)
        slide = add(make_record(1006, make_record(1036, box, version=15), version=15))
        listed[0] += make_record(1011, struct.pack("<IIIII", slide, 0, 1, 256 + number, 0)) + make_text(0, title)
        if notes:
            box = make_record(0xF00D, make_text(2, notes), version=15)
            atom = make_record(1009, struct.pack("<II", 256 + number, 0))
            page = add(make_record(1008, atom + make_record(1036, box, version=15), version=15))
            listed[2] += make_record(1011, struct.pack("<IIIII", page, 0, 0, 512 + number, 0))
    lists = b"".join(make_record(4080, held, instance=at, version=15) for at, held in listed.items())
    document = add(make_record(1000, lists, version=15))
    directory = len(data)
    data += make_record(6002, struct.pack(f"<I{len(offsets)}I", len(offsets) << 20 | 1, *offsets))
    edit = len(data)
    data += make_record(4085, struct.pack("<IIIIIII", 0, 0, 0, directory, document, 0, 0))
    user = make_record(4086, struct.pack("<III", 20, 0xF3D1C4DF if encrypted else 0xE391C05F, edit))
    return make_ole({"PowerPoint Document": data, "Current User": user})
