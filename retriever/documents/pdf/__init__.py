"""Reads PDF files: characters with their boxes become lines, lines become paragraphs and table rows.

``characters`` is the only module that asks PDFium for text, ``forms`` the only one that asks it for fields and notes;
the others compute with positions and never see a PDF.
"""

from __future__ import annotations

from retriever.documents.pdf.read import read_pdf

__all__ = ["read_pdf"]
