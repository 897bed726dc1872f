"""Documents of Haystack: how an index keeps them, so that they come back as they were, and passages as documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from haystack import Document
from haystack.dataclasses import ByteStream, SparseEmbedding

from retriever import CitedDocument, Hit
from retriever import Document as KeptDocument
from retriever.errors import UsageError
from retriever.integrations.checks import show
from retriever.integrations.metadata import pack, restore_text, unpack, unpack_extra
from retriever.integrations.passages import describe_hit

_NO_CONTENT = "no_content"


def pack_document(document: Document) -> KeptDocument:
    """The document that an index keeps for one of Haystack. Raises UsageError for what it cannot keep."""
    extra: dict[str, Any] = {}
    if document.content is None:
        extra[_NO_CONTENT] = True
    if document.blob is not None:
        extra["blob"] = document.blob.to_dict()
    if document.score is not None:
        extra["score"] = _to_number(document, "score", document.score)
    if document.embedding is not None:
        extra["embedding"] = [_to_number(document, "embedding", value) for value in document.embedding]
    if document.sparse_embedding is not None:
        extra["sparse_embedding"] = document.sparse_embedding.to_dict()
    return pack(document.id, document.content or "", document.meta, extra)


def restore_document(document: CitedDocument, score: float | None = None) -> Document:
    """The document that ``pack_document`` was given, with another score if there is one."""
    return make_document(document.id, restore_text(document), unpack(document.metadata), document.metadata, score)


def make_document(
    id: str, content: str, meta: dict[str, Any], kept: Mapping[str, Any], score: float | None = None
) -> Document:
    """A document of Haystack, with the fields that ``pack_document`` has hidden in the metadata ``kept``."""
    extra = unpack_extra(kept)
    fields: dict[str, Any] = {}
    try:
        for name, read in _FIELDS.items():
            if extra.get(name) is not None:
                fields[name] = read(extra[name])
    except (ValueError, TypeError, KeyError):
        fields = {}  # Another program has written them.
    if score is not None:
        fields["score"] = score
    return Document(id=id, content=None if extra.get(_NO_CONTENT) is True else content, meta=meta, **fields)


def _to_number(document: Document, name: str, value: Any) -> float:
    """A number, also one of NumPy, as one of Python."""
    if not hasattr(value, "__float__"):
        raise UsageError(f"document {show(document.id)}: {name} must be numbers, not {show(value)}", hint="use float()")
    return float(value)


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "blob": ByteStream.from_dict,
    "score": float,
    "embedding": lambda values: [float(value) for value in values],
    "sparse_embedding": SparseEmbedding.from_dict,
}


def make_passage(hit: Hit) -> Document:
    """A passage as a document: its id is that of the passage, ``document_id`` of its metadata that of the document."""
    return Document(id=hit.id, content=hit.text, meta=describe_hit(hit), score=hit.score)
