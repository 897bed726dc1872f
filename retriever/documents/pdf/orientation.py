"""Parts the characters of a page by their direction of writing and turns each part so that it runs to the right.

Text that is turned by some angle, and vertical Chinese and Japanese text, come out with lines that run to the right and
follow each other downwards, so that nothing else has to know of directions.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retriever.documents.pdf.characters import Characters
from retriever.documents.pdf.ink import find_ink, follows_newline, is_ideographic

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = "npt.NDArray[np.float64]"
    Mask: TypeAlias = "npt.NDArray[np.bool_]"

# Text that is turned by less than this, in degrees, counts as straight: a crooked scan.
_STRAIGHT = 8.0
# Other angles are told apart by steps of so many degrees.
_STEP = 5.0
# Letters that rise by less than this share of their distance follow each other on the level.
_LEVEL = 0.05
DOWN = 270.0
# The longest run of upright figures or letters within vertical text.
_UPRIGHT = 4


class Part(NamedTuple):
    """The characters of one direction, turned by ``angle`` degrees so that they run to the right."""

    angle: float
    characters: Characters


def split_by_direction(page: Characters) -> list[Part]:
    """The characters of each direction; the direction of most characters first.

    Vertical text and text that is turned to run downwards are one direction, since they share lines.
    """
    ink = find_ink(page.codes)
    if not len(ink):
        return []
    angles = _straighten_slanted(_round_angles(page.angles[ink]), page.origins[ink])
    vertical = _find_vertical(page, ink) & (angles == 0)
    if not vertical.any() and not angles.any():
        return [Part(0.0, page)]
    angles[vertical] = DOWN
    page = _square_boxes(page, ink[vertical])
    # What PDFium made up and white space belong to the character before.
    owners = np.maximum(np.searchsorted(ink, np.arange(len(page.codes)), side="right") - 1, 0)
    everywhere = angles[owners]
    directions, counts = np.unique(angles, return_counts=True)
    order = sorted(range(len(directions)), key=lambda at: (-counts[at], directions[at]))
    chosen = [float(directions[at]) for at in order]
    return [Part(angle, _turn(page.take(everywhere == angle), angle)) for angle in chosen]


def _round_angles(angles: Floats) -> Floats:
    quarter = np.round(angles / 90) * 90
    near = np.abs(angles - quarter) <= _STRAIGHT
    rounded: Floats = np.where(near, quarter, np.round(angles / _STEP) * _STEP) % 360
    return rounded


def _straighten_slanted(angles: Floats, origins: Floats) -> Floats:
    """Angles with 0 for letters that are slanted but follow each other on the level: a made-up italic."""
    for angle in np.unique(angles[angles % 90 != 0]):
        oblique = angles == angle
        steps = np.abs(np.diff(origins, axis=0))[oblique[1:] & oblique[:-1]]
        if not len(steps) or np.median(steps[:, 1]) < _LEVEL * np.median(steps[:, 0]):
            angles[oblique] = 0
    return angles


def _find_vertical(page: Characters, ink: npt.NDArray[np.int64]) -> Mask:
    """Which of the characters ``ink`` are written vertically: each stands right below the one before it.

    They follow each other without a line break. With one, at least three must stand close together, each alone in its
    line: the vertical label of a table.
    """
    count = len(ink)
    vertical = np.zeros(count, np.bool_)
    if count < 2:
        return vertical
    x, y = page.origins[ink, 0], page.origins[ink, 1]
    heights = page.boxes[ink, 3] - page.boxes[ink, 1]
    size = np.maximum(np.maximum(heights[:-1], heights[1:]), 1.0)
    broken = follows_newline(page.codes, ink)
    ideographic = is_ideographic(page.codes[ink])
    down = y[:-1] - y[1:]
    below = (np.abs(x[1:] - x[:-1]) < 0.2 * size) & (0.4 * size < down)
    # Fractions are not vertical text, but a figure below a word is.
    steps = below & ~broken & (down < 1.9 * size) & (ideographic[:-1] | ideographic[1:])
    alone = np.concatenate([[True], broken]) & np.concatenate([broken, [True]])
    stacked = below & broken & (down < 1.45 * size) & alone[:-1] & alone[1:] & ideographic[:-1] & ideographic[1:]
    chained = np.zeros(count - 1, np.bool_)
    if count > 2:
        chained[:-1] |= stacked[:-1] & stacked[1:]
        chained[1:] |= stacked[:-1] & stacked[1:]
    steps |= chained
    vertical[:-1] |= steps
    vertical[1:] |= steps
    return _fill_upright(vertical, broken) if vertical.any() else vertical


def _fill_upright(vertical: Mask, broken: Mask) -> Mask:
    """Vertical text with the upright figures inside it: a few characters between vertical ones of the same line."""
    at = np.flatnonzero(vertical)
    for before, after in pairwise(at.tolist()):
        if 1 < after - before <= _UPRIGHT + 1 and not broken[before:after].any():
            vertical[before:after] = True
    return vertical


def _square_boxes(page: Characters, places: npt.NDArray[np.int64]) -> Characters:
    """The characters with square boxes at ``places``: PDFium makes those of vertical text up to twice as wide."""
    boxes = page.boxes.copy()
    boxes[places, 0] = page.origins[places, 0]
    boxes[places, 2] = page.origins[places, 0] + boxes[places, 3] - boxes[places, 1]
    return page._replace(boxes=boxes)


def _turn(part: Characters, angle: float) -> Characters:
    """The characters turned clockwise by ``angle``, so that text of that angle runs to the right."""
    if angle == 0:
        return part
    if angle % 90:
        return _turn_oblique(part, angle)
    turns = int(angle // 90)
    corners = part.boxes.reshape(-1, 2, 2)
    turned = np.stack([_turn_points(corners[:, 0], turns), _turn_points(corners[:, 1], turns)], axis=1)
    boxes = np.concatenate([turned.min(axis=1), turned.max(axis=1)], axis=1)
    return Characters(part.codes, boxes, _turn_points(part.origins, turns), np.zeros_like(part.angles))


def _turn_points(points: Floats, turns: int) -> Floats:
    x, y = points[:, 0], points[:, 1]
    turned: Floats = np.stack([(x, y), (y, -x), (-x, -y), (-y, x)][turns], axis=1)
    return turned


def _turn_oblique(part: Characters, angle: float) -> Characters:
    """Boxes of oblique characters overlap; each gets one from its origin to that of the next, of a likely height."""
    radians = np.radians(angle)
    x, y = part.origins[:, 0], part.origins[:, 1]
    along = x * np.cos(radians) + y * np.sin(radians)
    across = y * np.cos(radians) - x * np.sin(radians)
    size = np.maximum((part.boxes[:, 2:] - part.boxes[:, :2]).min(axis=1), 1.0) * 0.8
    step = np.diff(along, append=along[-1:] + size[-1:])
    width = np.where((step > 0) & (step < 1.5 * size), step, 0.6 * size)
    boxes = np.stack([along, across - 0.2 * size, along + width, across + 0.8 * size], axis=1)
    return Characters(part.codes, boxes, np.stack([along, across], axis=1), np.zeros_like(part.angles))
