"""Measures how much of a line's ink the recognised characters account for.

A recogniser that does not know a script gives nothing for most of its letters, with full confidence in the rest: the
spaces, figures and full stops between them. What it leaves out shows as ink without characters.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retriever.documents.ocr.interface import Picture

# The least width of a character in heights of its line, which is about 1.3 em high as it is cut.
WIDE, NARROW, THIN, SPACE = 0.72, 0.38, 0.16, 0.2
_THIN = frozenset(".,:;!|'`·iIjltf1()[]")
# How far from the ground ink is, of 0 to 255, and how far ink reaches to both sides, in heights.
_INK, _REACH = 60, 0.12


def measure_coverage(line: Picture, text: str) -> float:
    """The share of the ink on the picture of a line that ``text`` accounts for, 0 to 1."""
    height = line.shape[0]
    grey = line.mean(axis=2) if line.ndim == 3 else line.astype(np.float64)
    ground = float(np.median(grey))
    columns = (np.abs(grey - ground) > _INK).any(axis=0)
    reach = max(1, round(_REACH * height))
    inked = np.convolve(columns, np.ones(2 * reach + 1), "same") > 0
    length: float = float(inked.sum()) / max(1, height)
    if length == 0:
        return 1.0
    known: float = sum(_find_width(character) for character in text)
    return min(1.0, round(known / length, 3))


def _find_width(character: str) -> float:
    if character.isspace():
        return SPACE
    if unicodedata.east_asian_width(character) in "WF":
        return WIDE
    return THIN if character in _THIN else NARROW
