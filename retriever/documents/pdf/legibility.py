"""Tells text from what only looks like a text layer: glyphs without a meaning, or with a wrong one.

A font that does not say what its glyphs mean yields U+FFFD, private characters or control characters; one that says it
wrongly yields accented letters in rows. A picture of the page would have to be recognised instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.documents.pdf.fragments import Fragment
from retriever.documents.pdf.ink import find_ink

if TYPE_CHECKING:
    from retriever.documents.pdf.ink import Codes, Mask

# The share of meaningless characters above which a page is not text. Bullets and symbols of private fonts are a few.
_MAX_MEANINGLESS = 0.5
# The share of accented letters and signs of Latin-1. French and Vietnamese have a fifth, Chinese read wrongly nearly 1.
_MAX_ACCENTED = 0.6
_FEW = 8
_MEANINGLESS = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")


def is_legible(page: Codes) -> bool:
    """Whether the characters of a page are text. Blank pages are."""
    codes = page[find_ink(page)]
    controls = int(((page < 0x20) & (page > 0x02) & ~np.isin(page, [0x09, 0x0A, 0x0D])).sum())
    total = len(codes) + controls
    if not total:
        return True
    if controls + int(_is_meaningless(codes).sum()) > _MAX_MEANINGLESS * total:
        return False
    accented = int(((codes > 0xA0) & (codes < 0x100)).sum())
    return accented < _FEW or accented <= _MAX_ACCENTED * total


def drop_illegible(fragments: Sequence[Fragment]) -> tuple[list[Fragment], int]:
    """The fragments that are mostly text, and how many characters the others have."""
    kept: list[Fragment] = []
    dropped = 0
    for fragment in fragments:
        meaningless = 0 if fragment.text.isascii() else len(_MEANINGLESS.findall(fragment.text))
        if meaningless >= _FEW and meaningless > _MAX_MEANINGLESS * len(fragment.text):
            dropped += len(fragment.text)
        else:
            kept.append(fragment)
    return kept, dropped


def _is_meaningless(codes: Codes) -> Mask:
    meaningless: Mask = (codes == 0xFFFD) | (codes >= 0xE000) & (codes < 0xF900) | (codes >= 0xF0000)
    return meaningless
