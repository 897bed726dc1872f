"""LlamaIndex: its indexes and query engines over a real index, nodes that come back as they were, async forms."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import (
    BaseNode,
    ImageNode,
    IndexNode,
    MediaResource,
    MetadataMode,
    Node,
    NodeRelationship,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores.types import MetadataFilter, MetadataFilters, VectorStoreQuery, VectorStoreQueryMode

from retriever import Retriever, RetrieverGroup, SearchOptions
from retriever.errors import UsageError
from retriever.integrations.llama_index import PassageRetriever, RetrieverEmbedding, RetrieverVectorStore


@pytest.fixture
def store(index: Retriever) -> RetrieverVectorStore:
    """Three nodes of two documents."""
    made = RetrieverVectorStore(index)
    for id_, name, source in (("ada", "Ada", "d1"), ("bo", "Bo", "d1"), ("cy", "Cy", "d2")):
        node = TextNode(id_=id_, text=f"The lamp is lit by {name}.", metadata={"keeper": name})
        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=source)
        made.add([node])
    return made


def ids(nodes: Any) -> list[str]:
    return [getattr(node, "node", node).node_id for node in nodes]


def ask(store: RetrieverVectorStore, text: str = "lamp", **values: Any) -> list[str]:
    return store.query(VectorStoreQuery(query_str=text, similarity_top_k=9, **values)).ids or []


def test_a_passage_has_its_citation_and_score(library: Retriever) -> None:
    hit = library.search("late book", k=1)[0]
    [found] = PassageRetriever(library, k=1).retrieve("late book")
    node = found.node
    assert isinstance(node, TextNode)
    assert (node.node_id, node.text, found.score) == (hit.id, hit.text, hit.score)
    assert (node.start_char_idx, node.end_char_idx, node.ref_doc_id) == (hit.start, hit.end, hit.document)
    assert node.metadata["citation"] == hit.citation
    assert (node.metadata["team"], node.metadata["heading"]) == ("housing", ["Late fees"])
    assert node.metadata["source"].endswith("opening.md")
    shown = node.get_content(MetadataMode.LLM)
    assert hit.citation in shown
    assert hit.id not in shown


def test_passages_or_whole_documents(library: Retriever) -> None:
    passages = PassageRetriever(library).retrieve("library book")
    assert len(passages) == library.status().passages > 2
    whole = PassageRetriever(library, return_documents=True).retrieve("library book")
    [opening] = [one.node for one in whole if one.node.node_id.endswith("opening.md")]
    assert "ten cents" in opening.get_content()
    assert opening.metadata == {"team": "housing", "year": 2021}


def test_an_index_over_the_store_answers(store: RetrieverVectorStore) -> None:
    over = VectorStoreIndex.from_vector_store(store, embed_model=MockEmbedding(1))
    assert ids(over.as_retriever(similarity_top_k=1).retrieve("Who is Bo?")) == ["bo"]
    filters = MetadataFilters(filters=[MetadataFilter(key="keeper", value="Ada")])
    assert ids(over.as_retriever(similarity_top_k=3, filters=filters).retrieve("Who is Bo?")) == ["ada"]
    engine = over.as_query_engine(llm=MockLLM(), similarity_top_k=1)
    response = engine.query("Who is Bo?")
    assert "The lamp is lit by Bo." in str(response)
    assert ids(response.source_nodes) == ["bo"]
    over.insert(Document(doc_id="d3", text="The lamp is lit by Di."))
    assert "Di" in over.as_retriever(similarity_top_k=1).retrieve("Who is Di?")[0].get_content()
    over.delete_ref_doc("d3")
    over.delete_nodes(["cy"])
    assert sorted(ids(store.get_nodes())) == ["ada", "bo"]


def test_an_index_is_made_from_documents(index: Retriever) -> None:
    text = "\n\n".join(f"Part {number}. " + f"The lamp number {number} is lit. " * 60 for number in range(4))
    store = RetrieverVectorStore(index)
    over = VectorStoreIndex.from_documents(
        [Document(doc_id="long", text=text, metadata={"nested": {"a": [None]}})],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=MockEmbedding(1),
        transformations=[SentenceSplitter(chunk_size=200, chunk_overlap=0)],
    )
    nodes = store.get_nodes()
    assert len(nodes) > 4
    [found] = over.as_retriever(similarity_top_k=1).retrieve("lamp number 2")
    assert found.node in nodes
    assert (found.node.ref_doc_id, found.node.metadata) == ("long", {"nested": {"a": [None]}})
    over.delete_ref_doc("long")
    assert store.get_nodes() == []


def test_a_pipeline_replaces_the_nodes_of_a_document(index: Retriever) -> None:
    store = RetrieverVectorStore(index)
    steps = [SentenceSplitter(chunk_size=60, chunk_overlap=0), MockEmbedding(1)]
    pipeline = IngestionPipeline(transformations=steps, vector_store=store, docstore=SimpleDocumentStore())
    pipeline.run(documents=[Document(doc_id="d", text="The lamp is lit by the keeper. " * 40)])
    assert len(store.get_nodes()) > 3
    pipeline.run(documents=[Document(doc_id="d", text="The lamp is out.")])
    assert [node.get_content() for node in store.get_nodes()] == ["The lamp is out."]


def test_a_query_engine_over_passages_in_both_ways(library: Retriever) -> None:
    engine = RetrieverQueryEngine.from_args(PassageRetriever(library, k=2), llm=MockLLM())
    expected = library.search("late book", k=2)
    for response in (engine.query("late book"), asyncio.run(engine.aquery("late book"))):
        assert [node.metadata["citation"] for node in response.source_nodes] == [hit.citation for hit in expected]
        assert expected[0].text in str(response)


NODES: list[BaseNode] = [
    TextNode(id_="plain", text="  The lamp\r\nis lit.\t ", metadata={"none": None, "ruby": ["a"], "n": 2**70}),
    TextNode(
        id_="full",
        text="x",
        start_char_idx=3,
        end_char_idx=4,
        mimetype="text/markdown",
        excluded_llm_metadata_keys=["n"],
        text_template="{content}!",
        relationships={
            NodeRelationship.NEXT: RelatedNodeInfo(node_id="plain", metadata={"a": 1}),
            NodeRelationship.CHILD: [RelatedNodeInfo(node_id="c")],
        },
    ),
    Document(doc_id="document", text="# Fees\n\nTen cents.", metadata={"a.b": {"c'": 1.5}}),
    Document(doc_id="empty"),
    IndexNode(id_="index", text="see", index_id="elsewhere"),
    IndexNode(id_="refers", text="see", index_id="n", obj=Document(doc_id="n", text="there", metadata={"a": 1})),
    ImageNode(id_="image", image="aGk=", text="a picture"),
    Node(
        id_="media",
        text_resource=MediaResource(text="words", mimetype="text/plain"),
        image_resource=MediaResource(data=b"\x00\x01binary", mimetype="image/png"),
    ),
    Node(id_="linked", image_resource=MediaResource(url="https://example.org/x.png", path=Path("x.png"))),  # type: ignore[arg-type]
]


def test_nodes_come_back_as_they_were_added(index: Retriever) -> None:
    store = RetrieverVectorStore(index)
    assert store.add(NODES) == [node.node_id for node in NODES]
    wanted = [node.node_id for node in reversed(NODES)]
    assert store.get_nodes(wanted) == list(reversed(NODES))
    assert [type(node) for node in store.get_nodes(wanted)] == [type(node) for node in reversed(NODES)]
    embedded = NODES[0].model_copy(update={"embedding": [0.5]})
    assert store.add([embedded]) == ["plain"]
    assert store.get_nodes(["plain"]) == [NODES[0]]
    assert store.get_nodes([]) == store.get_nodes(["unknown"]) == []


def test_of_nodes_with_one_id_the_last_counts(index: Retriever) -> None:
    store = RetrieverVectorStore(index)
    assert store.add([TextNode(id_="a", text="one"), TextNode(id_="a", text="two")]) == ["a", "a"]
    assert [node.get_content() for node in store.get_nodes()] == ["two"]
    assert store.add([]) == []


def test_modes_of_a_query(store: RetrieverVectorStore) -> None:
    assert ask(store, "Bo")[0] == "bo"
    assert ask(store, "Bo", mode=VectorStoreQueryMode.TEXT_SEARCH) == ["bo"]
    assert ask(store, "Bo", mode=VectorStoreQueryMode.SPARSE) == ["bo"]
    assert ask(store, "Bo", mode=VectorStoreQueryMode.HYBRID, alpha=0.0) == ["bo"]
    assert len(ask(store, "Bo", mode=VectorStoreQueryMode.HYBRID, alpha=1.0)) == 3
    assert len(ask(store, "lamp", mode=VectorStoreQueryMode.SEMANTIC_HYBRID, hybrid_top_k=2)) == 2
    assert len(ask(store, "lamp", mode=VectorStoreQueryMode.MMR)) == 3
    scores = store.query(VectorStoreQuery(query_str="Bo", similarity_top_k=3)).similarities or []
    assert scores == sorted(scores, reverse=True)
    assert len(store.query(VectorStoreQuery(query_str="Bo", similarity_top_k=3), min_score=scores[0]).ids or []) == 1


def test_what_the_engine_does_not_have_is_refused(store: RetrieverVectorStore) -> None:
    for values, message in (
        ({"mode": VectorStoreQueryMode.SVM}, "unsupported query mode 'svm'"),
        ({"mode": VectorStoreQueryMode.HYBRID, "alpha": 0.3}, "alpha cannot be chosen: 0.3"),
        ({"mode": VectorStoreQueryMode.MMR, "mmr_threshold": 0.9}, "mmr_threshold cannot be chosen"),
        ({"text": ""}, "the query has no text"),
    ):
        with pytest.raises(UsageError, match=message):
            ask(store, **values)
    query = VectorStoreQuery(query_str="lamp", node_ids=["ada"])
    with pytest.raises(UsageError, match="both filters and 'where' are given"):
        store.query(query, where="keeper = Ada")
    with pytest.raises(UsageError, match="unknown search option 'radius'"):
        store.query(query, radius=5)
    with pytest.raises(UsageError, match="nothing to delete"):
        store.delete_nodes()
    with pytest.raises(UsageError, match="the filters are empty"):
        store.delete_nodes(filters=MetadataFilters(filters=[]))
    with pytest.raises(UsageError, match="unknown argument 'namespace'"):
        store.delete("d1", namespace="x")


def test_queries_are_restricted_to_nodes_and_documents(store: RetrieverVectorStore) -> None:
    assert sorted(ask(store, node_ids=["ada", "cy"])) == ["ada", "cy"]
    assert sorted(ask(store, doc_ids=["d1"])) == ["ada", "bo"]
    assert ask(store, node_ids=["ada", "cy"], doc_ids=["d1"]) == ["ada"]
    assert len(ask(store, node_ids=[], doc_ids=[])) == 3
    query = VectorStoreQuery(query_str="lamp", similarity_top_k=9)
    assert store.query(query, where="keeper = bo").ids == ["bo"]


def test_nodes_are_deleted_by_document_id_and_filter(store: RetrieverVectorStore) -> None:
    keeper = MetadataFilters(filters=[MetadataFilter(key="keeper", value="Ada")])
    store.delete_nodes(["bo"], keeper)
    assert len(store.get_nodes()) == 3
    assert ids(store.get_nodes(filters=keeper)) == ids(store.get_nodes(["ada", "bo"], keeper)) == ["ada"]
    store.delete("d2")
    store.delete_nodes(filters=keeper)
    assert ids(store.get_nodes()) == ["bo"]
    store.delete_nodes(["bo", "unknown"])
    store.delete_nodes(["bo"])
    store.delete("d1")
    assert store.get_nodes() == []


def test_documents_of_files_stay(library: Retriever) -> None:
    store = RetrieverVectorStore(library, return_documents=False)
    store.add([TextNode(text="The lamp is out.")])
    store.clear()
    assert len(store.get_nodes()) == 2
    assert len(ask(store, "library book")) == library.status().passages
    with pytest.raises(UsageError, match="comes from the file"):
        store.delete_nodes([library.documents()[0].document])


def test_everything_has_an_asynchronous_form(index: Retriever) -> None:
    store = RetrieverVectorStore(index)
    only = MetadataFilters(filters=[MetadataFilter(key="n", value=1)])

    async def use() -> None:
        await store.async_add([TextNode(id_=str(n), text=f"lamp {n}", metadata={"n": n}) for n in range(4)])
        found = await store.aquery(VectorStoreQuery(query_str="lamp 3", similarity_top_k=1))
        assert found.ids == ["3"]
        assert ids(await store.aget_nodes(filters=only)) == ["1"]
        await store.adelete_nodes(filters=only)
        await store.adelete("3")
        assert ids(await store.aget_nodes()) == ["0", "2"]
        assert ids(await PassageRetriever(index, k=1, return_documents=True).aretrieve("lamp 2")) == ["2"]
        await store.aclear()
        assert await store.aget_nodes() == []

    asyncio.run(use())


def test_a_group_is_searched_as_one(store: RetrieverVectorStore, library: Retriever) -> None:
    with RetrieverGroup([store.client, library]) as group:
        found = PassageRetriever(group, k=4).retrieve("The lamp is lit")
        assert {one.node.metadata["index"] for one in found} == {store.client.location, library.location}


def test_the_bundled_model_as_embeddings() -> None:
    model = RetrieverEmbedding()
    one, other = model.get_text_embedding_batch(["The lamp is lit.", "Ten cents a day."])
    assert model.get_text_embedding("The lamp is lit.") == pytest.approx(one, abs=1e-3)
    question = model.get_query_embedding("Who lights the lamp?")
    assert len(question) == len(one) == model.model.description.dimension
    assert model.similarity(question, one) > model.similarity(question, other)
    assert asyncio.run(model.aget_query_embedding("Who lights the lamp?")) == question
    assert asyncio.run(model.aget_text_embedding("Ten cents a day.")) == pytest.approx(other, abs=1e-3)


def test_a_store_is_made_with_embeddings_of_the_framework(tmp_path: Path) -> None:
    store = RetrieverVectorStore.from_params(tmp_path / "made", embed_model=MockEmbedding(6))
    store.add([TextNode(id_="a", text="foo")])
    assert ask(store, "anything at all", mode=VectorStoreQueryMode.HYBRID, alpha=1.0) == ["a"]
    assert store.client.status().dimension == 6
    store.client.close()
    with pytest.raises(UsageError, match="is closed"):
        store.get_nodes()


def test_what_is_no_index_or_node_is_refused(index: Retriever) -> None:
    with pytest.raises(UsageError, match="not an open index: 'indexes/x'"):
        PassageRetriever("indexes/x")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not an open index"):
        RetrieverVectorStore(FakeEncoder())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="options must be SearchOptions"):
        RetrieverVectorStore(index, options={"mode": "dense"})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="k must be"):
        PassageRetriever(index, k=0, options=SearchOptions(mode="lexical"))
    assert PassageRetriever(index).retrieve("anything") == []
    store = RetrieverVectorStore(index)
    with pytest.raises(UsageError, match="not a node of LlamaIndex: 'text'"):
        store.add(["text"])  # type: ignore[list-item]
    with pytest.raises(UsageError, match="metadata field 'when' cannot be kept"):
        store.add([TextNode(text="good"), TextNode(text="x", metadata={"when": object()})])
    with pytest.raises(UsageError, match="not a list of nodes"):
        store.add(None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="ids must be a list of texts"):
        store.delete_nodes("abc")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="ids must be texts, not None"):
        store.delete(None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not a query of LlamaIndex"):
        store.query(None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="node 'o' cannot be kept"):
        store.add([IndexNode(id_="o", text="x", index_id="i", obj=object())])
    assert store.get_nodes() == []
    store.delete_nodes(["a"])
    store.clear()
