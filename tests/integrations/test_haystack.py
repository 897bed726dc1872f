"""Haystack: pipelines over a real index, documents that come back as they were, saved pipelines, filters, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from haystack import Document, Pipeline
from haystack.components.builders import PromptBuilder
from haystack.components.writers import DocumentWriter
from haystack.core.errors import DeserializationError
from haystack.dataclasses import ByteStream, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy, FilterPolicy
from haystack.errors import FilterError
from hypothesis import given
from hypothesis import strategies as st

from retriever import Retriever, SearchOptions
from retriever.errors import UsageError
from retriever.integrations.haystack import (
    PassageRetriever,
    RetrieverDocumentEmbedder,
    RetrieverDocumentStore,
    RetrieverTextEmbedder,
)
from retriever.integrations.haystack_filters import check_filter, make_filter

DOCUMENTS = [
    Document(id="ada", content="The lamp is lit by Ada.", meta={"team": "Housing", "year": 2021, "at": {"x": 1}}),
    Document(id="bo", content="The lamp is lit by Bo.", meta={"team": "housing", "year": "2021"}),
    Document(id="cy", content="The lamp is lit by Cy.", meta={"team": "ｈousing", "tags": ["a"]}),
]


@pytest.fixture
def store(index: Retriever) -> RetrieverDocumentStore:
    made = RetrieverDocumentStore(index)
    made.write_documents(DOCUMENTS)
    return made


def ids(documents: list[Document]) -> set[str]:
    return {one.id for one in documents}


def sources(result: dict[str, list[Document]]) -> set[str]:
    return {one.meta["document_id"] for one in result["documents"]}


def compare(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def test_a_passage_has_its_citation_and_score(library: Retriever) -> None:
    hit = library.search("late book", k=1)[0]
    [passage] = PassageRetriever(RetrieverDocumentStore(library), top_k=1).run("late book")["documents"]
    assert (passage.id, passage.content, passage.score) == (hit.id, hit.text, hit.score)
    assert (passage.meta["citation"], passage.meta["document_id"]) == (hit.citation, hit.document)
    assert (passage.meta["team"], passage.meta["heading"]) == ("housing", ["Late fees"])


def test_passages_or_whole_documents(library: Retriever) -> None:
    store = RetrieverDocumentStore(library)
    assert len(PassageRetriever(store).run("library book")["documents"]) == library.status().passages > 2
    whole = PassageRetriever(store, return_documents=True).run("library book")["documents"]
    [opening] = [one for one in whole if one.id.endswith("opening.md")]
    assert opening.content is not None
    assert "ten cents" in opening.content
    assert opening.meta == {"team": "housing", "year": 2021}
    assert opening.score is not None


def test_documents_come_back_as_they_were_written(index: Retriever) -> None:
    documents = [
        Document(id="text", content="  The lamp\r\nis lit.\t ", meta={"none": None, "n": 2**70, "a.b": {"c'": [1.5]}}),
        Document(id="none"),
        Document(id="empty", content=""),
        Document(id="blob", blob=ByteStream(b"\x00\xff", meta={"a": 1}, mime_type="image/png")),
        Document(
            id="vectors",
            content="x",
            score=0.25,
            embedding=[0.1, 1e-300],
            sparse_embedding=SparseEmbedding(indices=[3], values=[0.5]),
        ),
    ]
    store = RetrieverDocumentStore(index)
    assert store.write_documents(documents) == 5
    assert sorted(store.filter_documents(), key=lambda one: one.id) == sorted(documents, key=lambda one: one.id)
    assert ids(store.filter_documents(compare("embedding", "==", [0.1, 1e-300]))) == {"vectors"}
    assert ids(store.filter_documents(compare("score", ">", 0.2))) == {"vectors"}
    [found] = PassageRetriever(store, return_documents=True, top_k=1).run("lamp")["documents"]
    assert (found.content, found.meta) == (documents[0].content, documents[0].meta)
    computed = Document(id="computed", content="y", embedding=list(np.float32([0.5, 0.25])))
    store.write_documents([computed])
    assert store.filter_documents(compare("id", "==", "computed"))[0].embedding == [0.5, 0.25]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (compare("meta.team", "==", "Housing"), {"ada"}),
        (compare("team", "==", "housing"), {"bo"}),
        (compare("meta.year", "in", ["2021"]), {"bo"}),
        (compare("meta.at.x", ">=", 1), {"ada"}),
        (compare("meta.tags", "!=", None), {"cy"}),
        (compare("id", "not in", ["ada", "bo"]), {"cy"}),
        (compare("content", "==", "The lamp is lit by Bo."), {"bo"}),
        ({"operator": "NOT", "conditions": [compare("content", "!=", DOCUMENTS[0].content)]}, {"ada"}),
        ("tags = a", {"cy"}),
        ("", {"ada", "bo", "cy"}),
    ],
)
def test_filters_are_exact(store: RetrieverDocumentStore, filters: Any, expected: set[str]) -> None:
    assert ids(store.filter_documents(filters)) == expected
    assert store.count_documents_by_filter(filters) == len(expected)
    assert sources(PassageRetriever(store).run("lamp", filters)) == expected
    assert sources(PassageRetriever(store, filters=filters).run("lamp")) == expected


def test_filters_of_a_run_replace_or_join_those_of_the_component(store: RetrieverDocumentStore) -> None:
    team, year = compare("meta.team", "!=", "housing"), compare("meta.year", "==", 2021)
    assert sources(PassageRetriever(store, filters=team).run("lamp", compare("id", "==", "bo"))) == {"bo"}
    merging = PassageRetriever(store, filters=team, filter_policy="merge")
    assert sources(merging.run("lamp")) == {"ada", "cy"}
    assert sources(merging.run("lamp", year)) == {"ada"}
    with pytest.raises(UsageError, match="an expression cannot be merged"):
        merging.run("lamp", "year = 2021")
    where = PassageRetriever(store, options={"where": "year = 2021", "mode": "lexical"})
    assert sources(where.run("Ada lamp")) == {"ada", "bo"}


JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["field", "operator", "value", "conditions", "x"]), inner, max_size=4)
    ),
)


@given(JSON | st.builds(compare, st.text(), st.sampled_from(["==", "in", "AND"]), JSON))
def test_whatever_is_no_filter_is_refused(given: Any) -> None:
    try:
        check_filter(given)
    except FilterError:
        return
    assert "value" in given or "conditions" in given


def test_a_condition_that_would_never_be_looked_at_is_refused(store: RetrieverDocumentStore) -> None:
    for wrong in (compare("a", "~", 1), {"operator": "XOR", "conditions": []}, {"conditions": []}, {"operator": "AND"}):
        nested = {"operator": "AND", "conditions": [compare("id", "==", "no such"), wrong]}
        with pytest.raises(FilterError):
            store.filter_documents(nested)
        with pytest.raises(FilterError):
            PassageRetriever(store, filters=nested)
    deep: dict[str, Any] = compare("id", "==", "ada")
    for _ in range(100_000):
        deep = {"operator": "NOT", "conditions": [deep]}
    with pytest.raises(FilterError, match="nested more than 100 times"):
        store.filter_documents(deep)


def test_policies_for_ids_that_are_there(store: RetrieverDocumentStore) -> None:
    new, again = Document(id="di", content="The lamp is lit by Di."), Document(id="ada", content="Ada again.")
    for policy in (DuplicatePolicy.NONE, DuplicatePolicy.FAIL):
        for documents in ([new, again], [new, new]):
            with pytest.raises(DuplicateDocumentError, match="is already in"):
                store.write_documents(documents, policy)
            assert store.count_documents() == 3
    assert store.write_documents([again, new, new], DuplicatePolicy.SKIP) == 1
    assert store.filter_documents(compare("id", "==", "ada")) == [DOCUMENTS[0]]
    assert store.write_documents([new, again, again], DuplicatePolicy.OVERWRITE) == 3
    assert store.filter_documents(compare("id", "==", "ada")) == [again]
    assert store.write_documents(iter(()), DuplicatePolicy.OVERWRITE) == 0
    assert store.write_documents((one for one in [new]), DuplicatePolicy.SKIP) == 0
    with pytest.raises(UsageError, match="metadata field 'o' cannot be kept"):
        store.write_documents([Document(content="good"), Document(id="o", content="x", meta={"o": {1, 2}})])
    odd: list[dict[str, Any]] = [
        {"embedding": "abc"},
        {"embedding": [float("nan")]},
        {"score": "x"},
        {"blob": ByteStream(b"x", meta={"a": object()})},
        {"sparse_embedding": SparseEmbedding(indices=["x", object()], values=[0.5, 1.0])},  # type: ignore[list-item]
    ]
    for fields in odd:
        with pytest.raises(UsageError, match="document 'o': "):
            store.write_documents([Document(id="o", content="x", **fields)])
    assert store.count_documents() == 4


def test_of_writers_at_the_same_time_one_writes(store: RetrieverDocumentStore) -> None:
    async def write() -> list[int | BaseException]:
        writers = [
            store.write_documents_async([Document(id="di", content=f"By writer {number}.")]) for number in range(4)
        ]
        return await asyncio.gather(*writers, return_exceptions=True)

    outcomes = asyncio.run(write())
    assert outcomes.count(1) == 1
    assert [type(one) for one in outcomes if one != 1] == [DuplicateDocumentError] * 3
    assert store.count_documents() == 4


def test_of_updates_at_the_same_time_none_is_lost(store: RetrieverDocumentStore) -> None:
    ada = compare("id", "==", "ada")

    async def update() -> list[int]:
        return await asyncio.gather(*(store.update_by_filter_async(ada, {f"field{n}": n}) for n in range(4)))

    assert asyncio.run(update()) == [1] * 4
    [found] = store.filter_documents(ada)
    assert found.meta == {**DOCUMENTS[0].meta, **{f"field{n}": n for n in range(4)}}


def test_a_filter_of_contents_is_the_same_as_long_as_the_same_documents_match(store: RetrieverDocumentStore) -> None:
    given = compare("content", "==", "new")
    before = make_filter(store.index, given)
    assert before == make_filter(store.index, given)
    store.write_documents([Document(id="di", content="new")])
    after = make_filter(store.index, given)
    assert before != after == make_filter(store.index, given)


def test_documents_of_files_are_read_only(library: Retriever) -> None:
    store = RetrieverDocumentStore(library)
    store.write_documents([Document(id="own", content="The lamp is out.", meta={"team": "x"})])
    assert store.count_documents() == len(store.filter_documents()) == 3
    every = compare("id", "!=", None)
    assert store.update_by_filter(every, {"team": "y"}) == 1
    assert store.filter_documents(compare("id", "==", "own"))[0].meta == {"team": "y"}
    with pytest.raises(UsageError, match="comes from the file"):
        store.delete_documents([library.documents()[0].document])
    assert store.delete_by_filter(every) == 1
    store.delete_all_documents()
    assert store.count_documents() == 2


def test_a_pipeline_indexes_and_answers(index: Retriever) -> None:
    store = RetrieverDocumentStore(index)
    writing = Pipeline()
    writing.add_component("writer", DocumentWriter(store, DuplicatePolicy.OVERWRITE))
    assert writing.run({"writer": {"documents": DOCUMENTS}})["writer"]["documents_written"] == 3
    asking = Pipeline()
    asking.add_component("retriever", PassageRetriever(store, top_k=1))
    template = "{% for one in documents %}{{ one.content }}{% endfor %} {{ question }}"
    asking.add_component("prompt", PromptBuilder(template, required_variables="*"))
    asking.connect("retriever.documents", "prompt.documents")
    question = {"retriever": {"query": "Who is Bo?"}, "prompt": {"question": "Who is Bo?"}}
    expected = "The lamp is lit by Bo. Who is Bo?"
    assert asking.run(question)["prompt"]["prompt"] == expected
    assert asyncio.run(asking.run_async(question))["prompt"]["prompt"] == expected
    question["retriever"]["filters"] = compare("id", "==", "cy")  # type: ignore[assignment]
    assert "Cy" in asking.run(question)["prompt"]["prompt"]


@pytest.fixture
def location(tmp_path: Path) -> Iterator[str]:
    """An index that the bundled model may open again."""
    with Retriever.open(tmp_path / "saved", create=True) as index:
        yield index.location


def test_a_pipeline_is_saved_and_loaded(location: str) -> None:
    store = RetrieverDocumentStore(location, wait=5.0)
    store.write_documents(DOCUMENTS)
    filters, options = compare("meta.team", "!=", "housing"), SearchOptions(mode="lexical", where="year = 2021")
    pipeline = Pipeline()
    pipeline.add_component(
        "retriever",
        PassageRetriever(store, filters=filters, top_k=2, options=options, filter_policy=FilterPolicy.MERGE),
    )
    pipeline.add_component("embedder", RetrieverTextEmbedder())
    saved = pipeline.dumps()
    with pytest.raises(DeserializationError, match="allowlist"):
        Pipeline.loads(saved)
    loaded = Pipeline.loads(saved, allowed_modules=["retriever.integrations.*"])
    assert loaded.dumps() == saved
    component = loaded.get_component("retriever")
    assert component.options == options
    assert sources(component.run("lamp")) == {"ada", "cy"}
    component.document_store.index.close()
    with pytest.raises(UsageError, match="is closed"):
        component.run("lamp")
    store.index.close()
    function = PassageRetriever(store, options={"where": lambda document: True})
    with pytest.raises(UsageError, match="a function cannot be saved"):
        function.to_dict()


def test_the_bundled_model_as_embedders() -> None:
    texts, documents = RetrieverTextEmbedder(), RetrieverDocumentEmbedder()
    documents.warm_up()
    given = [Document(content="The lamp is lit.", meta={"a": 1}), Document(content="Ten cents a day."), Document()]
    lamp, fee, nothing = documents.run(given)["documents"]
    assert given[0].embedding is None
    assert lamp.meta == {"a": 1}
    question = texts.run("Who lights the lamp?")["embedding"]
    assert nothing.embedding is not None
    assert np.dot(question, lamp.embedding or []) > np.dot(question, fee.embedding or [])
    assert asyncio.run(texts.run_async("Who lights the lamp?")) == {"embedding": question}
    assert asyncio.run(documents.run_async(given[:1]))["documents"][0].embedding == pytest.approx(
        lamp.embedding, abs=1e-3
    )


def test_what_is_no_store_or_argument_is_refused(index: Retriever, store: RetrieverDocumentStore) -> None:
    for call, message in (
        (lambda: RetrieverDocumentStore(FakeEncoder()), "not an open index"),  # type: ignore[arg-type]
        (lambda: RetrieverDocumentStore(index, model="x"), "both an open index and a model"),
        (lambda: PassageRetriever(index), "not a store of this engine"),  # type: ignore[arg-type]
        (lambda: PassageRetriever(store, top_k=0), "k must be"),
        (lambda: PassageRetriever(store).run("lamp", top_k=0), "k must be"),
        (lambda: PassageRetriever(store, options={"radius": 5}), "unknown search option 'radius'"),
        (lambda: PassageRetriever(store, options=5), "options must be SearchOptions"),  # type: ignore[arg-type]
        (lambda: store.write_documents(DOCUMENTS, "skip"), "unknown policy 'skip'"),  # type: ignore[arg-type]
        (lambda: store.delete_documents("ada"), "ids must be a list of texts"),
        (lambda: store.delete_by_filter({}), "no filter is given"),
        (lambda: store.update_by_filter(compare("id", "==", "a"), None), "meta must be"),  # type: ignore[arg-type]
        (lambda: store.get_metadata_field_min_max(5), "name of a field must be text"),  # type: ignore[arg-type]
        (lambda: RetrieverTextEmbedder().run(None), "questions must be texts"),  # type: ignore[arg-type]
        (lambda: RetrieverDocumentEmbedder().run(["a"]), "not a document of Haystack: 'a'"),  # type: ignore[list-item]
        (lambda: store.update_by_filter({}, {"a": 1}), "no filter is given"),
    ):
        with pytest.raises(UsageError, match=message):
            call()
    assert ids(store.filter_documents()) == {"ada", "bo", "cy"}


def test_an_empty_store_has_nothing(index: Retriever) -> None:
    store = RetrieverDocumentStore(index)
    assert PassageRetriever(store).run("lamp") == {"documents": []}
    assert store.delete_by_filter(compare("id", "==", "x")) == store.update_by_filter(compare("id", "==", "x"), {}) == 0
    with pytest.raises(FilterError):
        store.filter_documents({"operator": "AND"})
