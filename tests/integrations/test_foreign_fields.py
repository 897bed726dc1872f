"""An index may come from anybody: what another program wrote into the field of the adapters cannot harm them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.vector_stores.types import VectorStoreQuery

from retriever import Document, Retriever, SearchOptions
from retriever.integrations import haystack, langchain, llama_index
from retriever.integrations.metadata import FIELD

TEXT = "The lamp is lit."
EXTRAS: list[Any] = [
    *({"node": 5}, {"node": {"class_name": ["x"]}}, {"node": {"class_name": "IndexNode"}}, {"ref_doc_id": [1]}),
    {"node": {"class_name": "TextNode", "relationships": 5}},
    {"node": {"class_name": "Node", "text_resource": 5}},
    {"node": {"class_name": "IndexNode", "index_id": "i", "obj": {"__data__": {"class_name": "Node", "id_": 5}}}},
    *({"blob": 5}, {"blob": {"data": [999]}}, {"sparse_embedding": {"x": 1}}, {"embedding": "x", "score": "y"}),
    {"no_content": "x"},
]


@pytest.fixture
def foreign(index: Retriever) -> Retriever:
    fields = [{FIELD: json.dumps({"extra": extra}), "a": 1} for extra in EXTRAS]
    index.add(Document(str(number), TEXT, metadata=metadata) for number, metadata in enumerate(fields))
    return index


def test_langchain(foreign: Retriever) -> None:
    store = langchain.RetrieverVectorStore(foreign, return_documents=True)
    found = store.similarity_search("lamp", k=99, filter={"a": 1})
    assert [(one.page_content, one.metadata) for one in found] == [(TEXT, {"a": 1})] * len(EXTRAS)


def test_llama_index(foreign: Retriever) -> None:
    store = llama_index.RetrieverVectorStore(foreign)
    ids = [str(number) for number in range(len(EXTRAS))]
    nodes = store.query(VectorStoreQuery(query_str="lamp", similarity_top_k=99, doc_ids=ids)).nodes or []
    assert {(one.node_id, one.get_content(), str(one.metadata)) for one in nodes} == {
        (id_, TEXT, "{'a': 1}") for id_ in ids
    }
    assert len(
        llama_index.PassageRetriever(foreign, k=99, options=SearchOptions(duplicates="show")).retrieve("lamp")
    ) == len(EXTRAS)


def test_haystack(foreign: Retriever) -> None:
    store = haystack.RetrieverDocumentStore(foreign)
    found = store.filter_documents({"field": "meta.a", "operator": "==", "value": 1})
    assert [(one.content, one.meta, one.embedding) for one in found] == [(TEXT, {"a": 1}, None)] * len(EXTRAS)
    assert len(haystack.PassageRetriever(store, top_k=99).run("lamp")["documents"]) == len(EXTRAS)


def test_nothing_that_a_node_names_is_opened(index: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from llama_index.core import schema

    opened: list[str] = []
    monkeypatch.setattr(schema, "is_image_url_pil", opened.append)
    monkeypatch.setattr(schema, "is_image_pil", opened.append)
    picture = {"class_name": "ImageDocument", "image_url": "http://127.0.0.1:1/x", "image_path": str(tmp_path)}
    nodes = [picture, {"class_name": "IndexNode", "index_id": "i", "obj": {"__data__": picture, "__type__": "4"}}]
    extras = [json.dumps({"extra": {"node": node}}) for node in nodes]
    index.add(Document(str(number), TEXT, metadata={FIELD: extra}) for number, extra in enumerate(extras))
    found = llama_index.RetrieverVectorStore(index).get_nodes()
    assert [type(one).__name__ for one in found] == ["ImageDocument", "IndexNode"]
    assert opened == []
