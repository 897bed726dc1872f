"""Indexes are searched with and without FAISS, and both find the same, to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retriever.errors import IndexCorruptError
from retriever.index.local.stores.vector_file import _pack_header, make_header
from retriever.index.local.stores.vectors import DenseReader, DenseWriter

ROWS, DIMENSION = 300, 24


def write(path: Path, vectors: np.ndarray) -> DenseReader:
    writer = DenseWriter(path, DIMENSION)
    writer.add(vectors)
    writer.finish()
    return DenseReader(path, len(vectors))


def make_vectors() -> np.ndarray:
    vectors = np.random.default_rng(3).normal(size=(ROWS, DIMENSION)).astype(np.float16).astype(np.float32)
    vectors[100:110] = vectors[7]
    return vectors


@pytest.mark.parametrize("limit", [1, 5, 40, ROWS, 2 * ROWS])
@pytest.mark.parametrize("filtered", [False, True])
def test_both_ways_find_the_same(tmp_path: Path, limit: int, *, filtered: bool) -> None:
    vectors = make_vectors()
    reader = write(tmp_path / "dense", vectors)
    live = np.arange(ROWS) % 3 != 0 if filtered else None
    # The eleven copies tie, whatever the limit cuts.
    one, other = (reader.search(vectors[7], limit, live, by_numpy=by_numpy) for by_numpy in (False, True))
    order, others = np.argsort(one.refs), np.argsort(other.refs)
    assert one.refs[order].tolist() == other.refs[others].tolist()
    assert (one.scores[order] == other.scores[others]).all()
    ties = other.scores[np.isin(other.refs, [7, *range(100, 110)])]
    assert len(set(ties.tolist())) == 1


def test_vectors_come_back_as_they_were_written(tmp_path: Path) -> None:
    vectors = make_vectors()
    rows = np.array([5, 0, 299, 5])
    assert (write(tmp_path / "dense", vectors).vectors(rows) == vectors[rows]).all()


def test_a_file_of_another_kind_of_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dense"
    write(path, make_vectors())
    data = bytearray(path.read_bytes())
    # FAISS's number of half precision stands behind the metric; three is that of four bits, which would be read amiss.
    place = 4 + 4 + 3 * 8 + 1 + 4
    assert data[place] == 4
    data[place] = 3
    path.write_bytes(data)
    with pytest.raises(IndexCorruptError, match="half precision"):
        DenseReader(path, ROWS)


def test_the_header_that_is_known_is_what_faiss_writes() -> None:
    assert _pack_header(24, 300) == make_header(24, 300)


@pytest.mark.parametrize("by_numpy", [False, True])
def test_a_vector_that_is_not_a_number_is_damage_where_it_is_needed(tmp_path: Path, *, by_numpy: bool) -> None:
    vectors = make_vectors()
    vectors[200:] = np.nan
    reader = write(tmp_path / "dense", vectors)
    found = reader.search(vectors[7], 50, None, by_numpy=by_numpy)
    assert found.refs.max() < 200
    with pytest.raises(IndexCorruptError, match="not finite"):
        reader.search(vectors[7], 250, None, by_numpy=by_numpy)


def test_what_single_precision_cannot_tell_apart_is_ranked_in_double_precision(tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    # Vectors of one direction whose last coordinates differ by what half precision can: scores differ by 1e-7.
    vectors = np.repeat(generator.normal(size=(1, DIMENSION)), ROWS, axis=0)
    vectors[:, -2:] += generator.normal(size=(ROWS, 2)) * 2e-3
    vectors = vectors.astype(np.float16).astype(np.float32)
    query = vectors[0].copy()
    query[-2:] = 1e-4
    reader = write(tmp_path / "dense", vectors)
    exact = (vectors.astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
    for limit in (1, 7, 40):
        least = np.sort(exact)[-limit]
        for by_numpy in (False, True):
            found = reader.search(query, limit, None, by_numpy=by_numpy)
            assert sorted(found.refs.tolist()) == np.flatnonzero(exact >= least).tolist()
