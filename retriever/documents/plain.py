"""Plain text: the document's text is the decoded file, character for character."""

from __future__ import annotations

from collections.abc import Iterator

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.types import Document


def read_plain(source: Source) -> Iterator[Document]:
    """One document without marked-up headings; its outline is found later, in the text."""
    yield Document(id=source.name, source=source.name, text=decode_source(source))
