"""The document that a spreadsheet becomes, the same for all formats of them."""

from __future__ import annotations

from typing import Any

from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_language
from retriever.documents.spreadsheets.layout import SheetText
from retriever.errors import EmptyFileError
from retriever.types import Document


def make_document(source: Source, text: SheetText, properties: dict[str, Any]) -> Document:
    """The document of ``text``, whose title and language are those of its properties.

    Raises EmptyFileError if all of its sheets are empty.
    """
    if not text.blocks.parts:
        raise EmptyFileError("the spreadsheet contains no cells")
    words, _ = replace_unstorable(text.blocks.text)
    return Document(
        id=source.name,
        source=source.name,
        text=words,
        title=properties.pop("title", ""),
        language=parse_language(properties.pop("language", "")),
        headings=tuple(text.blocks.headings) or None,
        places=tuple(text.places),
        metadata=properties,
    )
