"""The values of form fields and notes typed onto a page, as fragments of its text at their place.

Comments that a reader shows only on request are left out, as are passwords and hidden fields.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from retriever.documents.pdf.fragments import Fragment
from retriever.documents.symbols import EMPTY_BOX, TICKED_BOX

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

# More annotations than a page can show are not looked at.
_MAX_ANNOTATIONS = 2_000
_HIDDEN = 0b100010  # Hidden, or not for viewing.
_PASSWORD = 1 << 13
_LINE = 1.3  # The height of a line of a note, in heights of its font.
_USUAL_HEIGHT = 12.0


def read_annotations(document: PdfDocument, page: PdfPage) -> list[Fragment]:
    """The values of fields and the typed notes of a page, from the top."""
    import pypdfium2.raw as pdfium

    form = document.formenv.raw if document.formenv else None
    found: list[Fragment] = []
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if annotation:
            try:
                text = _read_text(pdfium, form, annotation)
                if text.strip():
                    found.extend(_place(text, _read_rectangle(pdfium, annotation)))
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
    return sorted(found, key=lambda one: (-one.base, one.left))


def insert_fragments(fragments: Sequence[Fragment], added: Sequence[Fragment]) -> list[Fragment]:
    """Fragments with others put in behind the label at their left, else behind the last one above them."""
    result = list(fragments)
    for one in added:
        label = _find_label(result, one)
        if label is None:
            above = [at for at, other in enumerate(result) if other.base >= one.base]
            result.insert(above[-1] + 1 if above else 0, one)
        else:
            place, base = label
            result.insert(place, replace(one, base=base))
    return result


def is_value(one: Fragment) -> bool:
    """Whether an annotation says something by itself; an empty box only does so with the words beside it."""
    return one.text != EMPTY_BOX


def _find_label(fragments: Sequence[Fragment], one: Fragment) -> tuple[int, float] | None:
    """Where to insert a fragment into a line, and the baseline of that line; None if there is no such line.

    That is behind the nearest fragment to the left, else before the nearest to the right; behind it in Hebrew and
    Arabic, whose labels stand at the right.
    """
    best: tuple[float, int] | None = None
    for at, other in enumerate(fragments):
        if abs(other.base - one.base) <= 0.6 * max(other.height, one.height):
            distance = max(one.left - other.right, 0.0) if other.left <= one.left else 1e4 + other.left - one.right
            if best is None or distance < best[0]:
                best = distance, at
    if best is None:
        return None
    distance, at = best
    rtl = any("\u0590" <= character <= "\u08ff" for character in fragments[at].text)
    return at + (distance < 1e4 or rtl), fragments[at].base


def _read_text(pdfium: Any, form: Any, annotation: Any) -> str:
    """What an annotation says on the page; empty if nothing."""
    if pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
        return ""
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_FREETEXT:
        return _read_string(lambda *room: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", *room))
    if kind == pdfium.FPDF_ANNOT_WIDGET and form is not None:
        return _read_field(pdfium, form, annotation)
    return ""


def _read_field(pdfium: Any, form: Any, annotation: Any) -> str:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        return TICKED_BOX if pdfium.FPDFAnnot_IsChecked(form, annotation) else EMPTY_BOX
    if kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and flags & _PASSWORD:
        return ""
    if kind in (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        return _read_string(lambda *room: pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, *room))
    return ""


def _read_string(call: Callable[[Any, int], int]) -> str:
    """A string that PDFium writes into a buffer, after it has told the size in bytes."""
    size = call(None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    import pypdfium2.raw as pdfium

    call(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _read_rectangle(pdfium: Any, annotation: Any) -> tuple[float, float, float, float]:
    rectangle = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, rectangle)
    edges = (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
    left, bottom, right, top = (min(max(edge, -1e5), 1e5) if math.isfinite(edge) else 0.0 for edge in edges)
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _place(text: str, rectangle: tuple[float, float, float, float]) -> Iterator[Fragment]:
    """The lines of a text in a rectangle, from its top down."""
    left, bottom, right, top = rectangle
    lines = [line for line in text.split("\n") if line.strip()]
    height = min(_USUAL_HEIGHT, max(top - bottom, 1.0) / len(lines) if lines else _USUAL_HEIGHT)
    middle = (top + bottom) / 2 - 0.3 * height
    first = middle if len(lines) == 1 and top - bottom < 3 * height else top - height
    for at, line in enumerate(lines):
        yield Fragment(" ".join(line.split()), left, right, first - at * _LINE * height, height)
