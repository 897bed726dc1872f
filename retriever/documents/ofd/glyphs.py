"""Gives the characters of an OFD page their places, and cuts them into fragments as a PDF has them.

OFD measures in millimetres from the upper left corner; fragments are in points from the lower left one. Text that runs
in another direction is turned so that it runs to the right.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from retriever.documents.blocks import SPACES
from retriever.documents.package import iter_local, local_name
from retriever.documents.pdf.fragments import Fragment

if TYPE_CHECKING:
    from lxml.etree import _Element

POINTS = 72 / 25.4
# The height of a font in sizes, as PDFium has it.
HEIGHT = 1.2
# A gap of this many sizes parts words, and between two Han characters of this many.
WORD_GAP, HAN_GAP = 0.3, 0.7
# A gap of this many heights ends a fragment, and so does a shift of the baseline.
WIDE_GAP, SAME_LINE = 0.9, 0.5
# A step of this many usual ones within a text is a gap.
SPREAD = 1.8
# Angles are told apart by steps of so many degrees.
STEP = 5
# Characters of a text object that are looked at, repetitions that a list of distances may state, and objects that the
# composite objects of a document show.
MOST = 100_000
# How deep composite objects show others.
DEEPEST = 4
DEFAULT_SIZE = 3.5


class Matrix(NamedTuple):
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, other: Matrix) -> Matrix:
        """This one followed by ``other``."""
        (e, f), (ax, ay), (cx, cy) = (
            other.apply(self.e, self.f),
            other.apply(self.a, self.b),
            other.apply(self.c, self.d),
        )
        return Matrix(ax - other.e, ay - other.f, cx - other.e, cy - other.f, e, f)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character, its place in millimetres, its size, and the direction in which its text runs, in degrees.

    ``follows`` says that it goes on with the character before, however far apart the text is set.
    """

    text: str
    x: float
    y: float
    width: float
    size: float
    angle: int
    follows: bool = False


def read_numbers(value: str | None) -> list[float]:
    """Numbers between spaces; those that are none, or not finite, count as 0."""
    return [_number(part) for part in (value or "").split()[:MOST]]


def placement(element: _Element) -> Matrix:
    """From the coordinates of an object to those of what it lies in."""
    ctm = read_numbers(element.get("CTM"))
    box = read_numbers(element.get("Boundary"))
    moved = Matrix(e=box[0], f=box[1]) if len(box) >= 2 else Matrix()
    return (Matrix(*ctm) if len(ctm) == 6 else Matrix()).then(moved)


