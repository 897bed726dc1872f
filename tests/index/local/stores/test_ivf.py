"""Large segments: scores are exact always, recall is what was measured, and nothing of an index changes but speed."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_corpus import SETTINGS, open_index
from large_corpus import (
    CORPUS,
    DIMENSION,
    DOCUMENT,
    LIMITS,
    QUESTIONS,
    ROWS,
    build_index,
    documents,
    find_best,
    key,
    make_vectors,
    with_ties,
)

from retriever.index.files.precision import round_to_half
from retriever.index.interface import Candidates, Changes
from retriever.index.local.entries import VECTORS, OperatingPoint
from retriever.index.local.index import LocalIndex
from retriever.index.local.selection import LocalSelection
from retriever.index.local.snapshot import LocalSnapshot
from retriever.index.local.stores import ivf
from retriever.index.local.stores.vectors import MOST, DenseReader


@pytest.fixture
def index(tmp_path: Path, large: LocalSnapshot) -> LocalIndex:
    """An index of its own with the same corpus, for a test that changes it."""
    root = large.views[0].segment.folder.parents[1]
    return open_index(shutil.copytree(root, tmp_path / "index"), LIMITS)


@pytest.fixture(scope="module")
def flat_scores(large: LocalSnapshot) -> npt.NDArray[np.float32]:
    """Every question's score with every row, from the flat file alone: float32 [questions, rows]."""
    reader = DenseReader(large.views[0].segment.folder / VECTORS, ROWS)
    result = np.zeros((len(QUESTIONS), ROWS), np.float32)
    for scores, query in zip(result, QUESTIONS, strict=True):
        found = reader.search(query, ROWS, None)
        scores[found.refs] = found.scores
    return result


