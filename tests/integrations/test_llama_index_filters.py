"""Filters of LlamaIndex mean what its own store makes of them, and may be nested."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters
from llama_index.core.vector_stores.utils import build_metadata_filter_fn

from retriever import IndexedDocument, Retriever
from retriever.errors import UsageError
from retriever.integrations.llama_index import PassageRetriever, RetrieverVectorStore
from retriever.integrations.llama_index_filters import make_filter, restrict
from retriever.integrations.metadata import pack

KEYS = st.sampled_from(["a", "A", "b c", "a.b", "x'\""])
SCALARS = st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "", "1", "a", "A", "aé", "\ud800"])
METADATA = st.dictionaries(KEYS, st.none() | st.booleans() | SCALARS | st.lists(SCALARS, max_size=2), max_size=3)
LISTED = (FilterOperator.IN, FilterOperator.NIN, FilterOperator.ALL, FilterOperator.ANY)
TEXTS = (FilterOperator.TEXT_MATCH, FilterOperator.TEXT_MATCH_INSENSITIVE)


@st.composite
def comparisons(draw: st.DrawFn) -> MetadataFilter:
    """A comparison with a value that its operator takes."""
    sign = draw(st.sampled_from(list(FilterOperator)))
    texts = st.sampled_from(["", "1", "a", "A", "é"])
    value: Any = draw(texts if sign in TEXTS else SCALARS)
    if sign in LISTED:
        value = draw(st.lists(st.integers(-2, 2), max_size=2) | st.lists(texts, max_size=2))
    return MetadataFilter.model_construct(key=draw(KEYS), value=value, operator=sign)


def document(metadata: dict[str, Any]) -> IndexedDocument:
    kept = pack("d", "", metadata)
    return IndexedDocument("d", "", "", "", 1, metadata=kept.metadata)


def accepts(filters: MetadataFilters, metadata: dict[str, Any]) -> bool:
    where = make_filter(filters)
    assert where is None or callable(where)
    return where is None or where(document(metadata))


@given(METADATA, st.lists(comparisons(), max_size=3), st.sampled_from(list(FilterCondition)))
def test_filters_mean_what_llama_index_makes_of_them(
    metadata: dict[str, Any], parts: list[MetadataFilter], condition: FilterCondition
) -> None:
    filters = MetadataFilters.model_construct(filters=parts, condition=condition)
    try:
        expected = build_metadata_filter_fn(lambda _: metadata, filters)("d")
    except TypeError:
        assume(False)
    assert accepts(filters, metadata) is expected


@given(METADATA, comparisons(), comparisons())
def test_filters_are_nested_to_any_depth(metadata: dict[str, Any], one: MetadataFilter, other: MetadataFilter) -> None:
    def join(condition: FilterCondition | None, *parts: Any) -> MetadataFilters:
        return MetadataFilters.model_construct(filters=list(parts), condition=condition)

    first, second = (accepts(join(FilterCondition.AND, part), metadata) for part in (one, other))
    nothing = join(FilterCondition.NOT, join(FilterCondition.NOT, one))
    assert accepts(nothing, metadata) is first
    assert accepts(join(FilterCondition.OR, join(None, one, other), join(FilterCondition.NOT, one)), metadata) is (
        (first and second) or not first
    )
    assert accepts(join(FilterCondition.NOT, one, join(FilterCondition.AND, other)), metadata) is not (first or second)


def test_values_of_different_types_do_not_match() -> None:
    for sign in (FilterOperator.GT, FilterOperator.LTE):
        assert not accepts(MetadataFilters(filters=[MetadataFilter(key="a", value=1, operator=sign)]), {"a": "1"})
    for sign in TEXTS:
        assert not accepts(MetadataFilters(filters=[MetadataFilter(key="a", value="1", operator=sign)]), {"a": 1})
    inside = MetadataFilter(key="a", value=1, operator=FilterOperator.CONTAINS)
    assert not accepts(MetadataFilters(filters=[inside]), {"a": 5})


@pytest.mark.parametrize("sign", [*LISTED, *TEXTS])
def test_a_value_that_an_operator_does_not_take_is_refused(index: Retriever, sign: FilterOperator) -> None:
    nested = MetadataFilters(filters=[MetadataFilters(filters=[MetadataFilter(key="a", value=5, operator=sign)])])
    with pytest.raises(UsageError, match=f"the operator '{sign.value}' on 'a' needs"):
        PassageRetriever(index, filters=nested)
    with pytest.raises(UsageError, match="not filters of LlamaIndex"):
        RetrieverVectorStore(index).get_nodes(filters={"a": 1})  # type: ignore[arg-type]


def test_what_is_made_past_the_checks_of_llama_index_is_refused() -> None:
    odd = MetadataFilter.model_construct(key="a", value=1, operator="near")
    with pytest.raises(UsageError, match="unknown operator 'near'"):
        make_filter(MetadataFilters.model_construct(filters=[odd]))
    deep = MetadataFilters(filters=[MetadataFilter(key="a", value=1)])
    for _ in range(10_000):
        deep = MetadataFilters.model_construct(filters=[deep], condition=FilterCondition.NOT)
    with pytest.raises(UsageError, match="nested more than 100 times"):
        make_filter(deep)


def test_equal_filters_are_one() -> None:
    def equals(value: Any) -> Any:
        return make_filter(MetadataFilters(filters=[MetadataFilter(key="a", value=value)]))

    assert equals(1) == equals(1)
    assert len({equals(1), equals("1"), equals(2)}) == 3
    assert restrict(node_ids=["a", "b"]) == restrict(node_ids=["b", "a"]) != restrict(source_ids=["a", "b"])
    assert restrict(MetadataFilters(filters=[])) is restrict() is None


def test_fields_of_the_document_and_of_the_node_are_compared(index: Retriever) -> None:
    store = RetrieverVectorStore(index)
    node = TextNode(id_="n", text="The lamp is lit.", metadata={"title": "Lamps"})
    node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id="d1")
    store.add([node, TextNode(id_="other", text="The lamp is out.", metadata={"doc_id": "own"})])

    def find(key: str, value: str) -> list[str]:
        filters = MetadataFilters(filters=[MetadataFilter(key=key, value=value)])
        return [one.node_id for one in store.get_nodes(filters=filters)]

    for key in ("ref_doc_id", "doc_id", "document_id"):
        assert find(key, "d1") == ["n"]
    assert find("title", "Lamps") == ["n"]
    assert find("doc_id", "own") == ["other"]
    found = PassageRetriever(index, filters="title = lamps").retrieve("lamp")
    assert [one.node.metadata["document_id"] for one in found] == ["n"]
    found = PassageRetriever(index, filters=lambda document: document.document == "other").retrieve("lamp")
    assert [one.node.metadata["document_id"] for one in found] == ["other"]
