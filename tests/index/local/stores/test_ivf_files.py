"""The files of large segments: made alike each time, checked, mended, safe to kill; and the flat file beside them."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from index_corpus import SETTINGS, open_index
from index_process import run
from large_corpus import CORPUS, DIMENSION, LIMITS, QUESTIONS, ROWS, build_index, documents, find_best, make_vectors

from retriever.errors import IndexCorruptError
from retriever.index.interface import Changes
from retriever.index.local.entries import LISTS, VECTORS
from retriever.index.local.integrity.repair import examine, repair_files
from retriever.index.local.integrity.verify import verify
from retriever.index.local.limits import Limits
from retriever.index.local.manifest import Manifest
from retriever.index.local.snapshot import LocalSnapshot
from retriever.index.local.stores import ivf
from retriever.index.local.stores.vectors import DenseReader, DenseWriter

# Rows enough for an inverted file, and for lists that few of them are in.
FEW = 3000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole") / "index"
    with mock.patch.object(ivf, "LIST", 64):
        build_index(root, CORPUS[:FEW]).close()
    return root


@pytest.fixture(scope="module")
def few(whole: Path) -> LocalSnapshot:
    return open_index(whole).snapshot()


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """An index with an inverted file, to be damaged."""
    return shutil.copytree(whole, tmp_path / "index")


def test_the_same_vectors_give_the_same_files(tmp_path: Path, few: LocalSnapshot) -> None:
    again = build_index(tmp_path / "index", CORPUS[:FEW]).snapshot()
    here, there = few.manifest.segments[0], again.manifest.segments[0]
    assert here.operating_points == there.operating_points
    for name in (LISTS, VECTORS):
        assert (few.views[0].segment.folder / name).read_bytes() == (again.views[0].segment.folder / name).read_bytes()


def test_where_recall_cannot_be_reached_search_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ivf, "TARGETS", ((10, 1.01), (100, 1.01)))
    snapshot = build_index(tmp_path / "index", CORPUS[:FEW]).snapshot()
    assert snapshot.manifest.segments[0].operating_points == ()
    assert not list(tmp_path.rglob(LISTS))
    for query in QUESTIONS:
        assert set(snapshot.dense(query, 10).refs.tolist()) == set(find_best(CORPUS, query, 10, range(FEW)))


def test_the_manifest_keeps_the_operating_points(few: LocalSnapshot) -> None:
    again = Manifest.from_bytes(few.manifest.to_bytes(), Path("manifest.json"))
    assert again == few.manifest
    assert again.segments[0].operating_points


@pytest.mark.parametrize("checked", [0, 1 << 40])
def test_damage_is_found_and_never_searched(root: Path, checked: int) -> None:
    """In a large index as well, where not every checksum is compared."""
    limits = Limits(checked_bytes=checked)
    [path] = root.rglob(LISTS)
    whole = path.read_bytes()
    for at in np.random.default_rng(3).integers(0, len(whole), 25).tolist():
        for damaged in (whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :], whole[:at], whole + b"\0"):
            path.write_bytes(damaged)
            assert [problem.where for problem in verify(root, deep=True)] == [path.relative_to(root).as_posix()]
            with pytest.raises(IndexCorruptError, match=LISTS):
                open_index(root, limits).snapshot().dense(QUESTIONS[0], 5)
    path.unlink()
    with pytest.raises(IndexCorruptError, match=f"{LISTS} is missing"):
        open_index(root, limits)
    path.write_bytes(whole)
    assert len(open_index(root, limits).snapshot().dense(QUESTIONS[0], 5).refs) == 5


def test_lists_of_other_vectors_are_noticed(tmp_path: Path, few: LocalSnapshot, large: LocalSnapshot) -> None:
    """Checksums that are right do not make an index whole."""
    folder = few.views[0].segment.folder
    other = build_index(tmp_path / "index", make_vectors(FEW, seed=9)).snapshot()
    points = few.manifest.segments[0].operating_points
    for lists, mismatch in ((folder / LISTS, None), (other.views[0].segment.folder / LISTS, True)):
        reader = DenseReader(folder / VECTORS, FEW)
        reader.attach_ivf(lists, points)
        assert reader.find_mismatch() == (mismatch and lists)
    fewer = folder / LISTS
    reader = DenseReader(large.views[0].segment.folder / VECTORS, ROWS)
    reader.attach_ivf(fewer, points)
    assert reader.find_mismatch() == fewer
    assert reader.search(CORPUS[7], 1, None).refs.tolist() == [7]


def test_a_repair_makes_it_anew_from_the_vectors(root: Path) -> None:
    [path] = root.rglob(LISTS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    damage = examine(root)
    [broken] = damage.broken
    vectors = DenseReader(path.with_name(VECTORS), broken.rows).vectors(np.arange(broken.rows))
    repair_files(root, damage, lambda _: documents(vectors), lambda: None, LIMITS)
    index = open_index(root)
    [entry] = index.snapshot().manifest.segments
    assert entry.id != broken.id
    assert (root / "segments" / entry.id / LISTS).read_bytes() == whole
    assert entry.operating_points == broken.operating_points
    assert index.verify(deep=True) == []


def test_a_kill_while_it_is_written_leaves_the_last_generation(tmp_path: Path) -> None:
    root = tmp_path / "index"
    build_index(root, CORPUS[:100]).close()
    code, _, err = run(
        """
import numpy as np
from large_corpus import CORPUS, LIMITS, SETTINGS, Changes, documents
from retriever.index.local.stores import ivf

def stop(name):
    if name == "ivf:written":
        os.kill(os.getpid(), signal.SIGKILL)

ivf.LIST = 64
durable.checkpoint = stop
open_index(root, LIMITS).commit(Changes([], documents(CORPUS[:3000], first=500), SETTINGS))
""",
        root,
    )
    assert code == -9, err
    index = open_index(root, LIMITS)
    assert index.snapshot().generation == 1
    assert index.snapshot().passages == 100
    index.commit(Changes([], documents(CORPUS[:FEW], first=500), SETTINGS))
    assert len(list(root.rglob(LISTS))) == 1
    assert index.verify(deep=True) == []
    assert len(list((root / "segments").iterdir())) == 2


@pytest.mark.parametrize("rows", [0, 1, 33])
def test_the_flat_file_is_what_faiss_would_write(tmp_path: Path, rows: int) -> None:
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
    reader = DenseReader(tmp_path / "vectors", rows)
    assert np.array_equal(reader.vectors(np.arange(rows)), vectors)