@pytest.fixture
def never_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a search looks at every vector: for tests that must see the inverted file at work."""

    def looked(*_: object) -> Candidates:
        raise AssertionError("every vector was looked at")

    monkeypatch.setattr(DenseReader, "_search_exactly", looked)


def recall(snapshot: LocalSnapshot, limit: int, among: npt.NDArray[np.int64]) -> float:
    found = [set(snapshot.dense(query, limit).refs.tolist()) for query in QUESTIONS]
    wanted = [set(find_best(CORPUS, query, limit, among)) for query in QUESTIONS]
    return sum(len(one & other) for one, other in zip(found, wanted, strict=True)) / (limit * len(QUESTIONS))


@pytest.mark.usefixtures("never_exact")
@pytest.mark.parametrize("limit", [1, 10, 40, 100])
def test_recall_on_other_questions_is_near_what_was_measured(large: LocalSnapshot, limit: int) -> None:
    assert recall(large, limit, np.arange(ROWS)) >= 0.975


def test_operating_points_are_measured_and_read_less_than_all(large: LocalSnapshot) -> None:
    [entry] = large.manifest.segments
    assert [point.results for point in entry.operating_points] == [results for results, _ in ivf.TARGETS]
    for point, (_, target) in zip(entry.operating_points, ivf.TARGETS, strict=True):
        assert target <= point.recall <= 1
        # Else these tests would be of something that reads everything.
        assert 1 <= point.probes <= ROWS // ivf.LIST / 2


@pytest.mark.usefixtures("never_exact")
def test_scores_are_those_of_the_flat_file_bit_for_bit(
    large: LocalSnapshot, flat_scores: npt.NDArray[np.float32]
) -> None:
    for query, scores in zip(QUESTIONS, flat_scores, strict=True):
        found = large.dense(query, 30)
        np.testing.assert_allclose(scores, CORPUS.astype(np.float64) @ query.astype(np.float64), atol=1e-5)
        assert found.scores.tobytes() == scores[found.refs].tobytes()
        assert (np.diff(found.scores) <= 0).all()


@settings(max_examples=40)
@given(question=st.integers(0, len(QUESTIONS) - 1), limit=st.integers(1, ROWS + 10))
def test_as_many_come_as_are_wanted(
    large: LocalSnapshot, flat_scores: npt.NDArray[np.float32], question: int, limit: int
) -> None:
    found = large.dense(QUESTIONS[question], limit)
    assert len(found.refs) >= min(limit, ROWS)
    assert len(set(found.refs.tolist())) == len(found.refs)
    if limit > MOST:
        assert set(found.refs.tolist()) == with_ties(flat_scores[question], limit, np.arange(ROWS))


@settings(max_examples=40)
@given(seed=st.integers(0, 99), share=st.sampled_from([0.0005, 0.01, 0.2, 0.6]), limit=st.sampled_from([1, 10, 100]))
def test_a_filter_is_exact(
    large: LocalSnapshot, flat_scores: npt.NDArray[np.float32], seed: int, share: float, limit: int
) -> None:
    within = np.flatnonzero(np.random.default_rng(seed).random(ROWS) < share)
    question = seed % len(QUESTIONS)
    found = large.dense(QUESTIONS[question], limit, within=LocalSelection(within, large.generation))
    assert set(found.refs.tolist()) == with_ties(flat_scores[question], limit, within)


@pytest.mark.usefixtures("never_exact")
def test_a_filter_that_leaves_nearly_all_uses_the_lists(large: LocalSnapshot) -> None:
    within = np.flatnonzero(np.arange(ROWS) % 8)
    hits = 0
    for query in QUESTIONS:
        found = large.dense(query, 10, within=LocalSelection(within, large.generation)).refs.tolist()
        assert len(found) == 10
        assert all(ref % 8 for ref in found)
        hits += len(set(found) & set(find_best(CORPUS, query, 10, within)))
    assert hits >= 0.97 * 10 * len(QUESTIONS)


def test_deleted_passages_are_not_found(index: LocalIndex) -> None:
    gone = range(0, ROWS // DOCUMENT, 5)
    index.commit(Changes([key(number) for number in gone], [], SETTINGS))
    snapshot = index.snapshot()
    live = np.flatnonzero((np.arange(ROWS) // DOCUMENT) % 5)
    [entry] = snapshot.manifest.segments
    assert entry.deleted_rows == ROWS - len(live)
    assert entry.operating_points
    for query in QUESTIONS[:20]:
        assert set(snapshot.dense(query, 50).refs.tolist()) <= set(live.tolist())
    assert recall(snapshot, 10, live) >= 0.97
    assert index.verify(deep=True) == []


def test_additions_are_searched_exactly_beside_it(index: LocalIndex) -> None:
    more = make_vectors(300, seed=7)
    index.commit(Changes([], documents(more, first=1000), SETTINGS))
    snapshot = index.snapshot()
    assert [bool(entry.operating_points) for entry in snapshot.manifest.segments] == [True, False]
    for query in QUESTIONS:
        found = snapshot.dense(query, 30)
        new = [ref for ref in found.refs.tolist() if ref >= ROWS]
        worst = float(found.scores[-1])
        scores = more.astype(np.float64) @ query.astype(np.float64)
        assert len(new) >= np.count_nonzero(scores > worst + 1e-5)


def test_a_segment_written_anew_is_measured_anew(index: LocalIndex) -> None:
    gone = range(0, ROWS // DOCUMENT, 2)
    index.commit(Changes([key(number) for number in gone], [], SETTINGS))
    snapshot = index.snapshot()
    [entry] = snapshot.manifest.segments
    assert (entry.rows, entry.deleted_rows, bool(entry.operating_points)) == (ROWS // 2, 0, True)
    kept = CORPUS[(np.arange(ROWS) // DOCUMENT) % 2 == 1]
    found = [set(snapshot.dense(query, 10).refs.tolist()) for query in QUESTIONS]
    wanted = [set(find_best(kept, query, 10, range(len(kept)))) for query in QUESTIONS]
    assert sum(len(one & other) for one, other in zip(found, wanted, strict=True)) >= 0.97 * 10 * len(QUESTIONS)


@pytest.mark.parametrize("copies", [5, 30, 600])
def test_all_that_tie_with_the_last_come(tmp_path: Path, copies: int) -> None:
    vectors = CORPUS[:3000].copy()
    rows = np.arange(copies) * 3
    vectors[rows] = QUESTIONS[0]
    snapshot = build_index(tmp_path / "index", vectors).snapshot()
    assert snapshot.manifest.segments[0].operating_points
    found = snapshot.dense(QUESTIONS[0], 3)
    assert sorted(found.refs.tolist()) == rows.tolist()


@pytest.mark.parametrize("vectors", [np.zeros((1200, DIMENSION)), np.ones((1200, DIMENSION)), CORPUS[:1200] * 7])
def test_odd_vectors(tmp_path: Path, capfd: pytest.CaptureFixture[str], vectors: npt.NDArray[np.float32]) -> None:
    snapshot = build_index(tmp_path / "index", round_to_half(vectors)).snapshot()
    for query in QUESTIONS[:5]:
        scores = vectors.astype(np.float64) @ query.astype(np.float64)
        found = snapshot.dense(query, 10)
        assert len(found.refs) >= 10
        np.testing.assert_allclose(found.scores, scores[found.refs], rtol=1e-3, atol=1e-5)
        assert found.scores[0] >= scores.max() - 0.01
    assert capfd.readouterr() == ("", "")


def test_threads_get_what_one_gets(large: LocalSnapshot) -> None:
    expected = [large.dense(query, 20) for query in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda query: large.dense(query, 20), [*QUESTIONS] * 5))
    for one, other in zip(found, expected * 5, strict=True):
        assert one.refs.tolist() == other.refs.tolist()
        assert one.scores.tobytes() == other.scores.tobytes()


@given(few=st.integers(1, 500), many=st.integers(1, 500))
def test_more_results_never_read_fewer_lists(few: int, many: int) -> None:
    points = (OperatingPoint(10, few, 0.99), OperatingPoint(100, many, 0.98))
    probes = [ivf._choose_probes(points, count) for count in range(1, 4 * MOST)]
    assert probes == sorted(probes)
    assert (probes[0], probes[9], probes[99]) == (few, few, max(few, many))
