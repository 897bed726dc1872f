"""Checks what a program gives: documents and ids, refused with a reason before anything is kept of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from retriever.arguments import quote
from retriever.errors import UsageError
from retriever.types import Document, Heading, Place

_LANGUAGE = re.compile("(?:[a-z]{2,3})?")
_INTEGER_BITS = 64
# An index keeps no larger numbers, and lines within the text count on from the first.
_LAST_LINE = 1 << 52


def require_documents(documents: Iterable[Document]) -> None:
    """Raise UsageError for what is not an iterable of documents; it is not consumed."""
    if isinstance(documents, Document):
        raise UsageError(f"not an iterable of documents: one Document, {documents.id!r}", hint="use add([document])")
    if isinstance(documents, str | bytes | Mapping) or not isinstance(documents, Iterable):
        raise UsageError(
            f"not an iterable of documents: {quote(documents)}", hint="give a list or a generator of Document objects"
        )


def require_ids(ids: Sequence[str]) -> None:
    """Raise UsageError for an id that is not text."""
    for id_ in ids:
        if not isinstance(id_, str):
            raise UsageError(f"the id of a document must be text: {quote(id_)}", hint="unpack a list: remove(*ids)")


def check_document(document: Document, number: int) -> Document:
    """The document with its source and a metadata dictionary of its own; ``number`` is its place, from 0.

    Raises UsageError where it cannot be kept as it is.
    """
    if not isinstance(document, Document):
        raise UsageError(
            f"documents[{number}] is not a Document: {quote(document)}", hint="make it one: Document(id=…, text=…)"
        )
    for name in ("id", "source", "text", "title", "language"):
        if not isinstance(value := getattr(document, name), str):
            raise UsageError(f"documents[{number}]: {name} must be text: {quote(value)}", hint="convert it with str()")
    if not document.id:
        raise UsageError(
            f"documents[{number}] has no id", hint="give each document an id, by which it is replaced and removed"
        )
    where = f"document {quote(document.id)}"
    if not _LANGUAGE.fullmatch(document.language):
        raise UsageError(
            f"{where}: unknown language code {quote(document.language)}",
            hint="give an ISO 639-1 code such as 'zh', or none to have the language detected",
        )
    _check_places(document, where)
    _check_metadata(document.metadata, where)
    return replace(document, source=document.source or document.id, metadata=dict(document.metadata))


def _check_places(document: Document, where: str) -> None:
    """Headings, pages, places and line, whose offsets lead into the text.

    Their types are exact: what is nearly an offset would be stored as what no reader takes for one.
    """
    for name in ("headings", "pages", "places"):
        value = getattr(document, name)
        if not isinstance(value, tuple | list) and (name != "headings" or value is not None):
            raise UsageError(f"{where}: {name} must be a tuple: {quote(value)}", hint=f"write {name}=(…,)")
    _check_headings(document, where)
    length = len(document.text)
    pages = [0, *document.pages, length]
    if not all(_is_integer(page) for page in pages) or any(one > next_ for one, next_ in pairwise(pages)):
        raise UsageError(
            f"{where}: invalid pages {quote(document.pages)}",
            hint=f"give the ascending offset of each page within the {length} characters of the text",
        )
    _check_named_places(document, where)
    if document.line is not None and not (_is_integer(document.line) and 1 <= document.line <= _LAST_LINE):
        raise UsageError(f"{where}: invalid line {quote(document.line)}", hint="lines count from 1")


def _check_headings(document: Document, where: str) -> None:
    length, headings = len(document.text), document.headings or ()
    for heading in headings:
        if not (_is_heading(heading) and 0 <= heading.start <= heading.end <= length and heading.level >= 1):
            raise UsageError(
                f"{where}: invalid heading {quote(heading)}",
                hint=f"a heading has a level from 1 and a span within the {length} characters of the text",
            )
    if any(one.start > next_.start for one, next_ in pairwise(headings)):
        raise UsageError(f"{where}: headings are out of order", hint="sort them by start")


def _check_named_places(document: Document, where: str) -> None:
    before = 0
    for place in document.places:
        is_within = (
            isinstance(place, Place) and _is_integer(place.start) and before <= place.start <= len(document.text)
        )
        if not is_within or not _is_name(place.name) or not _is_confidence(place.confidence):
            raise UsageError(
                f"{where}: invalid place {quote(place)}",
                hint="places have a name on one line, ascend within the text, and are 0 to 1 sure or None",
            )
        before = place.start


def _is_heading(value: object) -> bool:
    return (
        isinstance(value, Heading)
        and isinstance(value.text, str)
        and all(_is_integer(number) for number in (value.level, value.start, value.end))
    )


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_confidence(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip()) and "\n" not in name


def _check_metadata(metadata: Mapping[str, Any], where: str) -> None:
    if not isinstance(metadata, Mapping):
        raise UsageError(f"{where}: metadata must be a mapping: {quote(metadata)}", hint="give a dictionary")
    for name, value in metadata.items():
        if not isinstance(name, str):
            raise UsageError(f"{where}: the name of a metadata field must be text: {quote(name)}", hint="use str()")
        if not all(_is_plain(one) for one in (value if isinstance(value, list) else [value])):
            hint = "leave the field out" if value is None else None
            raise UsageError(
                f"{where}: metadata field {quote(name)} cannot be kept: {quote(value)}",
                hint=hint or "values are text, finite numbers of up to 64 bits, booleans, or lists of these",
            )


def _is_plain(value: object) -> bool:
    if isinstance(value, int):
        return value.bit_length() <= _INTEGER_BITS
    return isinstance(value, str) or (isinstance(value, float) and value - value == 0)
