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
from retriever.integrations.llama_index_filters import SOURCE_ID
from retriever.integrations.metadata import pack, unpack, unpack_extra
from retriever.integrations.passages import ADDRESS, describe_hit, read_text

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
        raise UsageError(f"not a node of LlamaIndex: {node!r}", hint="give nodes, such as TextNode(text=…)")
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
    data = dict(unpack_extra(document.metadata).get("node", {}))
    kind = _CLASSES.get(data.pop("class_name", ""), TextNode)
    text = read_text(document)
    if issubclass(kind, TextNode):
        data["text"] = text
    elif "text_resource" in data:
        data["text_resource"] = {**data["text_resource"], "text": text}
    return kind.from_dict({**data, "id_": document.id, "metadata": unpack(document.metadata)})


def make_node(hit: Hit) -> TextNode:
    """A passage as a node: its id is that of the passage, its source the document that it is from."""
    source = unpack_extra(hit.metadata).get(SOURCE_ID) or hit.document
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
