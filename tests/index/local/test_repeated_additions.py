"""A document that one commit adds more than once: the last one counts, wherever the earlier ones are."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from index_corpus import DIMENSION, SETTINGS, Oracle, addition, build, contents, create, open_index, ranking, sums

from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits

BASE = {"a": ["red tea"], "b": ["blue sky", "tea"], "c": ["lead"]}
# What one commit adds, in this order.
REPEATED = {
    "twice": [("n", ["tea"]), ("n", ["sky", "green"])],
    "the same again": [("n", ["tea", "sky"]), ("n", ["tea", "sky"])],
    "others between": [("n", ["tea"] * 3), ("m", ["sky"] * 3), ("n", ["roof"] * 2), ("m", ["lead"]), ("n", ["green"])],
    "the last is empty": [("n", ["tea"]), ("n", [])],
    "the first is empty": [("n", []), ("n", ["tea"])],
    "of one that is there": [("a", ["tea"] * 5), ("a", ["sky"]), ("b", ["roof"]), ("b", ["green tea", "lead"])],
    "as it was": [("a", ["sky"]), ("a", ["red tea"])],
}

REMOVALS = ([], ["a", "n"], ["b", "c", "m"])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base") / "index"
    build(root, BASE).close()
    return root


@pytest.fixture
def index(base: Path, tmp_path: Path) -> LocalIndex:
    return create(shutil.copytree(base, tmp_path / "index"))


@pytest.mark.parametrize(("place", "rows"), list(enumerate([1, 4, 1000])))
@pytest.mark.parametrize("name", REPEATED)
def test_the_last_one_counts(index: LocalIndex, name: str, place: int, rows: int) -> None:
    """``rows`` is how many passages a segment takes: the earlier one is in the same segment or in another.

    Each of both comes with each of the removals. What is removed is in the old segments alone, and ``rows`` is about
    the new ones.
    """
    removals = REMOVALS[(list(REPEATED).index(name) + place) % len(REMOVALS)]
    expected = {key: texts for key, texts in BASE.items() if key not in removals}
    expected.update(REPEATED[name])
    additions = [addition(key, texts) for key, texts in REPEATED[name]]
    index = open_index(index.path, Limits(flush_rows=rows))
    assert index.commit(Changes(removals, additions, SETTINGS)) == 2
    _compare(index, expected)
    index.compact()
    _compare(index, expected)
    index.commit(Changes([*expected], [], SETTINGS))
    _compare(index, {})


def _compare(index: LocalIndex, expected: dict[str, list[str]]) -> None:
    oracle = Oracle(expected)
    assert contents(index) == contents(open_index(index.path)) == expected
    snapshot = index.snapshot()
    assert (snapshot.documents, snapshot.passages) == (len(expected), len(oracle.passages))
    assert index.verify(deep=True) == []
    assert sums(snapshot) == oracle.languages()
    query = np.linspace(-1, 1, DIMENSION).astype(np.float32)
    assert [name for name, _ in ranking(snapshot, snapshot.dense(query, 99))] == [
        name for name, _ in oracle.dense(query, 99)
    ]
    weights = {"tea": 1.0, "sky": 0.5, "title": 0.25}
    assert ranking(snapshot, snapshot.lexical(weights, 99)) == oracle.lexical(weights, 99)
    statistics = snapshot.term_statistics([*weights, "roof"])
    assert statistics.document_frequency == {term: oracle.document_frequency(term) for term in [*weights, "roof"]}
    assert statistics.mean_length == pytest.approx(oracle.mean_length())


def test_the_last_one_counts_where_all_is_replaced(index: LocalIndex) -> None:
    additions = [addition(key, texts) for key, texts in REPEATED["others between"]]
    index.commit(Changes([], additions, SETTINGS), replace=True)
    _compare(index, {"n": ["green"], "m": ["lead"]})
