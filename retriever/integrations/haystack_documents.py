"""Documents of Haystack: how an index keeps them, so that they come back as they were, and passages as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haystack import Document
from haystack.dataclasses import ByteStream, SparseEmbedding

from retriever import CitedDocument, Hit
from retriever import Document as KeptDocument
from retriever.integrations.metadata import pack, unpack, unpack_extra
from retriever.integrations.passages import describe_hit, read_text

_NO_CONTENT = "no_content"


def pack_document(document: Document) -> KeptDocument:
    """The document that an index keeps for one of Haystack. Raises UsageError for what it cannot keep."""
    extra: dict[str, Any] = {}
    if document.content is None:
        extra[_NO_CONTENT] = True
    if document.blob is not None:
        extra["blob"] = document.blob.to_dict()
    if document.score is not None:
        extra["score"] = float(document.score)
    if document.embedding is not None:
        extra["embedding"] = [float(value) for value in document.embedding]
    if document.sparse_embedding is not None:
        extra["sparse_embedding"] = document.sparse_embedding.to_dict()
    return pack(document.id, document.content or "", document.meta, extra)


def restore_document(document: CitedDocument, score: float | None = None) -> Document:
    """The document that ``pack_document`` was given, with another score if there is one."""
    return make_document(document.id, read_text(document), unpack(document.metadata), document.metadata, score)


def make_document(
    id: str, content: str, meta: dict[str, Any], kept: Mapping[str, Any], score: float | None = None
) -> Document:
    """A document of Haystack, with the fields that ``pack_document`` has hidden in the metadata ``kept``."""
    extra = unpack_extra(kept)
    blob, sparse = extra.get("blob"), extra.get("sparse_embedding")
    return Document(
        id=id,
        content=None if extra.get(_NO_CONTENT) else content,
        blob=None if blob is None else ByteStream.from_dict(blob),
        meta=meta,
        score=extra.get("score") if score is None else score,
        embedding=extra.get("embedding"),
        sparse_embedding=None if sparse is None else SparseEmbedding.from_dict(sparse),
    )


def make_passage(hit: Hit) -> Document:
    """A passage as a document: its id is that of the passage, ``document_id`` of its metadata that of the document."""
    return Document(id=hit.id, content=hit.text, meta=describe_hit(hit), score=hit.score)
