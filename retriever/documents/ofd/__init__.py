"""Reads OFD documents (GB/T 33190), the national format of China for official documents: ZIP archives of XML.

``document`` finds the parts, ``glyphs`` gives the characters of a page their places; lines and paragraphs are made of
these as in PDFs. ``pictures`` draws pages that are scans.
"""

from __future__ import annotations

from collections.abc import Iterator

from retriever.documents.interface import Member, Source
from retriever.types import Document

__all__ = ["read_ofd"]


def read_ofd(source: Source) -> Iterator[Document | Member]:
    """See ``read.read_ofd``, which is imported for the first file, as it is with PDFs."""
    from retriever.documents.ofd.read import read_ofd as read

    yield from read(source)
