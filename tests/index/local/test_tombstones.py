from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.errors import IndexCorruptError
from retriever.index.local.tombstones import Tombstones

terms = st.text("abc", max_size=2)
deletions = st.lists(st.tuples(st.sets(st.integers(0, 50), min_size=1), st.dictionaries(terms, st.integers(1, 9))))


@settings(max_examples=50, deadline=None)
@given(deletions)
def test_counts_add_up_and_survive_the_disk(tmp_path_factory, steps):
    tombstones = Tombstones.none()
    total: Counter[str] = Counter()
    gone: set[int] = set()
    for rows, holds in steps:
        tombstones = tombstones.adding(sorted(rows), sorted(rows), Counter(holds))
        total.update(holds)
        gone |= rows
    path = tmp_path_factory.mktemp("tombstones") / "x.deleted"
    path.write_bytes(tombstones.to_bytes())
    again = Tombstones.read(path)
    for one in (tombstones, again):
        names = ["", "a", "b", "c", "ab", "cc", "absent"]
        assert one.holding(names).tolist() == [total[name] for name in names]
        assert one.live(60).tolist() == [row not in gone for row in range(60)]
        assert one.documents.tolist() == one.rows.tolist() == sorted(gone)


def test_a_value_is_not_changed_by_adding_to_it():
    first = Tombstones.none().adding([1], [4, 5], Counter(tea=2))
    second = first.adding([0], [1], Counter(tea=1, sky=1))
    assert first.holding(["tea", "sky"]).tolist() == [2, 0]
    assert second.holding(["tea", "sky"]).tolist() == [3, 1]
    np.testing.assert_array_equal(first.rows, [4, 5])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", b"\x93NUMPY"])
def test_what_is_no_file_of_these_is_damaged(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(IndexCorruptError):
        Tombstones.read(tmp_path / "x")
