"""Lays the lines of a recognised page out as fragments of a PDF page, which its layout turns into text.

Lines of each direction are turned so that they run to the right, crooked pages are straightened by their coordinates,
and sizes that differ by the detector's whim are made alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import median

from retriever.documents.blocks import CJK_CHARACTER
from retriever.documents.ocr.columns import order_columns
from retriever.documents.ocr.interface import RecognisedLine
from retriever.documents.ocr.turning import find_angle, find_skew
from retriever.documents.pdf.fragments import WIDE_GAP, Fragment
from retriever.documents.pdf.lines import is_beside, sort_lines

# The longer side of a page in points, as the layout expects it: that of A4.
LONG_SIDE = 842.0
# A line as it is cut is somewhat higher than its font.
HEIGHT = 0.92
# Heights within this share of the usual one are the usual one.
ALIKE = 0.22
_HYPHEN = re.compile(r"(?<=[^\W\d_]{2})-$")


def lay_out_page(width: int, height: int, lines: Sequence[RecognisedLine]) -> list[list[Fragment]]:
    """The fragments in each direction of writing, that of most text first."""
    scale = LONG_SIDE / max(width, height)
    angles = [find_angle(line.corners) for line in lines]
    skew = find_skew([angle for angle, line in zip(angles, lines, strict=True) if len(line.text) > 3])
    directions: dict[int, list[RecognisedLine]] = {}
    for line, angle in zip(lines, angles, strict=True):
        directions.setdefault(round((angle - skew) / 90) * 90 % 360, []).append(line)
    ordered = sorted(directions.items(), key=lambda item: -sum(len(line.text) for line in item[1]))
    return [_make_fragments(own, direction + skew, scale) for direction, own in ordered]


def _make_fragments(lines: Sequence[RecognisedLine], angle: float, scale: float) -> list[Fragment]:
    """Lines that are read at ``angle`` degrees, by their places on the page turned so that they run to the right."""
    turn = math.radians(angle)
    cosine, sine = math.cos(turn), math.sin(turn)
    boxes = []
    for line in lines:
        # The corners have y downwards, fragments upwards.
        points = [(x * cosine - y * sine, -(x * sine + y * cosine)) for x, y in line.corners]
        across, up = [x * scale for x, _ in points], [y * scale for _, y in points]
        middle = sum(up) / 4
        boxes.append(
            (min(across[0], across[3]), max(across[1], across[2]), middle, abs(up[0] - up[3] + up[1] - up[2]) / 2)
        )
    usual = median(high for *_, high in boxes)
    fragments = []
    for line, (left, right, middle, high) in zip(lines, boxes, strict=True):
        size = HEIGHT * (usual if abs(high - usual) <= ALIKE * usual else high)
        fragments.append(Fragment(_mark_hyphen(line.text), left, right, middle - 0.3 * size, size))
    return order_columns(_join_close(sort_lines(fragments)))


def _mark_hyphen(text: str) -> str:
    """A text with a hyphen at its end marked as one that may have broken a word."""
    return _HYPHEN.sub("\x02", text)


def _join_close(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Fragments with pieces of one line that are closer than cells of a table as one."""
    joined: list[Fragment] = []
    for one in fragments:
        last = joined[-1] if joined else None
        if last is not None and is_beside(last, one) and one.left - last.left >= 0:
            gap = (one.left - last.right) / max(one.height, last.height)
            if gap < WIDE_GAP:
                is_dense = CJK_CHARACTER.match(one.text[0]) and CJK_CHARACTER.match(last.text[-1])
                space = "" if is_dense and gap < 0.5 else " "
                height = max(last.height, one.height)
                joined[-1] = Fragment(
                    last.text + space + one.text, last.left, max(last.right, one.right), last.base, height
                )
                continue
        joined.append(one)
    return joined
