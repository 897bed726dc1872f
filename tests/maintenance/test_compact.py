"""Compaction: the same answers from fewer bytes, nothing lost that something needs."""

from __future__ import annotations

import shutil
import sqlite3
from unittest import mock

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from small_index import ask, create_index, paragraph, sources, sync_index, write

from retriever import compact_index, index_history
from retriever.errors import IndexNotFoundError, UsageError
from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Documents, and an index of them: several segments, deletions in some, texts in the cache that nothing holds."""
    folder, encoder = tmp_path_factory.mktemp("made"), FakeEncoder()
    docs = write(folder / "docs", {f"{number}.txt": paragraph(number) for number in range(12)})
    index = create_index(folder / "index", encoder, docs)
    for number in range(3):
        write(docs, {f"{number}.txt": paragraph(100 + number), f"new{number}.txt": paragraph(200 + number)})
        sync_index(index, encoder, docs)
    index.close()
    return folder


@pytest.fixture
def path(made, tmp_path):
    return shutil.copytree(made / "index", tmp_path / "index")


@pytest.fixture
def docs(made, tmp_path):
    """Where the index found them; afterwards they are as they were."""
    kept = shutil.copytree(made / "docs", tmp_path / "kept")
    yield made / "docs"
    shutil.copytree(kept, made / "docs", dirs_exist_ok=True)


def _answers(path, encoder):
    index = LocalIndex.open(path)
    hits = [ask(index, encoder, question, k=15) for question in ("ember1 fjord2 kelp", "heron", paragraph(101))]
    return [[(hit.id, hit.score, hit.text, hit.scores) for hit in found] for found in hits]


def _cached(path):
    with sqlite3.connect(path / "cache.sqlite") as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM embeddings")
    connection.close()
    return count


def test_the_answers_stay_and_the_bytes_go(path, encoder):
    answers = _answers(path, encoder)
    report = compact_index(path)
    assert (report.committed, report.segments, report.passages_dropped) == (True, 1, 3)
    assert report.segments_before > 1
    # Of each passage its vector and its token vectors.
    assert report.embeddings_dropped == 6
    assert report.held == ()
    assert report.bytes_after < report.bytes_before
    assert report.bytes_after == sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    assert _answers(path, encoder) == answers
    assert LocalIndex.open(path).verify(deep=True) == []
    assert [one.generation for one in index_history(path)] == [report.generation]
    assert len(list((path / SEGMENTS).iterdir())) == len(list((path / GENERATIONS).iterdir())) == 1


def test_a_second_time_there_is_nothing_to_do(path):
    first = compact_index(path)
    again = compact_index(path)
    assert (again.committed, again.generation) == (False, first.generation)
    assert (again.embeddings_dropped, again.bytes_after) == (0, again.bytes_before)


def test_what_the_kept_generations_need_is_kept(path, docs, encoder):
    cached = _cached(path)
    report = compact_index(path, keep=4)
    assert (report.embeddings_dropped, _cached(path)) == (2, cached - 2)
    assert len(index_history(path)) == 4
    assert LocalIndex.open(path).rollback(report.generation - 2).changed == 1


def test_nothing_is_embedded_again_afterwards(path, docs, encoder):
    compact_index(path)
    index = LocalIndex.open(path)
    assert sync_index(index, encoder, docs).committed is False
    assert sync_index(index, encoder, docs, rebuild=True).embedded == 0


def test_embeddings_of_another_version_are_left_alone(path):
    cached = _cached(path)
    with mock.patch("retriever.chunking.settings.CHUNKER_VERSION", "another"):
        assert compact_index(path).embeddings_dropped == 0
    assert _cached(path) == cached


def test_a_reader_goes_on_with_what_it_holds(path, encoder):
    reader = LocalIndex.open(path).snapshot()
    query = np.ones(encoder.description.dimension, np.float32)
    before = reader.dense(query, 10)
    report = compact_index(path)
    assert report.held == (reader.generation,)
    after = reader.dense(query, 10)
    assert (after.refs.tolist(), after.scores.tolist()) == (before.refs.tolist(), before.scores.tolist())
    assert len(reader.fetch(before.refs.tolist())) == len(before.refs)
    del reader
    assert compact_index(path).held == ()


@pytest.mark.parametrize("name", ["passages.sqlite", "manifest"])
def test_a_held_generation_that_is_damaged_is_in_nobodys_way(path, docs, encoder, name):
    """What it needs of the cache cannot be told, so nothing is dropped there."""
    reader = LocalIndex.open(path).snapshot()
    compact_index(path)
    write(docs, {"0.txt": paragraph(300)})
    sync_index(LocalIndex.open(path), encoder, docs)
    broken = reader.views[0].segment.folder / name if name != "manifest" else path / reader.manifest.path
    data = bytearray(broken.read_bytes())
    data[len(data) // 2] ^= 1
    broken.write_bytes(data)
    cached = _cached(path)
    report = compact_index(path)
    assert (report.committed, report.segments, report.embeddings_dropped) == (True, 1, 0)
    assert report.held == (reader.generation,)
    assert _cached(path) == cached


def test_large_segments_stay_apart(path, encoder):
    answers = _answers(path, encoder)
    index = LocalIndex.open(path, limits=Limits(full_rows=8))
    index.compact()
    assert len(index.snapshot().manifest.segments) == 2
    assert _answers(path, encoder) == answers


def test_refusals(path, tmp_path):
    with pytest.raises(UsageError, match="keep must be at least 1"):
        compact_index(path, keep=0)
    with pytest.raises(IndexNotFoundError):
        compact_index(tmp_path / "nowhere")


def test_an_empty_index(tmp_path):
    LocalIndex.create(tmp_path / "index").close()
    assert compact_index(tmp_path / "index").committed is False


def test_a_damaged_cache_that_was_set_aside_is_taken_away(path, encoder):
    (path / "cache.sqlite").write_bytes(b"no database" * 1000)
    EmbeddingCache(path / CACHE).close()
    assert (path / "cache.sqlite.damaged").exists()
    compact_index(path)
    assert not (path / "cache.sqlite.damaged").exists()
    assert sources(LocalIndex.open(path))


def test_token_vectors_are_kept_too(tmp_path, encoder):
    docs = write(tmp_path / "docs", {f"{number}.txt": paragraph(number) for number in range(2)})
    index = LocalIndex.create(tmp_path / "late")
    sync_index(index, encoder, docs, token_vectors=True)
    write(docs, {"0.txt": paragraph(100)})
    sync_index(index, encoder, docs)
    index.close()
    report = compact_index(tmp_path / "late")
    assert report.embeddings_dropped == 2
    assert LocalIndex.open(tmp_path / "late").verify(deep=True) == []
    with mock.patch.object(encoder, "encode_passage_tokens", side_effect=AssertionError("computed again")):
        write(docs, {"1.txt": paragraph(1) + "\n"})
        assert sync_index(LocalIndex.open(tmp_path / "late"), encoder, docs).changed == 1
