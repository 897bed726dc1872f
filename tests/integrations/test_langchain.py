"""LangChain: what passages carry, whole documents, filters judged as Python does, and what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager
from langchain_core.indexing import aindex as keep_index_later
from langchain_core.indexing import index as keep_index
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.structured_query import Comparator, Comparison, Operation, Operator, StructuredQuery

from retriever import IndexedDocument, Retriever, RetrieverGroup, SearchOptions
from retriever.errors import FilterError, FingerprintMismatchError, UsageError
from retriever.integrations.langchain import PassageRetriever, RetrieverVectorStore, StructuredFilters
from retriever.integrations.langchain_filters import make_filter


@pytest.fixture
def store(index: Retriever) -> RetrieverVectorStore:
    """Documents whose metadata an expression could not tell apart."""
    made = RetrieverVectorStore(index)
    texts = ["The lamp is lit by Ada.", "The lamp is lit by Bo.", "The lamp is lit by Cy."]
    made.add_texts(
        texts,
        [
            {"team": "Housing", "year": 2021, "tags": ["a", "b"]},
            {"team": "housing", "year": "2021", "nested": {"x": 1}},
            {"team": "ｈousing", "year": 2019.5},
        ],
        ids=["ada", "bo", "cy"],
    )
    return made


def ids(documents: list[Document]) -> set[str | None]:
    return {document.id for document in documents}


def test_a_passage_has_its_citation_and_score(library: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    hit = library.search("late book", k=1)[0]
    [passage] = PassageRetriever(index=library, k=1).invoke("late book")
    assert (passage.page_content, passage.id) == (hit.text, hit.document)
    assert {name: passage.metadata[name] for name in ("citation", "score", "passage_id", "start", "end")} == {
        "citation": hit.citation,
        "score": hit.score,
        "passage_id": hit.id,
        "start": hit.start,
        "end": hit.end,
    }
    assert (passage.metadata["team"], passage.metadata["heading"]) == ("housing", ["Late fees"])
    assert passage.metadata["source"].endswith("opening.md")


def test_passages_or_whole_documents(library: Retriever) -> None:
    passages = PassageRetriever(index=library).invoke("library book")
    assert len(passages) == library.status().passages > 2
    documents = PassageRetriever(index=library, return_documents=True).invoke("library book")
    assert len(documents) == len(ids(documents)) == 2
    [opening] = [one for one in documents if str(one.id).endswith("opening.md")]
    assert "opens at nine." in opening.page_content
    assert "ten cents" in opening.page_content
    assert opening.metadata == {"team": "housing", "year": 2021}


def test_a_long_document_is_cut_and_comes_back_whole(index: Retriever) -> None:
    store = RetrieverVectorStore(index, return_documents=True)
    text = "\n\n".join(f"# Part {number}\n\n" + f"The lamp number {number} is lit. " * 60 for number in range(4))
    [id_] = store.add_documents([Document(text, metadata={"nested": {"a": None}})])
    assert index.status().passages > 3
    assert store.similarity_search("lamp number 2") == [Document(text, id=id_, metadata={"nested": {"a": None}})]
    assert {one.metadata["document_id"] for one in PassageRetriever(index=index).invoke("lamp")} == {id_}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"team": "Housing"}, "ada"),
        ({"team": "housing"}, "bo"),
        ({"year": 2021}, "ada"),
        ({"year": "2021"}, "bo"),
        ({"year": {"$gt": 2000, "$lte": 2020}}, "cy"),
        ({"year": {"$gt": "2000"}}, "bo"),
        ({"team": {"$ne": "Housing"}, "year": {"$ne": "2021"}}, "cy"),
        ({"tags": ["a", "b"]}, "ada"),
        ({"tags": {"$contains": "b"}}, "ada"),
        ({"team": {"$contains": "ｈ"}}, "cy"),
        ({"tags": {"$exists": True}}, "ada"),
        ({"tags": None, "nested": {"$exists": False}}, "cy"),
        ({"nested": {"x": 1}}, "bo"),
        ({"team": {"$in": ["Housing", 5]}}, "ada"),
        ({"team": {"$nin": ["Housing", "housing"]}}, "cy"),
        ({"$and": [{"year": {"$gte": 2000}}, {"$not": {"tags": {"$exists": True}}}]}, "cy"),
        ({"$or": [{"team": "Housing"}, {"team": "HOUSING"}]}, "ada"),
        ("tags = a", "ada"),
        (lambda document: document.document == "cy", "cy"),
    ],
)
def test_filters_are_exact(store: RetrieverVectorStore, given: Any, expected: str) -> None:
    assert ids(store.similarity_search("lamp", filter=given)) == {expected}
    assert ids(PassageRetriever(index=store.index, filter=given).invoke("lamp")) == {expected}
    store.delete(filter=given)
    assert ids(store.similarity_search("lamp")) == {"ada", "bo", "cy"} - {expected}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": {"$near": 1}}, r"unknown operator '\$near'"),
        ({"a": {"$gt": 1, "plain": 2}}, "unknown operator 'plain'"),
        ({"$xor": []}, r"unknown operator '\$xor'"),
        ({"a": {"$in": "text"}}, r"'\$in' needs a list"),
        ({"$and": {"a": 1}}, r"'\$and' needs a list"),
        ({"$or": [5]}, "a filter must be an object: 5"),
        ({"a": {"$exists": "yes"}}, "needs true or false"),
    ],
)
def test_a_filter_that_is_none_is_refused(store: RetrieverVectorStore, given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        store.similarity_search("lamp", filter=given)
    with pytest.raises(UsageError, match=message):
        PassageRetriever(index=store.index, filter=given)


VALUES = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "", "1", "a", "A", "é", '"', "'\\"])
)


@given(st.dictionaries(st.sampled_from(["a", "A", "b c", "$x'"]), VALUES), VALUES, st.sampled_from(["a", "A", "b c"]))
def test_comparisons_mean_what_they_mean_in_python(metadata: dict[str, Any], wanted: Any, name: str) -> None:
    value = metadata.get(name)
    numbers, texts = (bool, int, float), (str,)
    alike = any(isinstance(value, kinds) and isinstance(wanted, kinds) for kinds in (numbers, texts))
    expected = {
        "$eq": value == wanted,
        "$ne": value != wanted,
        "$lt": alike and value < wanted,  # type: ignore[operator]
        "$gte": alike and value >= wanted,  # type: ignore[operator]
        "$in": value == wanted,
        "$nin": value != wanted,
    }
    document = IndexedDocument("d", "", "", "", 1, metadata=metadata)
    for sign, holds in expected.items():
        where = make_filter({name: {sign: [wanted] if "in" in sign else wanted}})
        assert callable(where)
        assert where(document) is holds, sign


def test_equal_filters_are_one(store: RetrieverVectorStore) -> None:
    assert make_filter({"a": 1, "b": 2}) == make_filter({"b": 2, "a": 1})
    assert make_filter({"a": 1}) != make_filter({"a": True})
    assert make_filter({"a": 1}) != make_filter({"a": "1"})
    assert make_filter({}) is None


def test_structured_queries_are_translated(store: RetrieverVectorStore) -> None:
    year = Comparison(Comparator.GTE, "year", 2000)
    tagged = Comparison(Comparator.CONTAIN, "tags", "a")
    query = StructuredQuery("lamp", Operation(Operator.AND, [year, Operation(Operator.NOT, [tagged])]))
    question, arguments = StructuredFilters().visit_structured_query(query)
    assert question == "lamp"
    assert ids(store.similarity_search(question, **arguments)) == {"cy"}
    assert StructuredFilters().visit_structured_query(StructuredQuery("lamp", None)) == ("lamp", {})
    dated = Comparison(Comparator.LT, "date", {"date": "2021-03-05", "type": "date"})
    assert dated.accept(StructuredFilters()) == {"date": {"$lt": "2021-03-05"}}
    with pytest.raises(ValueError, match="disallowed comparator like"):
        Comparison(Comparator.LIKE, "team", "h%").accept(StructuredFilters())


def test_options_of_a_search(store: RetrieverVectorStore) -> None:
    retriever = PassageRetriever(index=store.index, options=SearchOptions(mode="lexical", min_score=0.01))
    assert ids(retriever.invoke("Ada")) == {"ada"}
    assert len(retriever.invoke("lamp Ada Bo Cy", k=2)) == 2
    assert ids(retriever.invoke("lamp", filter={"team": "housing"}, mode="hybrid")) == {"bo"}
    scores = [score for _, score in store.similarity_search_with_score("lamp Bo", k=3)]
    assert scores == sorted(scores, reverse=True)
    assert store.similarity_search_with_relevance_scores("lamp Bo", score_threshold=scores[0])[0][0].id == "bo"
    assert len(store.max_marginal_relevance_search("lamp", k=2)) == 2
    with pytest.raises(UsageError, match="lambda_mult cannot be chosen"):
        store.max_marginal_relevance_search("lamp", lambda_mult=0.9)
    with pytest.raises(UsageError, match="unknown search option 'radius'"):
        store.similarity_search("lamp", radius=5)
    with pytest.raises(FilterError):
        store.similarity_search("lamp", filter="team = ")


def test_everything_is_deleted_without_ids_but_the_documents_of_files(library: Retriever) -> None:
    store = RetrieverVectorStore(library)
    store.add_texts(["The lamp is out."])
    with pytest.raises(UsageError, match="the filter is empty"):
        store.delete(filter={})
    assert len(library.documents()) == 3
    assert store.delete()
    assert [document.path is None for document in library.documents()] == [False, False]
    with pytest.raises(UsageError, match="comes from the file"):
        store.delete([library.documents()[0].document])


def test_a_group_is_searched_as_one(store: RetrieverVectorStore, library: Retriever) -> None:
    with RetrieverGroup([store.index, library]) as group:
        found = PassageRetriever(index=group, k=4).invoke("The lamp is lit")
        assert {one.metadata["index"] for one in found} == {store.index.location, library.location}
        whole = PassageRetriever(index=group, k=4, return_documents=True).invoke("The lamp is lit")
        assert "The lamp is lit by Ada." in {one.page_content for one in whole}


def test_a_chain_runs_in_both_ways(store: RetrieverVectorStore) -> None:
    prompt = PromptTemplate.from_template("{context}\n{question}")
    context = store.as_retriever(search_kwargs={"k": 1}) | RunnableLambda(lambda found: found[0].page_content)
    chain = {"context": context, "question": RunnablePassthrough()} | prompt
    expected = "The lamp is lit by Bo.\nWho is Bo?"
    assert chain.invoke("Who is Bo?").to_string() == expected
    assert asyncio.run(chain.ainvoke("Who is Bo?")).to_string() == expected


def test_a_store_is_made_from_texts_with_embeddings_of_the_framework(tmp_path: Path) -> None:
    location = tmp_path / "made"
    embeddings = DeterministicFakeEmbedding(size=6)
    made = RetrieverVectorStore.from_texts(["foo", "bar"], embeddings, [{"n": 1}, {"n": 2}], location=location)
    assert made.similarity_search("bar", k=1, mode="dense")[0].page_content == "bar"
    assert made.index.status().dimension == 6


class NamedEmbedding(DeterministicFakeEmbedding):
    model: str


def test_embeddings_of_one_class_with_another_model_are_refused(tmp_path: Path) -> None:
    made = RetrieverVectorStore.from_texts(["foo"], NamedEmbedding(size=6, model="a"), location=tmp_path / "made")
    made.index.close()
    with pytest.raises(FingerprintMismatchError):
        RetrieverVectorStore.from_texts(["bar"], NamedEmbedding(size=6, model="b"), location=tmp_path / "made")


def test_whatever_can_be_looped_over_is_added(index: Retriever) -> None:
    store = RetrieverVectorStore(index)
    assert len(store.add_texts(text for text in ("The lamp is lit.", "The lamp is out."))) == 2
    assert len(store.add_documents(Document(text) for text in "abc")) == 3  # type: ignore[arg-type]
    forms = ["\u00e9", "e\u0301", "\ud800", "a\0b"]
    assert store.add_texts(forms, ids=forms) == forms
    assert [one.page_content for one in store.get_by_ids(forms)] == forms
    assert index.status().documents == 9
    for call, message in (
        (lambda: store.add_texts("text"), "texts must be a list of texts"),
        (lambda: store.add_texts(["a", "b"], [{}]), "1 metadatas for 2 texts"),
        (lambda: store.add_texts(["a", "b"], ids=["a"]), "1 ids for 2 documents"),
        (lambda: store.add_documents(None), "not a list of documents"),  # type: ignore[arg-type]
        (lambda: store.add_documents(["a"]), "not a document of LangChain: 'a'"),  # type: ignore[list-item]
        (lambda: store.delete("abc"), "ids must be a list of texts"),  # type: ignore[arg-type]
        (lambda: store.get_by_ids("abc"), "ids must be a list of texts"),
        (lambda: RetrieverVectorStore(index, options=5), "options must be SearchOptions"),  # type: ignore[arg-type]
    ):
        with pytest.raises(UsageError, match=message):
            call()
    assert index.status().documents == 9


@pytest.mark.parametrize("waits", [True, False])
def test_langchain_keeps_it_in_step_with_its_documents(index: Retriever, waits: bool) -> None:
    """By ``index`` and ``aindex``, which know what they have added, and delete what is not there any more."""
    store, records = RetrieverVectorStore(index), InMemoryRecordManager("lamps")
    records.create_schema()

    def keep(texts: list[str], cleanup: str) -> dict[str, Any]:
        documents = [Document(text, metadata={"source": "lamps"}) for text in texts]
        options: dict[str, Any] = {"cleanup": cleanup, "source_id_key": "source", "key_encoder": "sha256"}
        if waits:
            return dict(keep_index(documents, records, store, **options))
        return dict(asyncio.run(keep_index_later(documents, records, store, **options)))

    changes = [keep(["Ada.", "Bo."], "full"), keep(["Ada.", "Cy."], "full"), keep(["Di."], "incremental")]
    told = [[one[name] for name in ("num_added", "num_skipped", "num_deleted")] for one in changes]
    assert told == [[2, 0, 0], [1, 1, 1], [1, 0, 2]]
    assert [document.page_content for document in store.similarity_search("Who?", k=9)] == ["Di."]


def test_a_filter_without_end_is_refused(store: RetrieverVectorStore) -> None:
    comparisons: dict[str, Any] = {"a": 1}
    for _ in range(10_000):
        comparisons = {"$not": comparisons}
    with pytest.raises(UsageError, match="nested more than 100 times"):
        store.similarity_search("lamp", filter=comparisons)
    with pytest.raises(UsageError, match="a filter cannot be read"):
        store.similarity_search("lamp", filter={"a": {1: 2, "b": 3}})


def test_what_is_no_index_is_refused(index: Retriever) -> None:
    with pytest.raises(UsageError, match="not an open index: 'indexes/x'"):
        PassageRetriever(index="indexes/x")
    with pytest.raises(UsageError, match="not an open index"):
        RetrieverVectorStore(FakeEncoder())  # type: ignore[arg-type]
    assert PassageRetriever(index=index).invoke("anything") == []
