"""Characters of symbol fonts: what Wingdings, Webdings and Symbol draw for a code, as Unicode characters.

Such a font stores a picture under the code of a letter, or under that code plus U+F000, so the code alone says nothing.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

TICKED_BOX = "☒"
EMPTY_BOX = "☐"
# Symbol fonts use the codes from FIRST to LAST, often moved to this block of the private use area.
PRIVATE = 0xF000
FIRST, LAST = 0x20, 0xFF


def is_symbol_font(font: str) -> bool:
    """Whether the characters of ``font`` are pictures."""
    return font.strip().lower() in _load_fonts()


def translate_symbols(text: str, font: str) -> str:
    """``text`` as a symbol font draws it. What it has no character for is left out."""
    drawn = _load_fonts()[font.strip().lower()]
    return "".join(_translate(character, drawn) for character in text)


def translate_private(text: str) -> str:
    """``text`` with characters that only a symbol font can have stored, read as those of Wingdings."""
    if not any(PRIVATE + FIRST <= ord(character) <= PRIVATE + LAST for character in text):
        return text
    drawn = _load_fonts()["wingdings"]
    return "".join(_translate(character, drawn) if ord(character) >= PRIVATE else character for character in text)


def _translate(character: str, drawn: str) -> str:
    code = ord(character)
    if PRIVATE <= code <= PRIVATE + LAST:
        code -= PRIVATE
    if not FIRST <= code <= LAST:
        return character
    found = drawn[code - FIRST]
    return "" if found == "\ufffd" else found


@lru_cache(maxsize=1)
def _load_fonts() -> dict[str, str]:
    """The fonts by their names in lower case, each with a character for every code."""
    table = files("retriever.documents").joinpath("symbol_fonts.txt").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in table.split("\n") if line and not line.startswith("#"))
    return {name: drawn for name, _, drawn in rows}
