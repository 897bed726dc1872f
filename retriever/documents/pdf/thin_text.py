"""Makes PDFium see text that has no width.

Text in a font that is neither embedded nor installed has glyphs without a shape. PDFium leaves text whose shapes have
no width out of the text layer: vertical text, and every character that was written by itself. Drawn as outlines it has
the width of the pen.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from retriever.documents.pdf.characters import bind

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

# A page with more objects than this is a drawing; text that deep inside others is none that was typed.
_MAX_OBJECTS = 20_000
_MAX_DEPTH = 4
_WIDTH = 0.01
_PEN = 1.0


class _Calls(NamedTuple):
    """The functions of PDFium that are asked of every object, with addresses as integers."""

    of_page: Any
    of_form: Any
    kind: Any
    bounds: Any


def widen_text(page: PdfPage) -> None:
    """Draw the text of a page that has no width as outlines, in memory."""
    import pypdfium2.raw as pdfium

    calls = _bind()
    left = _MAX_OBJECTS
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value
    waiting = [(0, calls.of_page, handle, pdfium.FPDFPage_CountObjects(page))]
    while waiting:
        depth, get, holder, count = waiting.pop()
        if not 0 < count <= left:
            continue
        left -= count
        items = list(map(get, repeat(holder), range(count)))
        kinds = np.fromiter(map(calls.kind, items), np.int32, count)
        texts = [items[at] for at in np.flatnonzero(kinds == pdfium.FPDF_PAGEOBJ_TEXT).tolist()]
        for item in _find_thin(calls, texts):
            _outline(pdfium, item)
        if depth < _MAX_DEPTH:
            for at in np.flatnonzero(kinds == pdfium.FPDF_PAGEOBJ_FORM).tolist():
                form = ctypes.cast(items[at], pdfium.FPDF_PAGEOBJECT)
                waiting.append((depth + 1, calls.of_form, items[at], pdfium.FPDFFormObj_CountObjects(form)))


def _find_thin(calls: _Calls, items: list[int]) -> list[int]:
    """The objects without width."""
    edges = np.zeros((len(items), 4), np.float32)  # left, bottom, right, top
    first = edges.ctypes.data
    addresses = [range(first + at, first + at + 16 * len(items), 16) for at in (0, 4, 8, 12)]
    known = np.fromiter(map(calls.bounds, items, *addresses), np.int32, len(items))
    thin = (known != 0) & (np.abs(edges[:, 2] - edges[:, 0]) < _WIDTH)
    return [items[at] for at in np.flatnonzero(thin).tolist()]


def _outline(pdfium: Any, address: int) -> None:
    item = ctypes.cast(address, pdfium.FPDF_PAGEOBJECT)
    pdfium.FPDFTextObj_SetTextRenderMode(item, pdfium.FPDF_TEXTRENDERMODE_STROKE)
    pdfium.FPDFPageObj_SetStrokeWidth(item, _PEN)
    # The bounds are computed anew when the object is moved, even by nothing.
    pdfium.FPDFPageObj_Transform(item, 1, 0, 0, 1, 0, 0)


@lru_cache(maxsize=1)
def _bind() -> _Calls:
    import pypdfium2.raw as pdfium

    address, number = ctypes.c_void_p, ctypes.c_int
    return _Calls(
        bind(pdfium.FPDFPage_GetObject, address, address, number),
        bind(pdfium.FPDFFormObj_GetObject, address, address, ctypes.c_ulong),
        bind(pdfium.FPDFPageObj_GetType, number, address),
        bind(pdfium.FPDFPageObj_GetBounds, number, address, address, address, address, address),
    )
