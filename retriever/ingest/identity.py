"""The identity of a document: its key, and the digests by which changes are detected."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from retriever.types import Document, Place, StoredDocument

_BLOCK = 1 << 20


def file_digest(path: Path) -> str:
    """BLAKE2b, 16 bytes in hex, of a file's bytes. Raises OSError."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def document_key(path: str, document: Document, source: str) -> str:
    """Unique in an index and stable from sync to sync: the path of the file, which is known as ``source``.

    For a member of a container ``!`` and its name follow, for a row ``#`` and its id.
    """
    key = path + document.source.removeprefix(source)
    return key if document.line is None else f"{key}#{document.id}"


def document_hash(document: Document) -> str:
    """BLAKE2b, 16 bytes in hex, of everything about a document that an index stores."""
    headings = document.headings and [(item.text, item.level, item.start, item.end) for item in document.headings]
    fields: tuple[Any, ...] = (
        document.id,
        document.source,
        document.title,
        document.language,
        headings,
        document.pages,
        document.line,
        document.metadata,
        document.text,
    )
    # Left out where there are none, so that documents of older indexes keep their hashes.
    if document.places:
        fields += ([_describe_place(place) for place in document.places],)
    form = json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _describe_place(place: Place) -> tuple[Any, ...]:
    sure = () if place.confidence is None else (place.confidence,)
    return (place.start, place.name, *sure)


def stored_document(document: Document, file: str, file_hash: str, source: str) -> StoredDocument:
    """The stored form of a document from ``file``, which is known as ``source``."""
    return StoredDocument(
        key=document_key(file, document, source),
        id=document.id,
        source=document.source,
        file=file,
        file_hash=file_hash,
        hash=document_hash(document),
        title=document.title,
        language=document.language,
        metadata=document.metadata,
    )
