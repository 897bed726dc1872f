"""ODP, the presentations of OpenDocument: the slides in order, with tables and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from retriever.documents.interface import Source
from retriever.documents.office_package import open_package
from retriever.documents.opendocument import (
    DRAW,
    OFFICE,
    PRESENTATION,
    TABLE,
    TEXT,
    read_content,
    read_paragraph,
    read_properties,
    read_table,
)
from retriever.documents.slides.deck import Deck
from retriever.documents.tables import Cell
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

    Part: TypeAlias = str | Sequence[Sequence[Cell]]

PARAGRAPHS = frozenset((TEXT + "p", TEXT + "h"))
LEFT_OUT = frozenset((PRESENTATION + "notes", OFFICE + "annotation", OFFICE + "forms"))
FOOTERS = frozenset({"date-time", "footer", "header", "page-number"})


def read_odp(source: Source) -> Iterator[Document]:
    """One document with a page for each slide. Its title is that of its properties, else that of the first slide."""
    with open_package(source, "an ODP") as package:
        deck = Deck()
        for page in read_content(package).iter(DRAW + "page"):
            titles: list[str] = []
            parts = list(_iter_parts(page, titles))
            notes = [
                text
                for note in page.iterchildren(PRESENTATION + "notes")
                for text in _iter_parts(note, titles)
                if isinstance(text, str)
            ]
            deck.add_slide(titles[0] if titles else "", parts, notes)
        document = deck.document(source, read_properties(package))
    yield document


def _iter_parts(element: _Element, titles: list[str]) -> Iterator[Part]:
    """What stands in ``element``, at any depth; the first title is put into ``titles``."""
    for child in element:
        if child.tag in PARAGRAPHS:
            yield read_paragraph(child)
            yield from _iter_parts(child, titles)
        elif child.tag == TABLE + "table":
            yield read_table(child)
        elif child.get(PRESENTATION + "class") == "title" and not titles:
            titles.append(" ".join(part for part in _iter_parts(child, [""]) if isinstance(part, str)))
        elif child.tag not in LEFT_OUT and child.get(PRESENTATION + "class") not in FOOTERS:
            yield from _iter_parts(child, titles)
