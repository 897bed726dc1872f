"""Candidates of both kinds, against a look at every passage, with and without a selection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from answers import WORDS
from engines import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_corpus import (
    DIMENSION,
    SETTINGS,
    SMALL_SEGMENTS,
    Oracle,
    Ranking,
    addition,
    changes,
    ranking,
    refs_of,
    selection,
    vector,
)

from retriever.index.interface import Candidates, Changes, Index, Selection, Snapshot

corpora = st.dictionaries(
    st.sampled_from("abcdef"),
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=5),
    max_size=6,
)
queries = st.lists(st.integers(-2, 2), min_size=DIMENSION, max_size=DIMENSION).map(
    lambda numbers: np.array(numbers, np.float32) / 4
)
weights = st.dictionaries(st.sampled_from([*WORDS, "absent"]), st.integers(1, 64).map(lambda n: n / 8), max_size=5)
examples = settings(
    max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def everything(snapshot: Snapshot) -> int:
    return snapshot.passages + 5


def check(snapshot: Snapshot, found: Candidates, best: Ranking, limit: int, *, ties: bool) -> None:
    """``found`` are the ``limit`` first of the ranking, best first; with ``ties`` also some that tie with the last."""
    ranked = ranking(snapshot, found)
    assert (found.refs.dtype, found.scores.dtype) == (np.dtype(np.int64), np.dtype(np.float32))
    assert len({id_ for id_, _ in ranked}) == len(ranked)
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    of = dict(best)
    assert scores == pytest.approx([of[id_] for id_, _ in ranked], rel=1e-6)
    # No passage of a larger score is missed: the engines under test say that they are exact.
    assert snapshot.guarantees.exact
    assert scores[:limit] == pytest.approx([score for _, score in best[:limit]], rel=1e-6)
    assert set(scores[limit:]) <= (set(scores[limit - 1 : limit]) if ties and limit else set())


@examples
@given(corpora, queries, weights, st.integers(0, 12), st.data())
def test_candidates_are_those_of_a_look_at_every_passage(
    engine: Engine,
    corpus: dict[str, list[str]],
    query: npt.NDArray[np.float32],
    weights: dict[str, float],
    limit: int,
    data: st.DataObject,
) -> None:
    index, oracle = engine.create(), Oracle(corpus)
    index.commit(changes(additions=corpus))
    names = data.draw(st.none() | st.sets(st.sampled_from(sorted(oracle.passages)))) if oracle.passages else None
    with index.reading() as snapshot:
        within = None if names is None else selection(snapshot, names)
        assert within is None or names is None or within.count == len(names)
        dense = snapshot.dense(query, limit, within=within)
        check(snapshot, dense, oracle.dense(query, everything(snapshot), names), limit, ties=True)
        lexical = snapshot.lexical(weights, limit, within=within)
        check(snapshot, lexical, oracle.lexical(weights, everything(snapshot), names), limit, ties=False)
        statistics = snapshot.term_statistics([*WORDS, "absent"])
        assert statistics.passages == snapshot.passages == len(oracle.passages)
        assert statistics.mean_length == pytest.approx(oracle.mean_length())
        assert statistics.document_frequency == {term: oracle.document_frequency(term) for term in [*WORDS, "absent"]}
    index.close()


@pytest.fixture
def many(engine: Engine, keep: Callable[..., Index]) -> Index:
    """Made once, for tests that only read."""
    return keep(engine, make_many, SMALL_SEGMENTS)


def make_many(engine: Engine) -> Index:
    """Two hundred passages of forty documents, of which every fifth is about lead; a third of them then removed."""
    index = engine.create()
    texts = {f"d{number}": [f"text {number} {part}" for part in range(4)] + ["lead"] for number in range(40)}
    for first in range(0, 40, 7):
        index.commit(changes(additions={key: texts[key] for key in list(texts)[first : first + 7]}))
    index.commit(changes([f"d{number}" for number in range(0, 40, 3)]))
    return index


def test_within_a_selection_as_many_come_as_match(many: Index) -> None:
    """Also where those that match are the farthest from what is asked."""
    with many.reading() as snapshot:
        every = snapshot.dense(vector("lead"), 1000)
        far = [stored.id for stored in snapshot.fetch(every.refs[-20:].tolist())]
        chosen = selection(snapshot, far)
        assert chosen.count == len(far) == 20
        for limit in (1, 5, 30, 1000):
            found = snapshot.dense(vector("lead"), limit, within=chosen)
            assert len(found.refs) >= min(limit, 20)
            assert {stored.id for stored in snapshot.fetch(found.refs.tolist())} <= set(far)
            words = snapshot.lexical({"text": 1.0, "lead": 0.5}, limit, within=chosen)
            assert len(words.refs) == min(limit, 20)
            assert {stored.id for stored in snapshot.fetch(words.refs.tolist())} <= set(far)


def test_an_empty_selection_has_no_candidates(many: Index) -> None:
    with many.reading() as snapshot:
        nothing: Selection = selection(snapshot, [])
        assert nothing.count == 0
        assert snapshot.dense(vector("lead"), 10, within=nothing).refs.tolist() == []
        assert snapshot.lexical({"lead": 1.0}, 10, within=nothing).refs.tolist() == []


def test_passages_that_hold_none_of_the_terms_do_not_come(many: Index) -> None:
    with many.reading() as snapshot:
        texts = [stored.passage.text for stored in snapshot.fetch(snapshot.lexical({"lead": 1.0}, 500).refs.tolist())]
        assert texts == ["lead"] * 26
        assert snapshot.lexical({"absent": 1.0}, 500).refs.tolist() == []
        assert snapshot.lexical({}, 500).refs.tolist() == []


def test_a_term_counts_once_however_often_a_passage_holds_it(index: Index) -> None:
    index.commit(changes(additions={"a": ["x", "tea", "tea tea tea"]}))
    with index.reading() as snapshot:
        assert snapshot.lexical({"tea": 1.5}, 5).scores.tolist() == [1.5, 1.5]
        assert snapshot.term_statistics(["tea", "tea"]).document_frequency == {"tea": 2}


def test_nothing_is_asked_for_and_nothing_comes(index: Index) -> None:
    index.commit(changes(additions={"a": ["tea", "sky"]}))
    with index.reading() as snapshot:
        assert snapshot.dense(vector("tea"), 0).refs.tolist() == snapshot.lexical({"tea": 1.0}, 0).refs.tolist() == []


def test_a_query_that_cannot_be_answered_is_a_value_error(index: Index) -> None:
    index.commit(changes(additions={"a": ["tea"]}))
    for query in (np.ones(DIMENSION + 1, np.float32), np.full(DIMENSION, np.nan, np.float32)):
        with index.reading() as snapshot, pytest.raises(ValueError, match=r".+"):
            snapshot.dense(query, 3)
    for weight in (0.0, -1.0):
        with index.reading() as snapshot, pytest.raises(ValueError, match="positive"):
            snapshot.lexical({"tea": weight}, 3)


def test_scores_are_exact_to_single_precision(index: Index) -> None:
    chance = np.random.default_rng(11)
    vectors = chance.standard_normal((60, 256)).astype(np.float16).astype(np.float32)
    made = addition("a", [f"passage {number}" for number in range(60)], 256)
    made.vectors[:] = vectors
    index.commit(Changes([], [made], SETTINGS))
    with index.reading() as snapshot:
        refs = refs_of(snapshot)
        kept = {stored.ref: stored.vector for stored in snapshot.fetch(refs, vectors=True)}
        for query in chance.standard_normal((10, 256)).astype(np.float32):
            found = snapshot.dense(query, 60)
            exact = [float(np.asarray(kept[ref], np.float64) @ query.astype(np.float64)) for ref in found.refs.tolist()]
            np.testing.assert_allclose(found.scores, exact, rtol=0, atol=3e-5)


def test_an_engine_says_what_its_candidates_can_be_relied_on_for(many: Index) -> None:
    with many.reading() as snapshot:
        guarantees = snapshot.guarantees
        assert 0 <= guarantees.recall <= 1
        assert guarantees.recall == 1 or not guarantees.exact
        assert snapshot.guarantees == guarantees
