"""The characters of a page with their positions, as arrays.

PDFium has no call for the boxes of many characters, and a wrapped ctypes call for each is slow. The functions are
therefore bound once more with plain integers as arguments and called in loops that run in C: about 1.5 µs for all
that is asked of a character, as long as PDFium takes to find it.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from pypdfium2 import PdfTextPage

    Floats: TypeAlias = "npt.NDArray[np.float64]"
    Codes: TypeAlias = "npt.NDArray[np.uint32]"

# PDF pages are at most 14,400 points wide; what lies farther out, or nowhere, is moved to this edge.
_FARTHEST = 1e5
_MAX_CODE = 0x10FFFF


class Characters(NamedTuple):
    """The characters of a page in PDFium's order, those that it made up (spaces, line breaks) included.

    ``codes`` has their code points, ``boxes`` [n, 4] their left, bottom, right and top edges as the font declares them
    for all its glyphs, ``origins`` [n, 2] where they stand on the baseline, in points from the lower left corner;
    ``angles`` are in degrees, counter-clockwise, 0 to 360.
    """

    codes: Codes
    boxes: Floats
    origins: Floats
    angles: Floats

    def take(self, chosen: npt.NDArray[np.bool_]) -> Characters:
        """The characters for which ``chosen`` is true."""
        return Characters(self.codes[chosen], self.boxes[chosen], self.origins[chosen], self.angles[chosen])


def read_characters(layer: PdfTextPage) -> Characters:
    """The characters of a page's text layer."""
    count: int = layer.count_chars()
    if count <= 0:
        return Characters(np.zeros(0, np.uint32), np.zeros((0, 4)), np.zeros((0, 2)), np.zeros(0))
    handle = ctypes.cast(layer.raw, ctypes.c_void_p).value
    unicode, box, origin, angle = _bind()
    corners = np.zeros((count, 4), np.float32)  # left, top, right, bottom
    _run(map(box, repeat(handle), range(count), _addresses(corners.ctypes.data, count)))
    origins = np.zeros((count, 2), np.float64)
    at = origins.ctypes.data
    _run(map(origin, repeat(handle), range(count), _addresses(at, count), _addresses(at + 8, count)))
    codes = np.fromiter(map(unicode, repeat(handle), range(count)), np.uint32, count)
    angles = np.fromiter(map(angle, repeat(handle), range(count)), np.float64, count)
    codes[codes > _MAX_CODE] = 0xFFFD
    boxes = corners[:, [0, 3, 2, 1]].astype(np.float64)
    # PDFium counts angles clockwise.
    return Characters(codes, _bound(boxes), _bound(origins), -np.degrees(_bound(angles)) % 360)


def bind(function: object, result: type, *arguments: type) -> Callable[..., Any]:
    """A function of PDFium that takes integers for addresses and keeps the interpreter's lock."""
    address = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    return ctypes.PYFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type]


def decode(codes: Codes) -> str:
    """Code points as text of the same length; surrogates, which PDFium returns on Windows, stay as they are."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _bound(values: Floats) -> Floats:
    bounded: Floats = np.clip(np.nan_to_num(values, nan=0.0), -_FARTHEST, _FARTHEST)
    return bounded


def _addresses(first: int, count: int) -> range:
    """The addresses of ``count`` entries of 16 bytes."""
    return range(first, first + 16 * count, 16)


def _run(calls: map[int]) -> None:
    deque(calls, maxlen=0)


@lru_cache(maxsize=1)
def _bind() -> tuple[Callable[..., Any], ...]:
    """The functions for the code point, box, origin and angle of a character, with addresses as integers."""
    import pypdfium2.raw as pdfium

    page, index, target = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
    return (
        bind(pdfium.FPDFText_GetUnicode, ctypes.c_uint, page, index),
        bind(pdfium.FPDFText_GetLooseCharBox, ctypes.c_int, page, index, target),
        bind(pdfium.FPDFText_GetCharOrigin, ctypes.c_int, page, index, target, target),
        bind(pdfium.FPDFText_GetCharAngle, ctypes.c_float, page, index),
    )