def iter_glyphs(text_object: _Element, within: Matrix) -> Iterator[Glyph]:
    """The characters of a text object."""
    matrix = placement(text_object).then(within)
    size = _number(text_object.get("Size")) or DEFAULT_SIZE
    stretch = _number(text_object.get("HScale")) or 1.0
    x = y = 0.0
    for code in iter_local(text_object, "TextCode"):
        text = (code.text or "").strip("\r\n")[:MOST]
        x = _number(code.get("X")) if code.get("X") else x
        y = _number(code.get("Y")) if code.get("Y") else y
        across = _spread(code.get("DeltaX"), len(text))
        down = _spread(code.get("DeltaY"), len(text))
        angle = _angle(matrix, across, down)
        scale = math.hypot(matrix.a, matrix.b) or 1.0
        steps = [abs(step) for step in (down if sum(map(abs, down)) > sum(map(abs, across)) else across)]
        even = SPREAD * sorted(steps)[len(steps) // 2] if steps else 0.0
        for number, character in enumerate(text):
            width = _width(character) * size * stretch
            placed = matrix.apply(x, y)
            follows = 0 < number <= len(steps) and steps[number - 1] <= even
            yield Glyph(character, *placed, width * scale, size * scale, angle, follows)
            last = number >= len(across)
            x += across[number] if not last else width if not down else 0.0
            y += down[number] if number < len(down) else 0.0


def cut_fragments(glyphs: Iterable[Glyph], height: float) -> list[list[Fragment]]:
    """The fragments of a page that is ``height`` mm high, by direction, that of most characters first."""
    directions: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        directions.setdefault(glyph.angle, []).append(glyph)
    ordered = sorted(directions.items(), key=lambda item: (-len(item[1]), item[0]))
    parts = [_cut(part, angle, height) for angle, part in ordered]
    return [part for part in parts if part]


def _cut(glyphs: list[Glyph], angle: int, height: float) -> list[Fragment]:
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    fragments: list[Fragment] = []
    text, left, right, base, tall = "", 0.0, 0.0, 0.0, 0.0
    last = ""
    for glyph in glyphs:
        along = (glyph.x * cosine + glyph.y * sine) * POINTS
        level = (height + glyph.x * sine - glyph.y * cosine) * POINTS
        high, size = glyph.size * HEIGHT * POINTS, glyph.size * POINTS
        gap = along - right
        near = glyph.follows or -WIDE_GAP * high < gap <= WIDE_GAP * high
        same = near and abs(level - base) <= SAME_LINE * max(high, tall)
        if not text or not same:
            _add(fragments, text, left, right, base, tall)
            text, left, base, tall = "", along, level, high
        elif not glyph.follows and gap > (HAN_GAP if _width(last) == _width(glyph.text) == 1.0 else WORD_GAP) * size:
            text += " "
        text += glyph.text
        last = glyph.text
        right = along + glyph.width * POINTS
    _add(fragments, text, left, right, base, tall)
    return fragments


def _add(fragments: list[Fragment], text: str, left: float, right: float, base: float, height: float) -> None:
    text = SPACES.sub(" ", text)
    if text.strip():
        fragments.append(Fragment(text, left, right, base, height))


def _angle(matrix: Matrix, across: list[float], down: list[float]) -> int:
    """The direction of a text in degrees, clockwise from the right, by steps."""
    vertical = sum(map(abs, down)) > sum(map(abs, across))
    x, y = (matrix.c, matrix.d) if vertical else (matrix.a, matrix.b)
    if vertical and sum(down) < 0:
        x, y = -x, -y
    return round(math.degrees(math.atan2(y, x)) / STEP) * STEP % 360 if math.isfinite(x + y) else 0


def _spread(value: str | None, most: int) -> list[float]:
    """Distances, of which ``g 3 2.5`` states three times 2.5."""
    parts = (value or "").split()[: 3 * MOST]
    found: list[float] = []
    at = 0
    while at < len(parts) and len(found) < most:
        if parts[at] == "g" and at + 2 < len(parts):
            found += [_number(parts[at + 2])] * int(max(0, min(_number(parts[at + 1]), most)))
            at += 3
        else:
            found.append(_number(parts[at]))
            at += 1
    return found


def _number(value: str | None) -> float:
    try:
        number = float(value or 0)
    except ValueError:
        return 0.0
    return number if abs(number) < 1e6 else 0.0


def _width(character: str) -> float:
    """The usual width of a character, in sizes."""
    return 1.0 if unicodedata.east_asian_width(character[:1] or "x") in "WFA" else 0.5


class Shown:
    """Finds the visible texts and pictures of a document, those of composite objects at their places.

    ``units`` are what composite objects show, by id. Since one can show many others, what they show altogether is
    bounded.
    """

    def __init__(self, units: Mapping[str, _Element]) -> None:
        self._units = units
        self._left = MOST

    def find(self, root: _Element, within: Matrix, depth: int = 0) -> Iterator[tuple[_Element, Matrix]]:
        """The text and image objects below ``root`` in the order of drawing."""
        for child in root:
            name = local_name(child)
            if child.get("Visible") == "false":
                continue
            if depth:
                self._left -= 1
                if self._left < 0:
                    return
            if name in {"TextObject", "ImageObject"}:
                yield child, within
            elif name == "CompositeObject" and depth < DEEPEST:
                unit = self._units.get(child.get("ResourceID") or "")
                if unit is not None:
                    yield from self.find(unit, placement(child).then(within), depth + 1)
            elif name in {"Layer", "PageBlock", "Content"}:
                yield from self.find(child, within, depth)
