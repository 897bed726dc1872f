"""Puts accents that were drawn by themselves onto their letters.

Old typesetting programs draw ``ś`` as an acute accent and an s at one place. PDFium sees two characters, and often a
line break between them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from retriever.documents.pdf.characters import Characters
from retriever.documents.pdf.ink import find_ink

if TYPE_CHECKING:
    from retriever.documents.pdf.ink import Codes

_COMBINING = {
    "¨": "\u0308",
    "´": "\u0301",
    "¸": "\u0327",
    "ˆ": "\u0302",
    "ˇ": "\u030c",
    "˘": "\u0306",
    "˙": "\u0307",
    "˚": "\u030a",
    "˛": "\u0328",
    "˜": "\u0303",
    "˝": "\u030b",
}
_CODES = np.array([ord(accent) for accent in _COMBINING], np.uint32)
_DOTLESS = {"ı": "i", "ȷ": "j"}
# Letters whose gap is smaller than this many heights belong to one word.
_WORD_GAP = 0.15


def compose_accents(page: Characters) -> Characters:
    """The characters with each accent and the letter at its place as one."""
    accents = np.flatnonzero(np.isin(page.codes, _CODES))
    if not len(accents):
        return page
    codes = page.codes.copy()
    kept = np.ones(len(codes), np.bool_)
    ink = find_ink(codes)
    for at in accents.tolist():
        place = int(np.searchsorted(ink, at))
        before, after = (int(ink[one]) if 0 <= one < len(ink) else None for one in (place - 1, place + 1))
        for letter in (after, before):
            composed = None if letter is None else _compose(page, codes, at, letter)
            if letter is not None and composed is not None:
                codes[letter] = ord(composed)
                kept[min(at, letter) : max(at, letter)] = False
                kept[at], kept[letter] = False, True
                other = before if letter == after else after
                if other is not None and _are_close(page, other, letter):
                    kept[min(at, other) + 1 : max(at, other)] = False
                break
    return page._replace(codes=codes).take(kept)


def _compose(page: Characters, codes: Codes, at: int, letter: int) -> str | None:
    """The letter with the accent at ``at``, if it stands below or above it and Unicode has the two as one."""
    middle = (page.boxes[at, 0] + page.boxes[at, 2]) / 2
    if not page.boxes[letter, 0] <= middle <= page.boxes[letter, 2]:
        return None
    base = chr(int(codes[letter]))
    composed = unicodedata.normalize("NFC", _DOTLESS.get(base, base) + _COMBINING[chr(int(codes[at]))])
    return composed if len(composed) == 1 else None


def _are_close(page: Characters, one: int, other: int) -> bool:
    first, second = sorted((page.boxes[one], page.boxes[other]), key=lambda box: float(box[0]))
    height = max(float(second[3] - second[1]), 1.0)
    level = abs(float(page.origins[one, 1] - page.origins[other, 1])) < 0.1 * height
    return level and float(second[0] - first[2]) < _WORD_GAP * height
