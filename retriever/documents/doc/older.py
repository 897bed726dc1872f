"""The text of documents of Word 6 and 95, which is stored in the code page of the language.

Word for East Asia gave each character two bytes, those of its code page or, below 256, one of its own. Only the main
text is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from retriever.documents.doc.structure import iter_piece_table
from retriever.documents.guess import guess_encoding, measure_plausibility

# What the head says: the text lies in pieces, or has two bytes a character.
IN_PIECES, IS_WIDE = 0x4, 0x1000
# Where the head says what characters the text has, how long it is, and where the table of its pieces lies.
CHARACTERS, LENGTH, PIECES = 20, 52, 0x160
# By the first two bytes of a document of Japan, Korea and China. What is right for China, the text tells.
EAST_ASIAN = {0xA697: ("cp932",), 0xA698: ("cp949",), 0xA699: ("gb18030", "big5hkscs")}
WESTERN = "cp1252"
# The characters of the Mac, as the head calls them.
MAC = 256


def read_older_text(main: bytes, flags: int) -> str:
    """The main text, with all marks in it. Raises struct.error and what ``iter_piece_table`` does."""
    width = 2 if flags & IS_WIDE else 1
    data = b"".join(_iter_stretches(main, flags, width))
    if width == 1:
        (characters,) = struct.unpack_from("<H", main, CHARACTERS)
        return data.decode("mac-roman" if characters == MAC else _find_code_page(data), "replace")
    (kind,) = struct.unpack_from("<H", main)
    units = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    encodings = EAST_ASIAN.get(kind, EAST_ASIAN[0xA699])
    return _decode_wide(units, max(encodings, key=lambda name: _rate(units, name)))


def _iter_stretches(main: bytes, flags: int, width: int) -> Iterator[bytes]:
    (length,) = struct.unpack_from("<I", main, LENGTH)
    if not flags & IN_PIECES:
        start, end = struct.unpack_from("<II", main, 24)
        yield main[start : min(end, start + length * width)]
        return
    at, size = struct.unpack_from("<II", main, PIECES)
    for _, count, place in iter_piece_table(main[at : at + size]):
        yield main[place : place + width * min(count, length)]
        length -= min(count, length)


def _find_code_page(data: bytes) -> str:
    """The code page of a text of one byte a character: what its language says in the file is often not so."""
    found, _ = guess_encoding(data) if not data.isascii() else (WESTERN, 1.0)
    return found if found.startswith("cp125") else WESTERN


def _decode_wide(units: tuple[int, ...], encoding: str) -> str:
    """The text of units of two bytes: of a character of the code page, or of one byte of the Western one."""
    text: list[str] = []
    for unit in units:
        first, second = divmod(unit, 256)
        if first < 0x80:
            text.append(chr(second) if second < 0x80 else bytes([second]).decode(WESTERN, "replace"))
        else:
            text.append(bytes([first, second]).decode(encoding, "replace"))
    return "".join(text)


def _rate(units: tuple[int, ...], encoding: str) -> float:
    """How plausible a text is in an encoding."""
    return measure_plausibility(_decode_wide(units[:4096], encoding).encode(), "utf-8")
