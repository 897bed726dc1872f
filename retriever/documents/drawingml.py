"""The paragraphs of DrawingML: text in shapes, charts and tables of Office, apart from that of Word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retriever.documents.formula import Piece, join_pieces
from retriever.documents.office_math import M, read_formula

if TYPE_CHECKING:
    from lxml.etree import _Element

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
# What is shown by programs that do not know what stands beside it.
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
RUNS = frozenset((A + "r", A + "fld"))


def iter_paragraphs(element: _Element) -> Iterator[str]:
    """The text of each paragraph inside ``element``, with line feeds for line breaks."""
    return (join_pieces(_iter_pieces(paragraph)).replace("\v", "\n") for paragraph in element.iter(A + "p"))


def _iter_pieces(element: _Element) -> Iterator[Piece]:
    for child in element:
        if child.tag in RUNS:
            yield _read_place(child.find(A + "rPr")), "".join(part.text or "" for part in child.iterchildren(A + "t"))
        elif child.tag == A + "br":
            yield "", "\n"
        elif child.tag == M + "oMath":
            yield "", read_formula(child)
        elif child.tag != FALLBACK:
            yield from _iter_pieces(child)


def _read_place(properties: _Element | None) -> str:
    """Whether a run is raised or lowered, by its share of the height of a line."""
    baseline = "" if properties is None else str(properties.get("baseline") or "")
    if not baseline.strip("-0%"):
        return ""
    return "subscript" if baseline.startswith("-") else "superscript"
