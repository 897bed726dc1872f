"""Whatever the history of an index: it answers as one built afresh of the same documents, and as brute force does."""

from __future__ import annotations

from random import Random
from typing import TypeAlias

import numpy as np
import pytest
from answers import QUERIES, WEIGHTS, WORDS, answers, texts_of
from engines import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_corpus import SETTINGS, Oracle, addition, ranking, sums

from retriever.index.interface import Changes, Index, Snapshot

texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=5)
keys = st.sampled_from("abcdef")
# What is taken out, what is put in (a key may come again), and whether all that was there goes.
Step: TypeAlias = tuple[list[str], list[tuple[str, list[str]]], bool]
histories = st.lists(
    st.tuples(
        st.lists(keys, max_size=3),
        st.lists(st.tuples(keys, texts), max_size=5),
        st.sampled_from([False] * 7 + [True]),
    ),
    min_size=1,
    max_size=7,
)
examples = settings(
    max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def run(index: Index, history: list[Step]) -> dict[str, list[str]]:
    """Commit a history, and return what the index holds then. Sums are looked at after each commit."""
    corpus: dict[str, list[str]] = {}
    number = 0
    for removals, additions, replace in history:
        before, differs = number, replace or bool(additions) or bool(corpus.keys() & set(removals)) or not number
        made = Changes(removals, (addition(key, own) for key, own in additions), SETTINGS)
        number = index.commit(made, replace=replace)
        assert (number > before) == differs
        corpus = {} if replace else {key: own for key, own in corpus.items() if key not in removals}
        corpus.update(additions)
        with index.reading() as snapshot:
            assert snapshot.generation == number
            assert sums(snapshot) == Oracle(corpus).languages()
    return corpus


@pytest.mark.usefixtures("small_segments")
@examples
@given(histories, st.integers(0, 6), st.randoms(use_true_random=False))
def test_a_history_leaves_no_trace(engine: Engine, history: list[Step], limit: int, chance: Random) -> None:
    # Several claims of one example: to make the two indexes takes by far the longest.
    grown, fresh = engine.create(), engine.create()
    corpus = run(grown, history)
    shuffled = list(corpus.items())
    chance.shuffle(shuffled)
    fresh.commit(Changes([], [addition(key, own) for key, own in shuffled], SETTINGS))
    with grown.reading() as one, fresh.reading() as other:
        assert texts_of(one) == corpus
        assert answers(one) == answers(other)
        assert one.guarantees.ordered_ties == other.guarantees.ordered_ties
        if one.guarantees.ordered_ties:
            assert _candidates(one, limit) == _candidates(other, limit)
        for snapshot in (one, other):
            check_statistics(snapshot, Oracle(corpus))
    assert grown.verify(deep=True) == fresh.verify(deep=True) == []
    grown.close()
    fresh.close()


def check_statistics(snapshot: Snapshot, oracle: Oracle) -> None:
    """Terms, passages and languages are counted as brute force counts them."""
    found = snapshot.term_statistics([*WORDS, "title", "absent"])
    assert found.document_frequency == {term: oracle.document_frequency(term) for term in (*WORDS, "title", "absent")}
    assert found.passages == snapshot.passages == len(oracle.passages)
    assert found.mean_length == pytest.approx(oracle.mean_length())
    assert {code: one.passages for code, one in snapshot.languages.items()} == snapshot.statistics().languages


def _candidates(snapshot: Snapshot, limit: int) -> list[list[tuple[str, float]]]:
    dense = [snapshot.dense(query, limit) for query in QUERIES]
    return [ranking(snapshot, found) for found in (*dense, snapshot.lexical(WEIGHTS, limit))]


@pytest.mark.usefixtures("small_segments")
def test_sums_of_languages_are_exact(engine: Engine) -> None:
    """A float32 sum, or one in another order, would differ in its last bits."""
    chance = np.random.default_rng(5)
    made = [addition(f"d{number}", ["x", "y", "z"], 64) for number in range(60)]
    for document in made:
        document.vectors[:] = chance.standard_normal((3, 64)) * 10.0 ** chance.integers(-3, 3, (3, 1))
    grown, fresh = engine.create(), engine.create()
    fresh.commit(Changes([], made[20:], SETTINGS))
    for first in range(0, 60, 7):
        grown.commit(Changes([], made[first : first + 7], SETTINGS))
    for first in range(0, 20, 4):
        grown.commit(Changes([f"d{number}" for number in range(first, first + 4)], [], SETTINGS))
    with grown.reading() as one, fresh.reading() as other:
        assert sums(one) == sums(other)
        assert {code: len(total) for code, (_, total) in sums(one).items()} == {"en": 64, "zh": 64}
        assert {total.vectors.dtype for total in one.languages.values()} == {np.dtype(np.float64)}
