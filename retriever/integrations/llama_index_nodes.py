"""Nodes of LlamaIndex: how an index keeps them, so that they come back as they were, and passages as nodes."""

from __future__ import annotations

from typing import Any

from llama_index.core.schema import (
    BaseNode,
    Document,
    ImageDocument,
    ImageNode,
    IndexNode,
    MetadataMode,
    Node,
    NodeRelationship,
    RelatedNodeInfo,
    TextNode,
)

from retriever import CitedDocument, Hit
from retriever import Document as KeptDocument
from retriever.errors import UsageError
from retriever.integrations.checks import show
from retriever.integrations.llama_index_filters import SOURCE_ID, find_source_id
from retriever.integrations.metadata import pack, restore_text, unpack, unpack_extra
from retriever.integrations.passages import ADDRESS, describe_hit

_CLASSES: dict[str, type[BaseNode]] = {
    one.class_name(): one for one in (TextNode, IndexNode, ImageNode, Node, Document, ImageDocument)
}
# What an index keeps by itself, or makes anew.
_KEPT = {"id_", "embedding", "metadata", "text"}
_MEDIA = ("text_resource", "image_resource", "audio_resource", "video_resource")
# A language model has no use for these fields of a passage; "citation" it can quote.
_HIDDEN = [name for name in ADDRESS if name != "citation"]


def pack_node(node: BaseNode) -> KeptDocument:
    """The document that an index keeps for a node. Raises UsageError for what it cannot keep."""
    if not isinstance(node, BaseNode):
        raise UsageError(f"not a node of LlamaIndex: {show(node)}", hint="give nodes, such as TextNode(text=…)")
    kind = node.class_name()
    if kind not in _CLASSES:
        raise UsageError(
            f"node {node.node_id!r} is of an unknown class: {kind!r}", hint=f"use one of {', '.join(_CLASSES)}"
        )
    try:
        data = node.model_dump(mode="json", exclude=_KEPT, exclude_defaults=True)
    except ValueError as error:
        raise UsageError(
            f"node {node.node_id!r} cannot be kept: {error}", hint="leave out what JSON cannot hold"
        ) from error
    for name in _MEDIA:
        # LlamaIndex leaves the bytes of media out of what it stores.
        if (media := getattr(node, name, None)) is not None:
            binary = {"data": media.data.decode("ascii")} if media.data else {}
            data[name] = {key: value for key, value in data[name].items() if key != "text"} | binary
    extra = {"node": data, SOURCE_ID: node.ref_doc_id}
    return pack(node.node_id, node.get_content(MetadataMode.NONE), node.metadata, extra)


def restore_node(document: CitedDocument) -> BaseNode:
    """The node that ``pack_node`` was given, without its embedding; any other document as a node of text."""
    text, metadata = restore_text(document), unpack(document.metadata)
    data = unpack_extra(document.metadata).get("node")
    if isinstance(data, dict):
        try:
            media = data.get("text_resource")
            given = {"text_resource": {**media, "text": text}} if isinstance(media, dict) else {"text": text}
            return _build({**data, **given, "id_": document.id, "metadata": metadata})
        except (ValueError, TypeError, RecursionError):
            pass  # Another program has written it.
    return TextNode(id_=document.id, text=text, metadata=metadata)


def _build(data: dict[str, Any]) -> BaseNode:
    """A node of its fields. Others are left out: from some of them LlamaIndex would fetch files and pages."""
    kind = _CLASSES.get(str(data.get("class_name")), TextNode)
    values = {name: value for name, value in data.items() if name in kind.model_fields}
    if "obj" in values:
        values["obj"] = _build_object(values["obj"])
    return kind(**values)


def _build_object(value: Any) -> BaseNode | None:
    """What an ``IndexNode`` refers to: a node as that node, anything else as LlamaIndex restores it, as text."""
    if value is None:
        return None
    if isinstance(value, dict) and isinstance(data := value.get("__data__"), dict):
        return _build(data)
    return TextNode(text=str(value))


def make_node(hit: Hit) -> TextNode:
    """A passage as a node: its id is that of the passage, its source the document that it is from."""
    source = find_source_id(hit) or hit.document
    values: dict[str, Any] = {
        "id_": hit.id,
        "text": hit.text,
        "metadata": describe_hit(hit),
        "start_char_idx": hit.start,
        "end_char_idx": hit.end,
        "excluded_llm_metadata_keys": _HIDDEN,
        "excluded_embed_metadata_keys": list(ADDRESS),
        "relationships": {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)},
    }
    return TextNode(**values)
