"""Tells the characters that leave ink on the page from white space and what PDFium made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Codes: TypeAlias = "npt.NDArray[np.uint32]"
    Mask: TypeAlias = "npt.NDArray[np.bool_]"
    Places: TypeAlias = "npt.NDArray[np.int64]"

# What PDFium returns for a hyphen at the end of a line.
HYPHEN = 0x02
_SPACES = np.array([0x20, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF])


def find_ink(codes: Codes) -> Places:
    """The places of the characters that are neither white space nor control characters nor marks on others."""
    blank = (codes < 0x21) & (codes != HYPHEN) | is_mark(codes)
    blank |= (codes >= 0x7F) & (codes <= 0xA0)
    high = codes > 0x167F
    blank[high] |= np.isin(codes[high], _SPACES) | (codes[high] & 0xFFFE == 0xFFFE)
    return np.flatnonzero(~blank)


def is_mark(codes: Codes) -> Mask:
    """Which characters are Latin accents and the points of Arabic and Hebrew, which stand where another one stands."""
    marks: Mask = (codes >= 0x300) & (codes < 0x370)
    points = (codes >= 0x591) & (codes < 0x671)
    if points.any():
        marks |= points & ((codes < 0x5BE) | (codes >= 0x610) & (codes < 0x61B) | (codes >= 0x64B) & (codes < 0x660))
        marks |= codes == 0x670
    return marks


def follows_newline(codes: Codes, ink: Places) -> Mask:
    """For each character of ``ink`` but the first, whether PDFium put a line break between it and the one before."""
    breaks = np.cumsum((codes == 0x0A) | (codes == 0x0D))
    newline: Mask = breaks[ink[1:]] > breaks[ink[:-1]]
    return newline


def is_ideographic(codes: Codes) -> Mask:
    """Which characters occur in vertical text: Han, kana, full-width forms and their punctuation."""
    wide: Mask = (codes >= 0x2E80) & (codes < 0xA000) | (codes >= 0xF900) & (codes < 0xFB00)
    wide |= (codes >= 0xFE10) & (codes < 0xFE50) | (codes >= 0xFF00) & (codes < 0xFFF0) | (codes >= 0x20000)
    # Dashes and the ellipsis of Chinese and Japanese punctuation are shared with other scripts.
    return wide | np.isin(codes, [0x2014, 0x2015, 0x2025, 0x2026])
