"""Repair: whatever is derived may be lost, and comes back as it was; what is not is never made worse."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from small_index import ask, create_index, paragraph, sources, sync_index, write

from retriever.errors import FingerprintMismatchError, IndexCorruptError, IndexNotFoundError, IndexVersionError
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.index.local.manifest import Pointer, generations_on_disk
from retriever.maintenance.repair import repair
from retriever.models.embedding_model import EmbeddingModel

DERIVED = ["dense.faiss", "ids.npy", "meta.json", ".term", ".idx", ".fast", "tokens.bin", "tokens.npy"]


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    return write(tmp_path_factory.mktemp("docs"), {f"{number}.txt": paragraph(number) for number in range(12)})


@pytest.fixture(scope="module")
def made(tmp_path_factory, docs):
    """Three generations of two and three segments, with deletions and token vectors."""
    path, encoder = tmp_path_factory.mktemp("made") / "index", FakeEncoder()
    index = LocalIndex.create(path)
    sync_index(index, encoder, docs, token_vectors=True)
    for number in range(2):
        write(docs, {f"{number}.txt": paragraph(100 + number), f"new{number}.txt": paragraph(200 + number)})
        sync_index(index, encoder, docs)
    index.close()
    return path


@pytest.fixture(scope="module")
def answers(made):
    return _answers(made, FakeEncoder())


@pytest.fixture
def path(tmp_path, made):
    return shutil.copytree(made, tmp_path / "index")


def _repair(path: Path, encoder: FakeEncoder):
    return repair(path, lambda _: EmbeddingModel.of(encoder), 0.0)


def _answers(path, encoder):
    index = LocalIndex.open(path)
    hits = [ask(index, encoder, question) for question in ("ember1 fjord2 kelp", "heron4", paragraph(101))]
    return [[(hit.id, hit.score, hit.text, hit.scores) for hit in found] for found in hits]


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def _files(path: Path, name: str) -> list[Path]:
    return sorted(file for file in (path / "segments").rglob(f"*{name}"))


def test_what_is_whole_is_left_alone(path, encoder):
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file() and file.name != "writer.lock"}
    report = _repair(path, encoder)
    assert (report.committed, report.repaired, report.problems) == (False, (), ())
    assert report.generation == report.base == 3
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.parametrize("name", DERIVED)
@pytest.mark.parametrize("damage", [_flip, Path.unlink, lambda file: file.write_bytes(b"")])
def test_what_is_derived_comes_back(path, answers, encoder, name, damage):
    computed = len(encoder.embedded)
    for file in _files(path, name):
        damage(file)
    report = _repair(path, encoder)
    assert (report.generation, report.base, report.problems) == (4, 3, ())
    assert len(report.repaired) == 3
    assert _answers(path, encoder) == answers
    assert len(encoder.embedded) == computed
    assert report.reused == (14 if name == "dense.faiss" else 0)


@pytest.mark.parametrize("name", [".term", "dense.faiss"])
def test_documents_that_wait_for_their_vectors_go_on_waiting(path, tmp_path, encoder, name):
    index, waiting = LocalIndex.open(path), LocalIndex.create(tmp_path / "waiting")
    with index.reading() as snapshot:
        bare = [
            replace(addition, vectors=np.zeros((len(addition.passages), 0), np.float32), tokens=())
            for addition in snapshot.additions()
        ]
        waiting.commit(Changes([], bare, snapshot.settings))
    computed = len(encoder.embedded)
    _flip(_files(tmp_path / "waiting", name)[0])
    report = _repair(tmp_path / "waiting", encoder)
    assert (report.embedded, report.reused, report.problems) == (0, 0, ())
    assert len(encoder.embedded) == computed
    with waiting.reading() as snapshot:
        assert snapshot.pending == sum(len(addition.passages) for addition in bare) > 0


def test_vectors_that_are_nowhere_are_computed(path, answers, encoder):
    (path / "cache.sqlite").unlink()
    _flip(_files(path, "dense.faiss")[0])
    report = _repair(path, encoder)
    assert (report.embedded, report.problems) == (10, ())
    assert _answers(path, encoder) == answers


def test_another_model_is_refused_and_nothing_is_written(path, encoder):
    (path / "cache.sqlite").unlink()
    _flip(_files(path, "dense.faiss")[0])
    before = {file for file in path.rglob("*") if "cache" not in file.name}
    with pytest.raises(FingerprintMismatchError):
        _repair(path, FakeEncoder(weights="2"))
    assert {file for file in path.rglob("*") if "cache" not in file.name} == before


@pytest.mark.parametrize("damage", [_flip, Path.unlink, lambda file: file.write_bytes(b"{}")])
def test_current_comes_back(path, answers, encoder, damage):
    damage(path / "CURRENT")
    report = _repair(path, encoder)
    assert (report.generation, report.base, report.problems) == (4, 3, ())
    assert _answers(path, encoder) == answers


def test_damaged_passages_are_those_of_an_older_generation(path, docs, encoder):
    """The newest generation's own segment is lost; the sources have it still, and the cache its vectors."""
    before = sources(LocalIndex.open(path))
    newest = max(path.joinpath("segments").iterdir(), key=lambda folder: folder.name)
    _flip(newest / "passages.sqlite")
    report = _repair(path, encoder)
    assert (report.generation, report.base) == (4, 2)
    assert "generation 3 cannot be repaired; 2 replaces it" in report.repaired[-1]
    assert all("retriever compact" in problem.hint for problem in report.problems)
    computed = len(encoder.embedded)
    index = LocalIndex.open(path)
    assert sync_index(index, encoder, docs).committed
    assert sources(index) == before
    assert len(encoder.embedded) == computed


