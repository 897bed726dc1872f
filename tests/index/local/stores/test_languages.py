"""Sums of vectors by language: exact in any order, on disk and back."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.errors import IndexCorruptError
from retriever.index.files.precision import round_to_half
from retriever.index.local.entries import LANGUAGES
from retriever.index.local.stores.languages import add, read_sums, subtract, sum_by_language, write_sums
from retriever.index.statistics import LanguageSums

DIMENSION = 3
halves = st.floats(-1, 1, width=16)
rows = st.lists(st.tuples(st.sampled_from(["", "en", "zh", "nan"]), st.tuples(*[halves] * DIMENSION)), max_size=30)
Row = tuple[str, tuple[float, float, float]]
Told = dict[str, tuple[int, list[Fraction]]]


def _sums(given_rows: list[Row]) -> dict[str, LanguageSums]:
    vectors = np.array([vector for _, vector in given_rows], np.float32).reshape(-1, DIMENSION)
    return sum_by_language([code for code, _ in given_rows], vectors)


def _told(sums: Mapping[str, LanguageSums]) -> Told:
    return {code: (one.passages, [Fraction(value) for value in one.vectors.tolist()]) for code, one in sums.items()}


def _exact(given_rows: list[Row]) -> Told:
    """The same in fractions, which are never rounded."""
    found: Told = {}
    for code, vector in given_rows:
        count, sums = found.get(code, (0, [Fraction(0)] * DIMENSION))
        found[code] = (count + 1, [one + Fraction(value) for one, value in zip(sums, vector, strict=True)])
    return found


@given(rows, rows)
def test_they_are_exact_and_take_back_what_they_were_given(first: list[Row], second: list[Row]) -> None:
    both = add(_sums(first), _sums(second))
    assert _told(both) == _told(add(_sums(second), _sums(first))) == _told(_sums([*second, *first]))
    assert _told(both) == _exact([*first, *second])
    assert _told(subtract(both, _sums(second))) == _exact(first)
    assert subtract(both, both) == {}


def test_a_million_vectors_are_summed_without_rounding() -> None:
    """Double precision holds so many of the smallest half-precision numbers beside the largest of a unit vector."""
    vectors = np.full((1_000_000, 1), round_to_half(np.array([0.9995], np.float32))[0], np.float32)
    vectors[1::2] = np.float32(2**-24)
    [sums] = sum_by_language(["en"] * len(vectors), vectors).values()
    assert Fraction(float(sums.vectors[0])) == 500_000 * (Fraction(float(vectors[0, 0])) + Fraction(1, 2**24))


@given(rows)
def test_they_survive_the_disk(tmp_path_factory: pytest.TempPathFactory, given_rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("languages") / LANGUAGES
    write_sums(path, _sums(given_rows))
    again = read_sums(path)
    assert again is not None
    assert _told(again) == _exact(given_rows)
    assert all(one.vectors.dtype == np.float64 for one in again.values())


def test_what_is_given_is_not_changed() -> None:
    first, second = _sums([("en", (1, 0, 0))]), _sums([("en", (0, 1, 0)), ("zh", (1, 1, 1))])
    before = _told(first), _told(second)
    add(first, second)
    subtract(add(first, second), second)
    assert (_told(first), _told(second)) == before


@pytest.mark.parametrize("missing", ["language_codes", "language_passages", "language_sums"])
def test_an_archive_without_a_part_is_damaged_or_has_none(tmp_path: Path, missing: str) -> None:
    write_sums(tmp_path / LANGUAGES, _sums([("en", (1, 0, 0))]))
    with np.load(tmp_path / LANGUAGES) as arrays:
        parts = {name: arrays[name] for name in arrays.files if name != missing}
    np.savez(tmp_path / LANGUAGES, **parts)
    if missing == "language_codes":
        assert read_sums(tmp_path / LANGUAGES) is None
    else:
        with pytest.raises(IndexCorruptError):
            read_sums(tmp_path / LANGUAGES)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", b"\x93NUMPY"])
def test_what_is_no_file_of_these_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / LANGUAGES).write_bytes(data)
    with pytest.raises(IndexCorruptError):
        read_sums(tmp_path / LANGUAGES)
