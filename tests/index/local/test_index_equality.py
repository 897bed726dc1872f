"""Whatever the history of an index: it answers as brute force does, and as an index built afresh."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_corpus import (
    DIMENSION,
    SETTINGS,
    SMALL_SEGMENTS,
    Oracle,
    addition,
    build,
    contents,
    create,
    ranking,
    refs_of,
    selection,
    sums,
)

from retriever.index.interface import Changes
from retriever.index.local.snapshot import LocalSnapshot

WORDS = ["tea", "sky", "red", "green", "blue", "lead", "roof"]
texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=5)
keys = st.sampled_from("abcdef")
# What is taken out, what is put in (a key may come again), and whether the index is compacted afterwards.
Step: TypeAlias = tuple[list[str], list[tuple[str, list[str]]], bool]
commits = st.lists(
    st.tuples(
        st.lists(keys, max_size=3, unique=True),
        st.lists(st.tuples(keys, texts), max_size=5),
        st.sampled_from([False] * 5 + [True]),
    ),
    min_size=1,
    max_size=6,
)
numbers = st.lists(st.integers(-2, 2), min_size=DIMENSION, max_size=DIMENSION)
weights = st.dictionaries(st.sampled_from([*WORDS, "absent"]), st.integers(1, 64).map(lambda n: n / 8), max_size=5)


@settings(max_examples=settings.default.max_examples // 3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits, numbers, weights, st.integers(1, 12), st.data())
def test_history_leaves_no_trace(
    history: list[Step], numbers: list[int], weights: dict[str, float], limit: int, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = create(Path(folder) / "grown", SMALL_SEGMENTS)
        corpus: dict[str, list[str]] = {}
        for removals, additions, compacted in history:
            index.commit(Changes(removals, [addition(key, texts) for key, texts in additions], SETTINGS))
            if compacted:
                index.compact()
            for key in removals:
                corpus.pop(key, None)
            corpus.update(additions)
            assert sums(index.snapshot()) == Oracle(corpus).languages()
        fresh = build(Path(folder) / "fresh", corpus, SMALL_SEGMENTS)
        oracle = Oracle(corpus)
        query = np.array(numbers, np.float32) / 4
        within: set[str] | None = None
        if oracle.passages:
            within = data.draw(st.none() | st.sets(st.sampled_from(sorted(oracle.passages))))

        assert contents(index) == contents(fresh) == corpus
        for one in (index, fresh):
            snapshot = one.snapshot()
            among = None
            if within is not None:
                among = selection(snapshot, within)
                assert among.count == len(within)
            assert snapshot.passages == len(oracle.passages)
            dense = snapshot.dense(query, limit, within=among)
            assert ranking(snapshot, dense) == oracle.dense(query, limit, within)
            lexical = snapshot.lexical(weights, limit, within=among)
            assert ranking(snapshot, lexical) == oracle.lexical(weights, limit, within)
            assert sums(snapshot) == oracle.languages()
            statistics = snapshot.term_statistics([*WORDS, "absent"])
            assert statistics.passages == len(oracle.passages)
            assert statistics.mean_length == pytest.approx(oracle.mean_length())
            assert statistics.document_frequency == {
                term: oracle.document_frequency(term) for term in [*WORDS, "absent"]
            }
            assert one.verify(deep=True) == []


def test_real_valued_scores_are_the_same_bit_for_bit_in_any_history(tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    corpus = {f"d{number}": [f"text {number} {part}" for part in range(3)] for number in range(40)}
    grown, fresh = create(tmp_path / "grown", SMALL_SEGMENTS), create(tmp_path / "fresh", SMALL_SEGMENTS)
    real = [
        replace(addition(key, texts, 100), vectors=generator.standard_normal((3, 100)).astype(np.float32))
        for key, texts in corpus.items()
    ]
    fresh.commit(Changes([], real, SETTINGS))
    for start in range(0, 40, 3):
        part = real[start : start + 3]
        grown.commit(Changes([], [*part, addition(f"gone{start}", ["tea"], 100)], SETTINGS))
    grown.commit(Changes([f"gone{start}" for start in range(0, 40, 3)], [], SETTINGS))
    for query in generator.standard_normal((20, 100)).astype(np.float32):
        expected = ranking(fresh.snapshot(), fresh.snapshot().dense(query, 30))
        assert ranking(grown.snapshot(), grown.snapshot().dense(query, 30)) == expected
        assert expected == ranking(fresh.snapshot(), fresh.snapshot().dense(query, 1000))[:30]
    assert sums(grown.snapshot()) == sums(fresh.snapshot()) == _sums_of(fresh.snapshot())


def _sums_of(snapshot: LocalSnapshot) -> dict[str, tuple[int, list[float]]]:
    """The sums by language, each rounded once from the true value."""
    vectors: dict[str, list[list[float]]] = {}
    for stored in snapshot.fetch(refs_of(snapshot), vectors=True):
        assert stored.vector is not None
        vectors.setdefault(stored.passage.language, []).append(stored.vector.tolist())
    return {code: (len(own), [math.fsum(column) for column in zip(*own, strict=True)]) for code, own in vectors.items()}
