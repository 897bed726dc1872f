"""Draws the pictures of an OFD page, for the recognition of pages that are scans.

A picture is a unit square that a matrix lays on the page, in millimetres from the upper left corner.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retriever.documents.ocr.images import decode, open_image
from retriever.documents.ocr.picture import SHORTEST_SIDE, choose_scale
from retriever.documents.ofd.glyphs import POINTS, Matrix
from retriever.documents.ofd.jbig2 import MARK, decode_jbig2
from retriever.documents.package import Package
from retriever.errors import ReadError

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.documents.ocr.interface import Picture

# Pictures of one page that are drawn, the largest ones: a scan in strips has dozens.
MOST_PICTURES = 100
# A picture may be far larger than its page, of which it shows a part.
MOST_PIXELS_A_SIDE = 10_000


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """A picture on a page: its part, and where the unit square lies in millimetres."""

    part: str
    matrix: Matrix

    @property
    def area(self) -> float:
        """What it covers, in square millimetres."""
        return abs(self.matrix.a * self.matrix.d - self.matrix.b * self.matrix.c)


@dataclass(frozen=True, slots=True)
class PicturePage:
    """The pictures of a page of ``width`` and ``height`` millimetres, in the order of drawing."""

    package: Package
    pictures: tuple[PlacedPicture, ...]
    width: float
    height: float

    @property
    def covered(self) -> float:
        """The share of the page that its largest picture covers."""
        return max((picture.area for picture in self.pictures), default=0.0) / (self.width * self.height)

    def draw(self) -> tuple[Picture, float, list[ReadError]]:
        """The page as uint8 [height, width, 3], its pixels to a point, and why pictures are missing on it."""
        import cv2

        scale = choose_scale(self.width * POINTS, self.height * POINTS)
        size = [max(SHORTEST_SIDE, round(side * POINTS * scale)) for side in (self.width, self.height)]
        page: Picture = np.full((size[1], size[0], 3), 255, np.uint8)
        missing: list[ReadError] = []
        for placed in self._largest():
            try:
                picture, matrix = self._load(placed, scale * POINTS)
            except ReadError as error:
                missing.append(error)
                continue
            flags, edge = cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT
            cv2.warpAffine(picture, matrix, size, dst=page, flags=flags, borderMode=edge)
        return page, scale, missing

    def _largest(self) -> Iterator[PlacedPicture]:
        by_area = sorted(range(len(self.pictures)), key=lambda at: -self.pictures[at].area)
        for at in sorted(by_area[:MOST_PICTURES]):
            if self.pictures[at].area > 0:
                yield self.pictures[at]

    def _load(self, placed: PlacedPicture, scale: float) -> tuple[Picture, npt.NDArray[np.float64]]:
        """A picture no larger than it is drawn, and the matrix from its pixels to those of the page."""
        import cv2

        data = self.package.read(placed.part)
        if data is None:
            raise ReadError(f"{placed.part} is missing")
        picture = _decode(data)
        one = placed.matrix
        height, width = picture.shape[:2]
        wide, high = (
            round(min(math.hypot(*side) * scale, MOST_PIXELS_A_SIDE)) for side in ((one.a, one.b), (one.c, one.d))
        )
        wide, high = max(1, min(width, wide)), max(1, min(height, high))
        if (wide, high) != (width, height):
            picture = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA).astype(np.uint8)
        rows = ((one.a / wide, one.c / high, one.e), (one.b / wide, one.d / high, one.f))
        return picture, np.array(rows) * scale


def _decode(data: bytes) -> Picture:
    if data.startswith(MARK):
        return decode_jbig2(data)
    with open_image(data) as image:
        return decode(image)