def test_damaged_notes_of_deletions_are_those_of_an_older_generation(path, encoder):
    [note] = (path / "generations").glob("00000003-*.deleted")
    _flip(note)
    assert _repair(path, encoder).base == 2


def test_nothing_is_written_where_nothing_can_be_mended(path, encoder):
    for file in _files(path, "passages.sqlite"):
        _flip(file)
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    with pytest.raises(IndexCorruptError, match="cannot be repaired") as caught:
        _repair(path, encoder)
    assert "retriever index SOURCE... --rebuild" in caught.value.hint
    assert {file: file.read_bytes() for file in before} == before


def test_a_damaged_cache_is_set_aside(path, encoder):
    _flip(path / "cache.sqlite")
    cache = path / "cache.sqlite"
    data = cache.read_bytes()
    cache.write_bytes(data[: len(data) // 2 // 4096 * 4096])
    report = _repair(path, encoder)
    assert (report.committed, report.problems) == (False, ())
    assert "cache.sqlite was set aside" in report.repaired[0]
    assert (path / "cache.sqlite.damaged").exists()


def test_readers_go_on(path, encoder):
    reader = LocalIndex.open(path)
    before = ask(reader, encoder, "heron4")
    for file in _files(path, "ids.npy"):
        _flip(file)
    _repair(path, encoder)
    assert ask(reader, encoder, "heron4") == before
    assert reader.snapshot().generation == 4


def test_a_manifest_that_is_gone(path, encoder):
    (path / "generations" / "00000003.json").unlink()
    report = _repair(path, encoder)
    assert (report.generation, report.base, report.problems) == (4, 2, ())
    assert Pointer.read(path).generation == 4


def test_a_newer_format_is_left_alone(path, encoder):
    current = path / "CURRENT"
    current.write_bytes(current.read_bytes().replace(b'"format":3', b'"format":9'))
    with pytest.raises(IndexVersionError):
        _repair(path, encoder)
    assert generations_on_disk(path)[-1] == 3


def test_no_index(tmp_path, encoder):
    with pytest.raises(IndexNotFoundError):
        _repair(tmp_path / "nowhere", encoder)
    create_index(tmp_path / "index", encoder, write(tmp_path / "docs", {"a.txt": "amber"})).close()
    shutil.rmtree(tmp_path / "index" / "generations")
    with pytest.raises(IndexCorruptError, match="it has no generation"):
        _repair(tmp_path / "index", encoder)
