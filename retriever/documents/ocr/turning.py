"""Decides which way the lines of a page run: upright, on their heads, or turned by a quarter.

Lines of a page run one way, so that a few long ones decide for all. What is higher than wide is a line of a turned
page or of vertical writing, or a single narrow character.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING, Protocol

import numpy as np

from retriever.documents.ocr.interface import Corners

if TYPE_CHECKING:
    from retriever.documents.ocr.interface import Picture

# Lines that are asked whether they stand on their heads, and lines that are read both ways.
ASKED, READ = 8, 3
# What is shorter than so many of its heights may be a single character, whose picture says little of its turn.
SHORT = 2.3


class Scored(Protocol):
    """What was recognised on a line."""

    @property
    def text(self) -> str:
        """The text."""
        ...

    @property
    def confidence(self) -> float:
        """How sure it is, 0 to 1."""
        ...


Read = Callable[[Sequence["Picture"]], Sequence[Scored]]
Classify = Callable[[Sequence["Picture"]], Sequence[bool]]


def choose_page_turn(crops: Sequence[Picture], tall: Sequence[bool], read: Read) -> int:
    """By how many quarters to turn a page, counter-clockwise, so that most of its lines run to the right: 0, 1 or 3.

    Vertical writing is turned like lines that run downwards. The arguments are those of ``choose_turns``.
    """
    lengths = [crop.shape[1] for crop in crops]
    down = [at for at in range(len(crops)) if tall[at] and _shape(crops[at]) >= SHORT]
    if not down or 2 * sum(lengths[at] for at in down) < sum(lengths):
        return 0
    sample = [crops[at] for at in sorted(down, key=lambda at: -lengths[at])[:READ]]
    return 3 if _score(read([np.ascontiguousarray(np.rot90(crop, 2)) for crop in sample])) > _score(read(sample)) else 1


def turn_back(corners: Corners, turn: int, width: int, height: int) -> Corners:
    """Corners on a page that was turned by ``turn`` quarters, as they are on the page of ``width`` and ``height``."""
    if turn == 1:
        one, two, three, four = ((width - y, x) for x, y in corners)
    else:
        one, two, three, four = ((y, height - x) for x, y in corners)
    return one, two, three, four


def choose_turns(crops: Sequence[Picture], tall: Sequence[bool], read: Read, classify: Classify) -> list[int]:
    """By how many quarters to turn the picture of each line, counter-clockwise, so that it can be read.

    - ``crops``: the pictures of lines, each wider than high: those of ``tall`` lines were turned by a quarter for that,
      so that what ran downwards runs to the right
    - ``tall``: whether the line is higher than wide on the page
    - ``read``: recognises lines
    - ``classify``: whether lines seem to stand on their heads, by a quick look
    """
    long = [_shape(crop) >= SHORT for crop in crops]
    wide_ones = [at for at in range(len(crops)) if not tall[at]]
    tall_ones = [at for at in range(len(crops)) if tall[at] and long[at]]
    length_of = [crop.shape[1] for crop in crops]
    is_upright = sum(length_of[at] for at in wide_ones) >= sum(length_of[at] for at in tall_ones)
    wide_turn = _choose([crops[at] for at in wide_ones], read, classify)
    tall_turn = _choose([crops[at] for at in tall_ones], read, classify)
    turns = []
    for at in range(len(crops)):
        if not tall[at]:
            turns.append(wide_turn)
        elif long[at] or not is_upright:
            turns.append(tall_turn)
        else:
            # A narrow character of upright text: back to how it stood.
            turns.append((3 + wide_turn) % 4)
    return turns


def _choose(crops: Sequence[Picture], read: Read, classify: Classify) -> int:
    """2 if these lines stand on their heads, else 0."""
    if not crops:
        return 0
    longest = sorted(crops, key=lambda crop: -crop.shape[1])
    asked = list(classify(longest[:ASKED]))
    if 2 * sum(asked) < len(asked):
        return 0
    sample = longest[:READ]
    as_cut = _score(read(sample))
    return 2 if _score(read([np.ascontiguousarray(np.rot90(crop, 2)) for crop in sample])) > as_cut else 0


def _score(readings: Sequence[Scored]) -> float:
    return sum(reading.confidence**2 * len(reading.text) for reading in readings)


def _shape(crop: Picture) -> float:
    return float(crop.shape[1] / max(1, crop.shape[0]))


def turn_corners(corners: Corners, turns: int) -> Corners:
    """The corners of a line as seen after its picture was turned by ``turns`` quarters counter-clockwise."""
    one, two, three, four = (corners[(at + turns) % 4] for at in range(4))
    return one, two, three, four


def find_angle(corners: Corners) -> float:
    """The direction in which a line is read, in degrees counter-clockwise from the right, -180 to 180."""
    (left, top), (right, other_top) = corners[0], corners[1]
    return float(np.degrees(np.arctan2(top - other_top, right - left)))


def find_skew(angles: Sequence[float]) -> float:
    """By how much lines are off the nearest quarter, in degrees: their median."""
    return median((angle + 45) % 90 - 45 for angle in angles) if angles else 0.0
