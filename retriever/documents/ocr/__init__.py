"""Recognises the text on pictures of pages: image files, and pages of PDF and OFD files without a text layer.

``interface`` is what a recogniser must be, ``rapid`` the only module that knows one. The others prepare pictures,
recognise pages once and in parallel, refuse what is of a script that the recogniser does not know, and lay lines out as
those of PDF files. The libraries are an extra: nothing here is imported before the first picture.
"""

from __future__ import annotations

from collections.abc import Iterator

from retriever.documents.interface import Source
from retriever.types import Document

__all__ = ["read_image"]


def read_image(source: Source) -> Iterator[Document]:
    """See ``images.read_image``, which is imported for the first image."""
    from retriever.documents.ocr.images import read_image as read

    yield from read(source)
