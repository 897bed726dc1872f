"""Large segments: scores are exact always, recall is what was measured, and nothing of an index changes but speed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_corpus import SETTINGS, addition, analyze, open_index
from index_process import run

from retriever.errors import IndexCorruptError
from retriever.index import approximate
from retriever.index.dense import MOST, DenseReader, DenseWriter, rounded
from retriever.index.interface import Addition, Candidates, Changes
from retriever.index.local import LocalIndex
from retriever.index.manifest import Manifest
from retriever.index.segment import LISTS, VECTORS
from retriever.index.snapshot import LocalSnapshot

DIMENSION = 48
ROWS = 6000
DOCUMENT = 50


def made(rows: int, seed: int) -> np.ndarray:
    """Unit vectors about as close to each other as texts of a few dozen subjects."""
    chance = np.random.default_rng(seed)
    subjects = np.random.default_rng(1).standard_normal((40, DIMENSION))
    vectors = subjects[chance.integers(0, 40, rows)] + 0.8 * chance.standard_normal((rows, DIMENSION))
    return rounded(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


CORPUS = made(ROWS, seed=0)
QUESTIONS = made(60, seed=2)


def documents(vectors: np.ndarray, first: int = 0) -> list[Addition]:
    """Documents of DOCUMENT passages each; the ref of a passage in a new index is its vector's row."""
    result = []
    for start in range(0, len(vectors), DOCUMENT):
        part = vectors[start : start + DOCUMENT]
        bare = addition(_key(first + start // DOCUMENT), [f"text {start + row}" for row in range(len(part))])
        result.append(Addition(bare.document, bare.passages, part))
    return result


def _key(number: int) -> str:
    return f"doc{number:04d}"


def built(root: Path, vectors: np.ndarray) -> LocalIndex:
    index = LocalIndex.create(root, analyze=analyze)
    index.commit(Changes([], documents(vectors), SETTINGS))
    return index


@pytest.fixture(scope="module", autouse=True)
def low_threshold() -> Iterator[None]:
    with mock.patch("retriever.index.segment.APPROXIMATE", 1000), mock.patch.object(approximate, "LIST", 64):
        yield


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, low_threshold: None) -> LocalSnapshot:
    return built(tmp_path_factory.mktemp("large") / "index", CORPUS).snapshot()


@pytest.fixture(scope="module")
def flat_scores(snapshot: LocalSnapshot) -> np.ndarray:
    """Every question's score with every row, from the flat file alone: float32 [questions, rows]."""
    reader = DenseReader(snapshot.views[0].segment.folder / VECTORS)
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

    monkeypatch.setattr(DenseReader, "_exact", looked)


def best(vectors: np.ndarray, query: np.ndarray, limit: int, among: Sequence[int] | np.ndarray) -> list[int]:
    """The rows of the largest products, in double precision."""
    rows = np.asarray(among)
    scores = vectors[rows].astype(np.float64) @ query.astype(np.float64)
    return rows[np.argsort(-scores, kind="stable")[:limit]].tolist()


def with_ties(scores: np.ndarray, limit: int, among: np.ndarray) -> set[int]:
    """The rows of the ``limit`` largest scores, and those that tie with the last of them."""
    if not len(among):
        return set()
    last = np.sort(scores[among])[::-1][:limit][-1]
    return set(among[scores[among] >= last].tolist())


def recall(snapshot: LocalSnapshot, limit: int, among: np.ndarray) -> float:
    found = [set(snapshot.dense(query, limit).refs.tolist()) for query in QUESTIONS]
    return np.mean(
        [
            len(refs & set(best(CORPUS, query, limit, among))) / limit
            for refs, query in zip(found, QUESTIONS, strict=True)
        ]
    )


@pytest.mark.usefixtures("never_exact")
@pytest.mark.parametrize("limit", [1, 10, 40, 100])
def test_recall_on_other_questions_is_near_what_was_measured(snapshot, limit):
    assert recall(snapshot, limit, np.arange(ROWS)) >= 0.975


def test_effort_is_measured_and_less_than_all(snapshot):
    [entry] = snapshot.manifest.segments
    assert [effort.results for effort in entry.efforts] == [results for results, _ in approximate.TARGETS]
    for effort, (_, target) in zip(entry.efforts, approximate.TARGETS, strict=True):
        assert target <= effort.recall <= 1
        # Else these tests would be of something that reads everything.
        assert 1 <= effort.probes <= ROWS // approximate.LIST / 2


@pytest.mark.usefixtures("never_exact")
def test_scores_are_those_of_the_flat_file_bit_for_bit(snapshot, flat_scores):
    for query, scores in zip(QUESTIONS, flat_scores, strict=True):
        found = snapshot.dense(query, 30)
        np.testing.assert_allclose(scores, CORPUS.astype(np.float64) @ query.astype(np.float64), atol=1e-5)
        assert found.scores.tobytes() == scores[found.refs].tobytes()
        assert (np.diff(found.scores) <= 0).all()


@settings(max_examples=40)
@given(question=st.integers(0, len(QUESTIONS) - 1), limit=st.integers(1, ROWS + 10))
def test_as_many_come_as_are_wanted(snapshot, flat_scores, question, limit):
    found = snapshot.dense(QUESTIONS[question], limit)
    assert len(found.refs) >= min(limit, ROWS)
    assert len(set(found.refs.tolist())) == len(found.refs)
    if limit > MOST:
        assert set(found.refs.tolist()) == with_ties(flat_scores[question], limit, np.arange(ROWS))


@settings(max_examples=40)
@given(seed=st.integers(0, 99), share=st.sampled_from([0.0005, 0.01, 0.2, 0.6]), limit=st.sampled_from([1, 10, 100]))
def test_a_filter_is_exact(snapshot, flat_scores, seed, share, limit):
    within = np.flatnonzero(np.random.default_rng(seed).random(ROWS) < share)
    question = seed % len(QUESTIONS)
    found = snapshot.dense(QUESTIONS[question], limit, within=within)
    assert set(found.refs.tolist()) == with_ties(flat_scores[question], limit, within)


@pytest.mark.usefixtures("never_exact")
def test_a_filter_that_leaves_nearly_all_uses_the_lists(snapshot):
    within = np.flatnonzero(np.arange(ROWS) % 8)
    hits = 0
    for query in QUESTIONS:
        found = snapshot.dense(query, 10, within=within).refs.tolist()
        assert len(found) == 10
        assert all(ref % 8 for ref in found)
        hits += len(set(found) & set(best(CORPUS, query, 10, within)))
    assert hits >= 0.97 * 10 * len(QUESTIONS)


def test_deleted_passages_are_not_found(tmp_path):
    index = built(tmp_path / "index", CORPUS)
    gone = range(0, ROWS // DOCUMENT, 5)
    index.commit(Changes([_key(number) for number in gone], [], SETTINGS))
    snapshot = index.snapshot()
    live = np.flatnonzero((np.arange(ROWS) // DOCUMENT) % 5)
    [entry] = snapshot.manifest.segments
    assert entry.deleted_rows == ROWS - len(live)
    assert entry.efforts
    for query in QUESTIONS[:20]:
        assert set(snapshot.dense(query, 50).refs.tolist()) <= set(live.tolist())
    assert recall(snapshot, 10, live) >= 0.97
    assert index.verify(deep=True) == []


def test_additions_are_searched_exactly_beside_it(tmp_path):
    index = built(tmp_path / "index", CORPUS)
    more = made(300, seed=7)
    index.commit(Changes([], documents(more, first=1000), SETTINGS))
    snapshot = index.snapshot()
    assert [bool(entry.efforts) for entry in snapshot.manifest.segments] == [True, False]
    for query in QUESTIONS:
        found = snapshot.dense(query, 30)
        new = [ref for ref in found.refs.tolist() if ref >= ROWS]
        worst = float(found.scores[-1])
        scores = more.astype(np.float64) @ query.astype(np.float64)
        assert len(new) >= np.count_nonzero(scores > worst + 1e-5)


def test_a_segment_written_anew_is_measured_anew(tmp_path):
    index = built(tmp_path / "index", CORPUS)
    gone = range(0, ROWS // DOCUMENT, 2)
    index.commit(Changes([_key(number) for number in gone], [], SETTINGS))
    snapshot = index.snapshot()
    [entry] = snapshot.manifest.segments
    assert (entry.rows, entry.deleted_rows, bool(entry.efforts)) == (ROWS // 2, 0, True)
    kept = CORPUS[(np.arange(ROWS) // DOCUMENT) % 2 == 1]
    found = [set(snapshot.dense(query, 10).refs.tolist()) for query in QUESTIONS]
    wanted = [set(best(kept, query, 10, range(len(kept)))) for query in QUESTIONS]
    assert sum(len(one & other) for one, other in zip(found, wanted, strict=True)) >= 0.97 * 10 * len(QUESTIONS)


@pytest.mark.parametrize("copies", [5, 30, 600])
def test_all_that_tie_with_the_last_come(tmp_path, copies):
    vectors = CORPUS[:3000].copy()
    rows = np.arange(copies) * 3
    vectors[rows] = QUESTIONS[0]
    snapshot = built(tmp_path / "index", vectors).snapshot()
    assert snapshot.manifest.segments[0].efforts
    found = snapshot.dense(QUESTIONS[0], 3)
    assert sorted(found.refs.tolist()) == rows.tolist()


def test_the_same_vectors_give_the_same_files(tmp_path, snapshot):
    again = built(tmp_path / "index", CORPUS).snapshot()
    here, there = snapshot.manifest.segments[0], again.manifest.segments[0]
    assert here.efforts == there.efforts
    for name in (LISTS, VECTORS):
        assert (snapshot.views[0].segment.folder / name).read_bytes() == (
            again.views[0].segment.folder / name
        ).read_bytes()


def test_where_recall_cannot_be_reached_search_is_exact(tmp_path, monkeypatch):
    monkeypatch.setattr(approximate, "TARGETS", ((10, 1.01), (100, 1.01)))
    snapshot = built(tmp_path / "index", CORPUS).snapshot()
    assert snapshot.manifest.segments[0].efforts == ()
    assert not list(tmp_path.rglob(LISTS))
    assert recall(snapshot, 10, np.arange(ROWS)) == 1


@pytest.mark.parametrize("vectors", [np.zeros((1200, DIMENSION)), np.ones((1200, DIMENSION)), CORPUS[:1200] * 7])
def test_odd_vectors(tmp_path, capfd, vectors):
    snapshot = built(tmp_path / "index", rounded(vectors)).snapshot()
    for query in QUESTIONS[:5]:
        scores = vectors.astype(np.float64) @ query.astype(np.float64)
        found = snapshot.dense(query, 10)
        assert len(found.refs) >= 10
        np.testing.assert_allclose(found.scores, scores[found.refs], rtol=1e-3, atol=1e-5)
        assert found.scores[0] >= scores.max() - 0.01
    assert capfd.readouterr() == ("", "")


def test_threads_get_what_one_gets(snapshot):
    expected = [snapshot.dense(query, 20) for query in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda query: snapshot.dense(query, 20), [*QUESTIONS] * 5))
    for one, other in zip(found, expected * 5, strict=True):
        assert one.refs.tolist() == other.refs.tolist()
        assert one.scores.tobytes() == other.scores.tobytes()


def test_the_manifest_keeps_the_effort(snapshot):
    again = Manifest.from_bytes(snapshot.manifest.to_bytes(), Path("manifest.json"))
    assert again == snapshot.manifest
    assert again.segments[0].efforts


@pytest.mark.parametrize("checked", [0, 1 << 40])
def test_damage_is_found_and_never_searched(tmp_path, monkeypatch, checked):
    """In a large index as well, where not every checksum is compared."""
    monkeypatch.setattr("retriever.index.local.CHECK_ALL_BELOW", checked)
    root = tmp_path / "index"
    built(root, CORPUS[:3000]).close()
    [path] = root.rglob(LISTS)
    whole = path.read_bytes()
    for at in np.random.default_rng(3).integers(0, len(whole), 25).tolist():
        for damaged in (whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :], whole[:at], whole + b"\0"):
            path.write_bytes(damaged)
            assert [problem.where for problem in open_problems(root)] == [path.relative_to(root).as_posix()]
            with pytest.raises(IndexCorruptError, match=LISTS):
                open_index(root).snapshot().dense(QUESTIONS[0], 5)
    path.unlink()
    with pytest.raises(IndexCorruptError, match=f"{LISTS} is missing"):
        open_index(root)
    path.write_bytes(whole)
    assert len(open_index(root).snapshot().dense(QUESTIONS[0], 5).refs) == 5


def test_lists_of_other_vectors_are_noticed(tmp_path, snapshot):
    """Checksums that are right do not make an index whole."""
    folder = snapshot.views[0].segment.folder
    other = built(tmp_path / "index", made(ROWS, seed=9)).snapshot()
    efforts = snapshot.manifest.segments[0].efforts
    for lists, misfit in ((folder / LISTS, None), (other.views[0].segment.folder / LISTS, True)):
        reader = DenseReader(folder / VECTORS)
        reader.use(lists, efforts)
        assert reader.misfit() == (misfit and lists)
    smaller = built(tmp_path / "smaller", CORPUS[:4000]).snapshot()
    with pytest.raises(IndexCorruptError, match="not of the vectors beside it"):
        DenseReader(folder / VECTORS).use(smaller.views[0].segment.folder / LISTS, efforts)


def open_problems(root: Path) -> list:
    from retriever.index.verify import verify

    return verify(root, deep=True)


def test_a_kill_while_it_is_written_leaves_the_last_generation(tmp_path):
    root = tmp_path / "index"
    built(root, CORPUS[:100]).close()
    code, _, err = run(
        """
import numpy as np
from retriever.index import segment
from test_approximate import CORPUS, SETTINGS, Changes, documents

segment.APPROXIMATE = 1000

def stop(name):
    if name == "approximate:written":
        os.kill(os.getpid(), signal.SIGKILL)

storage.checkpoint = stop
open_index(root).commit(Changes([], documents(CORPUS, first=500), SETTINGS))
""",
        root,
    )
    assert code == -9, err
    index = open_index(root)
    assert index.snapshot().generation == 1
    assert index.snapshot().passage_count == 100
    index.commit(Changes([], documents(CORPUS, first=500), SETTINGS))
    assert index.verify(deep=True) == []
    assert len(list((root / "segments").iterdir())) == 2


@pytest.mark.parametrize("rows", [0, 1, 33])
def test_the_flat_file_is_what_faiss_would_write(tmp_path, rows):
    import faiss

    vectors = CORPUS[:rows]
    writer = DenseWriter(tmp_path / "vectors", DIMENSION)
    for row in vectors:
        writer.add(row[None])
    writer.finish()
    index = faiss.IndexScalarQuantizer(DIMENSION, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    if rows:
        index.add(vectors)
    assert (tmp_path / "vectors").read_bytes() == faiss.serialize_index(index).tobytes()
    reader = DenseReader(tmp_path / "vectors")
    assert np.array_equal(reader.vectors(np.arange(rows)), vectors)
