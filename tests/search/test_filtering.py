"""Selections are worked out once for a generation, and kept while they are few and small."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, sync_index, write

from retriever.errors import FilterError
from retriever.filters import Filter
from retriever.index.local.index import LocalIndex
from retriever.search import filtering
from retriever.search.filtering import select


@pytest.fixture
def index(tmp_path: Path, encoder: FakeEncoder) -> LocalIndex:
    lines = [f'{{"id": "{number}", "text": "The lamp of keeper{number}.", "number": {number}}}' for number in range(20)]
    return create_index(tmp_path / "index", encoder, write(tmp_path / "docs", {"rows.jsonl": "\n".join(lines)}))


def test_it_is_worked_out_once_for_a_generation(index: LocalIndex, encoder: FakeEncoder, tmp_path: Path) -> None:
    where, before = Filter.parse("number < 7"), index.snapshot()
    first = select(before, where)
    assert first.count == 7
    assert select(before, Filter.parse("number < 7")) is first
    assert select(before, Filter.parse("number < 8")).count == 8
    sync_index(index, encoder, write(tmp_path / "docs", {"rows.jsonl": '{"id": "1", "text": "A lamp.", "number": 1}'}))
    assert select(index.snapshot(), where).count == 1
    assert select(before, where) is first


def test_what_is_kept_is_bounded_by_passages(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = index.snapshot()
    wanted, other = Filter.parse("number < 7"), Filter.parse("number < 8")
    first = select(snapshot, wanted)
    monkeypatch.setattr(filtering, "KEPT_PASSAGES", 8)
    kept = select(snapshot, other)
    assert select(snapshot, other) is kept
    assert select(snapshot, wanted) is not first
    assert select(snapshot, other) is not kept
    # Larger than all that may be kept: it is answered all the same.
    assert select(snapshot, Filter.parse("number < 9")).count == 9


def test_what_is_kept_is_bounded_by_number_and_the_last_used_stay(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = index.snapshot()
    monkeypatch.setattr(filtering, "KEPT", 3)
    filters = [Filter.parse(f"number = {number}") for number in range(4)]
    kept = [select(snapshot, where) for where in filters[:3]]
    assert select(snapshot, filters[0]) is kept[0]
    select(snapshot, filters[3])
    assert [select(snapshot, filters[number]) is kept[number] for number in (0, 2, 1)] == [True, True, False]


def test_a_filter_that_is_refused_is_refused_again(index: LocalIndex) -> None:
    for _ in range(2):
        with pytest.raises(FilterError):
            select(index.snapshot(), Filter.parse("numbr < 7"))
