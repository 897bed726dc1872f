"""Reads PDF files: characters with their boxes become lines, lines become paragraphs and table rows.

``characters`` is the only module that asks PDFium for text, ``forms`` the only one that asks it for fields and notes;
the others compute with positions and never see a PDF.
"""

from __future__ import annotations

from collections.abc import Iterator

from retriever.documents.interface import Source
from retriever.types import Document

__all__ = ["read_pdf"]


def read_pdf(source: Source) -> Iterator[Document]:
    """See ``read.read_pdf``, which is imported for the first PDF: it takes longer than all other readers together."""
    from retriever.documents.pdf.read import read_pdf as read

    yield from read(source)
