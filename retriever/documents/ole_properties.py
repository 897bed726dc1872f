"""The properties of a compound file, under the names that all formats share.

The form is that of [MS-OLEPS]. Only texts, numbers and times are read, each within the bytes that are there: sizes and
counts in a damaged file may be anything.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from retriever.documents.blocks import collapse_whitespace

# The numbers of the properties that become metadata, in the two streams that Office writes.
TEXTS = {2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "description"}
TIMES = {12: "created", 13: "modified"}
PAGES, SLIDES, CODEPAGE = 14, 7, 1
# The place of the first set of properties in a stream, properties that are looked at in it, and bytes of each.
FIRST_SET, MOST, LARGEST = 44, 200, 1 << 16
# Types of values.
SHORT, LONG, UNSIGNED, BYTES, WIDE, TIME = 2, 3, 19, 30, 31, 64
NUMBERS = {SHORT: "<h", LONG: "<i", UNSIGNED: "<I"}
# Python has other names for the code pages of UTF-16 and UTF-8.
ENCODINGS = {1200: "utf-16-le", 65001: "utf-8"}
# Times count tenths of a microsecond from this year. Before the other no program wrote such files; what is older stands
# for no date.
START, FIRST_YEAR = datetime(1601, 1, 1), 1980


def read_properties(summary: bytes, document_summary: bytes) -> dict[str, Any]:
    """What the two streams of properties say; what is damaged is left out."""
    values = dict(_iter_values(summary))
    encoding = _find_encoding(values.get(CODEPAGE, (SHORT, b"")))
    found: dict[str, Any] = {}
    for number, name in TEXTS.items():
        text = _read_text(*values.get(number, (0, b"")), encoding)
        if text:
            found[name] = text
    for number, name in TIMES.items():
        time = _read_time(*values.get(number, (0, b"")))
        if time:
            found[name] = time
    slides = dict(_iter_values(document_summary)).get(SLIDES, (0, b""))
    count = _read_number(*slides) or _read_number(*values.get(PAGES, (0, b"")))
    if count > 0:
        found["pages"] = count
    return found


def _iter_values(stream: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """The properties of the first set: the number of each, its type, and the bytes from its value on."""
    if len(stream) < FIRST_SET + 4:
        return
    start = int.from_bytes(stream[FIRST_SET : FIRST_SET + 4], "little")
    count = min(MOST, int.from_bytes(stream[start + 4 : start + 8], "little"))
    for at in range(start + 8, start + 8 + 8 * count, 8):
        entry = stream[at : at + 8]
        if len(entry) == 8:
            number, place = struct.unpack("<II", entry)
            value = start + place
            yield number, (int.from_bytes(stream[value : value + 2], "little"), stream[value + 4 : value + 4 + LARGEST])


def _find_encoding(codepage: tuple[int, bytes]) -> str:
    number = _read_number(*codepage) & 0xFFFF or 1252
    encoding = ENCODINGS.get(number, f"cp{number}")
    try:
        "".encode(encoding)
    except LookupError:
        return "cp1252"
    return encoding


def _read_text(kind: int, data: bytes, encoding: str) -> str:
    size = int.from_bytes(data[:4], "little")
    if kind == WIDE:
        return _decode(data[4 : 4 + 2 * size], "utf-16-le")
    return _decode(data[4 : 4 + size], encoding) if kind == BYTES else ""


def _decode(data: bytes, encoding: str) -> str:
    return collapse_whitespace(data.decode(encoding, "replace").partition("\0")[0])


def _read_number(kind: int, data: bytes) -> int:
    form = NUMBERS.get(kind)
    return int(struct.unpack_from(form, data)[0]) if form and len(data) >= struct.calcsize(form) else 0


def _read_time(kind: int, data: bytes) -> str:
    """A time in UTC; "" if there is none."""
    if kind != TIME or len(data) < 8:
        return ""
    try:
        time = START + timedelta(microseconds=int.from_bytes(data[:8], "little") // 10)
    except OverflowError:
        return ""
    return time.replace(microsecond=0).isoformat() + "Z" if time.year > FIRST_YEAR else ""
