from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.errors import IndexCorruptError
from retriever.index.local.tombstones import Tombstones
from retriever.index.statistics import LanguageSums

terms = st.text("abc", max_size=2)
languages = st.dictionaries(st.sampled_from(["", "en", "zh"]), st.integers(1, 9))
deletions = st.lists(
    st.tuples(st.sets(st.integers(0, 50), min_size=1), st.dictionaries(terms, st.integers(1, 9)), languages)
)


def _sums(counts: Mapping[str, int]) -> dict[str, LanguageSums]:
    """So many passages of each language, and a sum that doubles and nothing shorter can hold."""
    return {code: LanguageSums(count, np.array([count / 3, -count * 2.0**40])) for code, count in counts.items()}


def _told(tombstones: Tombstones) -> dict[str, tuple[int, list[float]]]:
    assert tombstones.languages is not None
    return {code: (one.passages, one.vectors.tolist()) for code, one in tombstones.languages.items()}


@settings(max_examples=50, deadline=None)
@given(deletions)
def test_counts_add_up_and_survive_the_disk(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[set[int], dict[str, int], dict[str, int]]]
) -> None:
    tombstones = Tombstones.empty()
    total: Counter[str] = Counter()
    gone: set[int] = set()
    counts: Mapping[str, int] = {}
    for rows, holds, counts in steps:
        tombstones = tombstones.add(sorted(rows), sorted(rows), Counter(holds), _sums(counts))
        total.update(holds)
        gone |= rows
    path = tmp_path_factory.mktemp("tombstones") / "x.deleted"
    path.write_bytes(tombstones.to_bytes())
    again = Tombstones.read(path, 60, 60)
    for one in (tombstones, again):
        names = ["", "a", "b", "c", "ab", "cc", "absent"]
        assert one.document_frequency(names).tolist() == [total[name] for name in names]
        assert one.live(60).tolist() == [row not in gone for row in range(60)]
        assert one.documents.tolist() == one.rows.tolist() == sorted(gone)
        assert _told(one) == {code: (count, [count / 3, -count * 2.0**40]) for code, count in counts.items()}


def test_a_value_is_not_changed_by_adding_to_it() -> None:
    first = Tombstones.empty().add([1], [4, 5], Counter(tea=2), _sums({"en": 2}))
    second = first.add([0], [1], Counter(tea=1, sky=1), _sums({"en": 3}))
    assert first.document_frequency(["tea", "sky"]).tolist() == [2, 0]
    assert second.document_frequency(["tea", "sky"]).tolist() == [3, 1]
    np.testing.assert_array_equal(first.rows, [4, 5])
    assert (_told(first)["en"][0], _told(second)["en"][0]) == (2, 3)


def test_those_of_older_formats_keep_no_sums(tmp_path: Path) -> None:
    data = io.BytesIO()
    np.savez(data, documents=[1], rows=[4, 5], hashes=np.zeros(0, np.uint64), counts=np.zeros(0, np.int64))
    (tmp_path / "x").write_bytes(data.getvalue())
    old = Tombstones.read(tmp_path / "x", 10, 10)
    assert (old.rows.tolist(), old.languages) == ([4, 5], None)


def test_sums_of_which_a_part_is_missing_are_damage(tmp_path: Path) -> None:
    whole = io.BytesIO(Tombstones.empty().add([1], [4], Counter(tea=1), _sums({"en": 1})).to_bytes())
    with np.load(whole) as arrays:
        parts = {name: arrays[name] for name in arrays.files if name != "language_sums"}
    data = io.BytesIO()
    np.savez(data, **parts)
    (tmp_path / "x").write_bytes(data.getvalue())
    with pytest.raises(IndexCorruptError):
        Tombstones.read(tmp_path / "x", 10, 10)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", b"\x93NUMPY"])
def test_what_is_no_file_of_these_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(IndexCorruptError):
        Tombstones.read(tmp_path / "x", 10, 10)
