"""Places words on a page without a PDF: fragments, and characters with boxes as PDFium returns them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from retriever.documents.pdf.characters import Characters
from retriever.documents.pdf.fragments import Fragment

SIZE = 10.0


def width_of(text: str, size: float = SIZE) -> float:
    """Half the size for each character, all of it for a wide one, nothing for a mark."""
    widths = (0.0 if unicodedata.combining(one) else size if one >= "\u2e80" else size / 2 for one in text)
    return sum(widths)


def place(text: str, left: float, base: float, size: float = SIZE) -> Fragment:
    """A fragment that begins at ``left``."""
    return Fragment(text, left, left + width_of(text, size), base, size)


def place_lines(texts: Sequence[str], left: float, top: float) -> list[Fragment]:
    """Fragments below each other."""
    return [place(text, left, top - 12 * at) for at, text in enumerate(texts)]


def write(*runs: tuple[str, float, float], size: float = SIZE, angle: float = 0.0) -> Characters:
    """The characters of runs of text, each at its place; at an angle of 90, 180 or 270 degrees they run that way."""
    codes: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    origins: list[tuple[float, float]] = []
    along = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[int(angle)]
    up = (-along[1], along[0])
    for text, x, y in runs:
        start = 0.0
        for character in text:
            end = start + width_of(character, size)
            corners = [
                (x + along[0] * a + up[0] * b, y + along[1] * a + up[1] * b)
                for a, b in ((start, -0.2 * size), (end, 0.8 * size))
            ]
            xs, ys = zip(*corners, strict=True)
            codes.append(ord(character))
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
            origins.append((x + along[0] * start, y + along[1] * start))
            start = start if character in "\r\n" else end
    return join(Characters(np.array(codes, np.uint32), np.array(boxes), np.array(origins), np.full(len(codes), angle)))


def join(*pages: Characters) -> Characters:
    """The characters of several pages on one."""
    return Characters(*(np.concatenate(values) for values in zip(*pages, strict=True)))


def write_down(text: str, x: float, y: float) -> Characters:
    """Characters below each other, as in vertical writing."""
    return join(*(write((character, x, y - SIZE * at)) for at, character in enumerate(text)))
