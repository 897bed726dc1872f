"""Selections of every engine, against the shared definition of what matches a filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from engines import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_corpus import SETTINGS, addition, changes, refs_of, stored_passages, vector

from retriever.errors import FilterError
from retriever.filters import Filter
from retriever.filters.evaluate import evaluate
from retriever.index.interface import Addition, Changes, Index, Snapshot, StoredPassage
from retriever.index.terms import analyse
from retriever.types import Passage, StoredDocument

passages = st.builds(
    Passage,
    text=st.just("lamp pier"),
    start=st.just(0),
    end=st.just(9),
    heading=st.sampled_from([(), ("一、总则",), ("一、总则", "（一）机构"), ("二、附则",)]),
    page=st.sampled_from([None, 1, 2, 3]),
    language=st.sampled_from(["en", "zh", ""]),
)
corpora = st.dictionaries(
    st.sampled_from([f"d{number}" for number in range(8)]),
    st.tuples(st.sampled_from([{}, {"n": 1}, {"n": [2, 3]}, {"n": "x"}]), st.lists(passages, max_size=3)),
    max_size=6,
)
CONDITIONS = (
    "language = zh",
    "language != zh",
    "has language",
    "heading ~ 总则",
    "heading = （一）机构",
    "has heading",
    "page >= 2",
    "not has page",
    "metadata.n < 3",
    "n = x",
    "document in (d1, d3, d5)",
    "source ~ *.txt",
    "name = d2.txt",
    "has n and page != 1",
)
expressions = st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3).flatmap(
    lambda conditions: st.sampled_from([" and ".join(conditions), " or ".join(conditions)])
)


def make_addition(name: str, metadata: Mapping[str, Any], held: Sequence[Passage]) -> Addition:
    document = StoredDocument(name, name, f"x/{name}.txt", f"/x/{name}.txt", "", "", metadata={**metadata, "m": 0})
    vectors = np.tile(np.array([[0.6, 0.8]], np.float32), (len(held), 1))
    own = [Passage(f"lamp {at}", at, at + 6, one.heading, 1, one.page, one.language) for at, one in enumerate(held)]
    return Addition(document, own, vectors, analyse(document, own))


@dataclass(frozen=True)
class Table:
    """A snapshot as ``evaluate`` asks for it, by way of what the contract gives of every passage."""

    held: Mapping[str, Sequence[StoredPassage]]
    all_documents: Sequence[StoredDocument]

    def documents(self) -> Iterator[tuple[Sequence[int], StoredDocument]]:
        for document in self.all_documents:
            yield [stored.ref for stored in self.held[document.key]], document

    def column(self, name: str) -> Mapping[int, Sequence[Any]]:
        return {stored.ref: _value(stored.passage, name) for own in self.held.values() for stored in own}


def _value(passage: Passage, name: str) -> Sequence[Any]:
    if name == "heading":
        return passage.heading
    value = passage.language or None if name == "language" else passage.page
    return () if value is None else (value,)


def selected(snapshot: Snapshot, where: Filter) -> set[int]:
    """The refs of a selection, as candidates of both kinds show them."""
    within = snapshot.select(where)
    dense = snapshot.dense(np.array([1, 0], np.float32), 1000, within=within).refs.tolist()
    assert set(snapshot.lexical({"lamp": 1.0}, 1000, within=within).refs.tolist()) == set(dense)
    assert len(set(dense)) == len(dense) == within.count
    return set(dense)


@pytest.mark.usefixtures("small_segments")
@settings(max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora, corpora, st.sets(st.sampled_from(["d1", "d2", "d3"])), expressions)
def test_a_selection_is_what_the_definition_says(
    engine: Engine, first: dict[str, Any], second: dict[str, Any], removed: set[str], expression: str
) -> None:
    index = engine.create()
    index.commit(Changes([], [make_addition("base", {"n": 9}, [Passage("", 0, 0)])], None))
    for removals, corpus in (((), first), (sorted(removed), second)):
        index.commit(Changes(removals, [make_addition(name, *parts) for name, parts in corpus.items()], None))
    where = Filter.parse(expression)
    with index.reading() as snapshot:
        table = Table(stored_passages(snapshot), list(snapshot.stored_documents()))
        assert selected(snapshot, where) == set(evaluate(where, table).tolist())
    index.close()


@pytest.fixture
def index(engine: Engine) -> Index:
    index = engine.create()
    index.commit(changes(additions={"a": ["red", "tea", "sky"], "b": ["lead", "roof"], "empty": []}))
    return index


def test_a_field_that_no_document_has_is_a_filter_error(index: Index) -> None:
    where = Filter.parse("year > 1 and yaer = 3")
    with index.reading() as snapshot, pytest.raises(FilterError, match="no document has a field 'yaer'") as caught:
        snapshot.select(where)
    assert (caught.value.position, caught.value.expression) == (13, where.expression)
    assert "year" in caught.value.hint


def test_an_index_without_documents_minds_no_field(engine: Engine) -> None:
    with engine.create().reading() as snapshot:
        assert snapshot.select(Filter.parse("whatever = 1")).count == 0


def test_a_field_of_a_document_without_passages_is_known(index: Index) -> None:
    empty = addition("other", [])
    empty = Addition(
        StoredDocument("other", "other", "o", "/o", "", "", metadata={"only": 1}), [], empty.vectors, empty.terms
    )
    index.commit(Changes([], [empty], SETTINGS))
    with index.reading() as snapshot:
        assert snapshot.select(Filter.parse("only = 1")).count == 0


def test_filters_made_by_a_program_are_answered_like_those_that_were_written(index: Index) -> None:
    chinese = Filter.by_language(("zh", "ja"))
    with index.reading() as snapshot:
        assert snapshot.select(chinese).count == 2
        both = snapshot.select(chinese.intersect(Filter.parse("document = a")))
        assert both.count == 1
        [stored] = snapshot.fetch(snapshot.dense(vector("tea"), 9, within=both).refs.tolist())
        assert stored.passage.text == "tea"


def test_a_selection_can_be_used_many_times(index: Index) -> None:
    with index.reading() as snapshot:
        within = snapshot.select(Filter.parse("page = 1"))
        found = [snapshot.dense(vector(text), 9, within=within).refs.tolist() for text in ("tea", "sky", "tea")]
        assert found[0] == found[2]
        assert {frozenset(refs) for refs in found} == {frozenset(found[0])}
        assert within.count == 2
        assert len(refs_of(snapshot)) == 5
