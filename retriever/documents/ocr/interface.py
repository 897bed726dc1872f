"""The interface of recognisers: a picture of a page gives lines of text with their places and confidences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Picture: TypeAlias = "npt.NDArray[np.uint8]"

Point: TypeAlias = tuple[float, float]
Corners: TypeAlias = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """A line of text as it was recognised.

    ``confidence`` is that of its characters, 0 to 1. ``corners`` are in pixels from the upper left corner of the
    picture, in the order upper left, upper right, lower right, lower left as seen by the one who reads the line: from
    the first to the second one reads on, whatever way the page was turned, and downwards in vertical writing.
    ``coverage`` is the share of the line's ink that its characters account for, about 1 where all were recognised and
    near 0 where the script is not known.
    """

    text: str
    confidence: float
    corners: Corners
    coverage: float = 1.0


class Recogniser(Protocol):
    """Recognises lines of text. Safe to use from several threads."""

    @property
    def version(self) -> str:
        """Names the program and its models: with another version a picture may be read otherwise."""
        ...

    def recognise(self, picture: Picture) -> list[RecognisedLine]:
        """The lines on a picture, uint8 [height, width, 3] in the order red, green, blue; in any order."""
        ...

    def release(self) -> None:
        """Give back the memory that pictures took; what is loaded stays."""
        ...
