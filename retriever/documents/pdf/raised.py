"""Tells raised digits from those of the words before them, by their size and baseline: 50%³, 25 m², 2023^12.

A footnote mark or an exponent that runs into a number would make another number of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.documents.formula import RAISED
from retriever.documents.pdf.characters import Characters, decode

if TYPE_CHECKING:
    from retriever.documents.pdf.characters import Floats
    from retriever.documents.pdf.ink import Mask, Places

# Heights of raised digits in heights of the character beside them, how far up they stand in these, and how far apart.
_SMALLEST, _LARGEST = 0.3, 0.85
_LOWEST, _HIGHEST = 0.1, 0.6
_APART = 0.35
# More digits are a number beside a large initial.
_MOST = 3
_DIGITS = np.array([ord(one) for one in "0123456789"], np.uint32)
_SIGNS = np.array([ord(one) for one in "+-−"], np.uint32)


def mark_raised(page: Characters, ink: Places, heights: Floats) -> Sequence[str]:
    """The characters of a page, raised digits as superscripts; of those that follow a digit the first has a ``^``."""
    text = decode(page.codes)
    digits = np.isin(page.codes[ink], _DIGITS)
    raised = _find_raised(page, ink, heights, digits)
    if not raised.any():
        return text
    marked = list(text)
    places = np.flatnonzero(raised)
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        first, last = int(run[0]), int(run[-1])
        if not digits[run].any() or digits[run].sum() > _MOST:
            continue
        if first and digits[first - 1] and ink[first] - ink[first - 1] == 1:
            marked[ink[first]] = f"^{text[ink[first]]}"
            continue
        for at in ink[first : last + 1].tolist():
            marked[at] = RAISED[text[at]]
    return marked


def _find_raised(page: Characters, ink: Places, heights: Floats, digits: Mask) -> Mask:
    """For each character of ``ink`` whether it is a digit, or a sign, that is raised beside another character."""
    left, right, bases = page.boxes[ink, 0], page.boxes[ink, 2], page.origins[ink, 1]
    rise = np.diff(bases)
    near = np.abs(left[1:] - right[:-1]) <= _APART * np.maximum(heights[1:], heights[:-1])
    raised: Mask = np.zeros(len(ink), bool)
    raised[1:] = near & _stands_above(heights[1:], heights[:-1], rise)
    raised[:-1] |= near & _stands_above(heights[:-1], heights[1:], -rise)
    numeric = digits | np.isin(page.codes[ink], _SIGNS)
    raised &= numeric
    if raised.any():
        # What stands beside one at its height is raised with it.
        level = near & (np.abs(rise) < 0.02 * heights[1:]) & (np.abs(np.diff(heights)) < 0.02 * heights[1:])
        pairs = np.flatnonzero(level & numeric[1:] & numeric[:-1]).tolist()
        for at in pairs:
            raised[at + 1] |= raised[at]
        for at in reversed(pairs):
            raised[at] |= raised[at + 1]
    return raised


def _stands_above(heights: Floats, beside: Floats, rise: Floats) -> Mask:
    above: Mask = (heights >= _SMALLEST * beside) & (heights <= _LARGEST * beside)
    above &= (rise >= _LOWEST * beside) & (rise <= _HIGHEST * beside)
    return above
