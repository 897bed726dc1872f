"""Whatever the history of an index: it answers as brute force does, and as an index built afresh."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_corpus import DIMENSION, Oracle, build, changes, contents, create, ranking

WORDS = ["tea", "sky", "red", "green", "blue", "lead", "roof"]
texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=5)
keys = st.sampled_from("abcdef")
commits = st.lists(
    st.tuples(st.lists(keys, max_size=3, unique=True), st.dictionaries(keys, texts, max_size=4)), min_size=1, max_size=6
)
numbers = st.lists(st.integers(-2, 2), min_size=DIMENSION, max_size=DIMENSION)
weights = st.dictionaries(st.sampled_from([*WORDS, "absent"]), st.integers(1, 64).map(lambda n: n / 8), max_size=5)


@pytest.mark.usefixtures("small_segments")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits, numbers, weights, st.integers(1, 12), st.data())
def test_history_leaves_no_trace(history, numbers, weights, limit, data):
    with tempfile.TemporaryDirectory() as folder:
        index = create(Path(folder) / "grown")
        corpus: dict[str, list[str]] = {}
        for removals, additions in history:
            index.commit(changes(removals, additions))
            for key in removals:
                corpus.pop(key, None)
            corpus.update(additions)
        fresh = build(Path(folder) / "fresh", corpus)
        oracle = Oracle(corpus)
        query = np.array(numbers, np.float32) / 4
        within = data.draw(st.none() | st.sets(st.sampled_from(sorted(oracle.passages)))) if oracle.passages else None

        assert contents(index) == contents(fresh) == corpus
        for one in (index, fresh):
            snapshot = one.snapshot()
            refs = _refs(one, within)
            assert snapshot.passage_count == len(oracle.passages)
            assert ranking(one, snapshot.dense(query, limit, within=refs)) == oracle.dense(query, limit, within)
            assert ranking(one, snapshot.lexical(weights, limit, within=refs)) == oracle.lexical(weights, limit, within)
            statistics = snapshot.term_statistics([*WORDS, "absent"])
            assert statistics.passages == len(oracle.passages)
            assert statistics.mean_length == pytest.approx(oracle.mean_length())
            assert statistics.document_frequency == {
                term: oracle.document_frequency(term) for term in [*WORDS, "absent"]
            }
            assert one.verify(deep=True) == []


def _refs(index, within):
    if within is None:
        return None
    snapshot = index.snapshot()
    refs = np.concatenate([np.zeros(0, np.int64), *(refs for refs, _ in snapshot.documents())])
    return np.array([stored.ref for stored in snapshot.passages(refs.tolist()) if stored.id in within], np.int64)


@pytest.mark.usefixtures("small_segments")
def test_real_valued_scores_are_the_same_bit_for_bit_in_any_history(tmp_path):
    generator = np.random.default_rng(7)
    corpus = {f"d{number}": [f"text {number} {part}" for part in range(3)] for number in range(40)}
    grown, fresh = create(tmp_path / "grown"), create(tmp_path / "fresh")
    from index_corpus import SETTINGS, addition

    from retriever.index.interface import Addition, Changes

    real = {}
    for key, texts in corpus.items():
        made = addition(key, texts, 100)
        real[key] = Addition(made.document, made.passages, generator.standard_normal((3, 100)).astype(np.float32))
    fresh.commit(Changes([], list(real.values()), SETTINGS))
    for start in range(0, 40, 3):
        part = list(real.values())[start : start + 3]
        grown.commit(Changes([], [*part, addition(f"gone{start}", ["tea"], 100)], SETTINGS))
    grown.commit(Changes([f"gone{start}" for start in range(0, 40, 3)], [], SETTINGS))
    for query in generator.standard_normal((20, 100)).astype(np.float32):
        expected = ranking(fresh, fresh.snapshot().dense(query, 30))
        assert ranking(grown, grown.snapshot().dense(query, 30)) == expected
        assert expected == ranking(fresh, fresh.snapshot().dense(query, 1000))[:30]
