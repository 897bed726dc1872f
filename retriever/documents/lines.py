"""Reads a text file of any size as numbered lines, decoded one by one in bounded memory.

A line ends at a line feed, which is removed along with a carriage return before it; or at a carriage return, in a file
that begins without line feeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from retriever.documents.encodings import (
    BLOCK,
    Encoding,
    check_encoding,
    check_not_binary,
    decode_bytes,
    detect_bom,
    detect_stream_encoding,
    report_encoding,
)
from retriever.documents.interface import Source
from retriever.documents.mixed_encodings import MIXED
from retriever.frozen import dataclass

# Bytes in which the first end of a line is looked for.
LOOKED_AT = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number, from 1; ``text`` is None if the line exceeds the limit of the source."""

    number: int
    text: str | None


def read_lines(source: Source) -> Iterator[Line]:
    """The lines of ``source``. A guessed encoding is reported first, replaced characters at the end."""
    with source.open() as file:
        check_not_binary(file.read(BLOCK))
        file.seek(0)
        encoding = _choose_encoding(source, file)
        report_encoding(source, encoding, 0)
        file.seek(encoding.bom_size)
        end = _find_end(file, encoding.name.removeprefix(MIXED))
        file.seek(encoding.bom_size)
        replaced = 0
        for number, data in enumerate(_split(file, end, source.max_size), 1):
            text, lost = (None, 0) if data is None else decode_bytes(data, encoding.name)
            replaced += lost
            yield Line(number, text if text is None else text.removesuffix("\r"))
        report_encoding(source, Encoding(encoding.name), replaced)


def _choose_encoding(source: Source, file: BinaryIO) -> Encoding:
    if source.encoding is None:
        return detect_stream_encoding(file)
    named = Encoding(check_encoding(source.encoding))
    stated = detect_bom(file.read(4))
    return stated if stated is not None and stated.name.startswith(named.name) else named


def _find_end(file: BinaryIO, encoding: str) -> bytes:
    """How the lines of a file end, by its beginning."""
    feed, carriage = "\n".encode(encoding), "\r".encode(encoding)
    head = bytearray(file.read(LOOKED_AT))
    # One at the very end may belong to a line feed.
    return carriage if _find(head, feed, 0) < 0 <= _find(head[: -len(carriage)], carriage, 0) else feed


def _split(file: BinaryIO, end: bytes, limit: int | None) -> Iterator[bytes | None]:
    """The pieces of ``file`` between ``end`` sequences at character boundaries; None for one longer than ``limit``."""
    pending = bytearray()
    too_long = False
    while block := file.read(BLOCK):
        searched = max(0, len(pending) - len(end) + 1)
        pending += block
        start = 0
        while (found := _find(pending, end, max(start, searched))) >= 0:
            yield None if too_long or _exceeds(found - start, limit) else bytes(pending[start:found])
            too_long = False
            start = found + len(end)
        del pending[:start]
        if _exceeds(len(pending), limit):
            too_long = True
            # Drop a multiple of four bytes, so that the next end is still found at a character boundary.
            del pending[: len(pending) - len(pending) % 4]
    if pending or too_long:
        yield None if too_long else bytes(pending)


def _find(data: bytearray, end: bytes, start: int) -> int:
    """The next offset of ``end`` that is a multiple of its own length; -1 if there is none."""
    found = data.find(end, start)
    while found >= 0 and found % len(end):
        found = data.find(end, found + 1)
    return found


def _exceeds(size: int, limit: int | None) -> bool:
    return limit is not None and size > limit
