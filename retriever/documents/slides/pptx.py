"""PPTX and its relatives (.pptm, .ppsx, .potx): the slides in order, with tables, diagrams and notes.

Parsed directly, because text also stands in groups, diagrams and alternatives for older programs. The number, date and
footer of a slide are left out, and pictures are lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.charts import CHART, RELATION, load_chart
from retriever.documents.counts import parse_count
from retriever.documents.drawingml import FALLBACK, A, iter_paragraphs
from retriever.documents.interface import Source
from retriever.documents.office_package import OfficePackage, open_package
from retriever.documents.slides.deck import Deck
from retriever.documents.tables import Cell
from retriever.errors import ReadError
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

    Part: TypeAlias = str | Sequence[Sequence[Cell]]

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PLACEHOLDER = f"{P}nvSpPr/{P}nvPr/{P}ph"
TITLES = frozenset({"title", "ctrTitle"})
LEFT_OUT = frozenset({"dt", "ftr", "sldNum", "hdr"})
MAX_SPAN = 64


def read_pptx(source: Source) -> Iterator[Document]:
    """One document with a page for each slide. Its title is that of its properties, else that of the first slide."""
    with open_package(source, "a PPTX") as package:
        deck = Deck()
        for name in _iter_slides(package):
            slide = package.part(name)
            if slide is not None:
                _Slide(package, name, slide).add_to(deck)
        document = deck.document(source, package.properties())
    yield document


def _iter_slides(package: OfficePackage) -> Iterator[str]:
    """The names of the slides in the order in which they are shown."""
    main = package.main_part("ppt/presentation.xml")
    root = package.part(main)
    if root is None:
        raise ReadError("the document is broken or not a PPTX: it has no main part")
    relations = package.relations(main)
    for slide in root.iter(P + "sldId"):
        kind, target = relations.get(str(slide.get(R + "id")), ("", ""))
        if kind == "slide":
            yield target


class _Slide:
    """One slide."""

    def __init__(self, package: OfficePackage, name: str, root: _Element) -> None:
        self.package = package
        self.root = root
        self.relations = package.relations(name)
        self.titles: list[str] = []

    def add_to(self, deck: Deck) -> None:
        parts = list(self._iter_parts(self.root))
        deck.add_slide(" ".join(self.titles), parts, self._iter_notes())

    def _iter_parts(self, element: _Element) -> Iterator[Part]:
        """What the shapes inside ``element`` say, at any depth of groups; the title is kept apart."""
        for child in element:
            if child.tag == P + "sp":
                yield from self._read_shape(child)
            elif child.tag == A + "tbl":
                yield [_read_row(row) for row in child.iterchildren(A + "tr")]
            elif child.tag == CHART:
                yield from self._read_chart(child)
            elif child.tag == DIAGRAM + "relIds":
                yield from self._read_diagram(child)
            elif child.tag != FALLBACK:
                yield from self._iter_parts(child)

    def _read_shape(self, shape: _Element) -> Iterator[str]:
        placeholder = shape.find(PLACEHOLDER)
        kind = "" if placeholder is None else str(placeholder.get("type") or "")
        if kind in LEFT_OUT:
            return
        texts = [text for text in iter_paragraphs(shape) if text.strip()]
        if kind in TITLES and not self.titles:
            self.titles = [collapse_whitespace(text) for text in texts]
        else:
            yield from texts

    def _read_chart(self, element: _Element) -> Iterator[Part]:
        """The title of a chart and its values, which stand in a part of their own."""
        _, target = self.relations.get(str(element.get(RELATION)), ("", ""))
        title, rows = load_chart(self.package, target)
        if title:
            yield title
        if rows:
            yield rows

    def _read_diagram(self, element: _Element) -> Iterator[str]:
        """The texts of a diagram (SmartArt), which stand in a part of their own."""
        _, target = self.relations.get(str(element.get(R + "dm")), ("", ""))
        root = self.package.part(target) if target else None
        for point in root.iter(DIAGRAM + "pt") if root is not None else ():
            if point.get("type") in {None, "node", "asst"}:
                yield from iter_paragraphs(point)

    def _iter_notes(self) -> Iterator[str]:
        target = next((target for kind, target in self.relations.values() if kind == "notesSlide"), "")
        root = self.package.part(target) if target else None
        for shape in root.iter(P + "sp") if root is not None else ():
            placeholder = shape.find(PLACEHOLDER)
            if placeholder is not None and placeholder.get("type") == "body":
                yield from iter_paragraphs(shape)


def _read_row(row: _Element) -> list[Cell]:
    """The cells of a row. Those that a merged cell covers are there, and empty."""
    cells = []
    for element in row.iterchildren(A + "tc"):
        if element.get("hMerge") in {"1", "true"}:
            continue
        text = collapse_whitespace(" ".join(iter_paragraphs(element)))
        continues = element.get("vMerge") in {"1", "true"}
        cells.append(Cell(text, max(1, min(parse_count(element.get("gridSpan"), 1), MAX_SPAN)), continues=continues))
    return cells
