"""The text of documents of Works 1 to 4.5, of DOS and Windows: bytes of a code page behind a head of 256 bytes.

The head names the version, the code page of DOS and where the text lies: the page header, the page footer, and the main
text with the footnotes at its end. Only that is read.
"""

from __future__ import annotations

import struct

from retriever.documents.guess import EAST_ASIAN, guess_encoding, measure_plausibility
from retriever.documents.sniff import WORKS_HEAD

# The version of DOS, and of Works 2 for Windows.
DOS = 1
# Where the head has the code page, in its bits from 4 on, and where the parts of the text begin and end.
CODE_PAGE, LIMITS = 0x10, 0x1A
OF_DOS = frozenset({437, 737, 775, 850, 852, 855, 857, 858, *range(860, 867), 869, 874})
OF_DOS_AND_WINDOWS = frozenset({932, 936, 949, 950})
USUAL, WESTERN = 850, "cp1252"
# Controls but tabs and the ends of lines and pages: marks of notes, fields, pictures. No text has them.
MARKS = bytes(range(9)) + bytes(range(14, 17)) + bytes(range(19, 32))
# Ends of paragraphs (a page break is one), lines within one, a hyphen and a space that do not break. The last one is a
# character of frames in the code pages of DOS, which Works uses for that space.
CHARACTERS = str.maketrans({"\f": "\n", "\v": "\r", "\x11": "-", "\x12": "\u00a0", "╩": "\u00a0"})


def read_older_text(data: bytes) -> list[str]:
    """The paragraphs of the main text, each with line feeds between its lines, of data that has the head."""
    *begins, end = struct.unpack_from("<4i", data, LIMITS)
    # Where there is no page header or footer the head has -1 or the place before.
    begin = max([WORKS_HEAD, *(at for at in begins if at <= end)])
    raw = data[begin:end].replace(b"\r\n", b"\n").translate(None, MARKS + b"\r")
    text = raw.decode(_find_encoding(data, raw), "replace").translate(CHARACTERS)
    return [paragraph.replace("\r", "\n") for paragraph in text.split("\n")]


def _find_encoding(data: bytes, raw: bytes) -> str:
    """The code page of a text, of which only documents for DOS say which it is."""
    if raw.isascii():
        return "ascii"
    if data[0] == DOS:
        (stored,) = struct.unpack_from("<H", data, CODE_PAGE)
        number = stored >> 4 & 0x7FF
        if number in OF_DOS_AND_WINDOWS:
            return f"cp{number}"
        of_dos = f"cp{number if number in OF_DOS else USUAL}"
        # Works 2 for Windows has the same head.
        return max(of_dos, WESTERN, key=lambda name: measure_plausibility(raw, name))
    found, _ = guess_encoding(raw)
    return found if found in EAST_ASIAN or found.startswith("cp125") else WESTERN
