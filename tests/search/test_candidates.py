"""Which passages are looked at: among many that hold the same words, within a filter, and when copies are folded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, search_index, write

from retriever.index.interface import StoredPassage
from retriever.index.local.index import LocalIndex
from retriever.index.local.snapshot import LocalSnapshot
from retriever.options import SearchOptions
from retriever.types import Mode


def write_rows(folder: Path, rows: list[dict[str, object]]) -> Path:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    return write(folder, {"rows.jsonl": "\n".join(lines) + "\n"})


def test_of_passages_with_the_same_word_the_one_that_says_it_most_is_found(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    """One word alone ties them all: which forty are scored must not depend on their ids."""
    rows: list[dict[str, object]] = [
        {"id": str(n), "text": f"Note {n} on the berth, the tide and w{n} more of the quay."} for n in range(110)
    ]
    best = "Berth after berth: a berth for boats."
    for place in (0, 55, 110):
        docs = write_rows(tmp_path / str(place), [*rows[:place], {"id": "best", "text": best}, *rows[place:]])
        index = create_index(tmp_path / f"index {place}", encoder, docs)
        [hit] = search_index(index, encoder, "berth", SearchOptions(1, "lexical"))
        assert hit.text == best


@pytest.mark.parametrize("mode", ["lexical", "hybrid"])
def test_words_that_are_common_elsewhere_find_passages_within_a_filter(
    tmp_path: Path, encoder: FakeEncoder, mode: Mode
) -> None:
    rows: list[dict[str, object]] = [
        {"id": str(n), "text": f"The harbour of town {n}.", "kind": "harbour"} for n in range(40)
    ]
    rows += [{"id": f"r{n}", "text": f"Regatta {n} at sea.", "kind": "regatta"} for n in range(3)]
    index = create_index(tmp_path / "index", encoder, write_rows(tmp_path / "docs", rows))
    options = SearchOptions(10, mode, where="kind = harbour", duplicates="show")
    found = search_index(index, encoder, "harbour regatta", options)
    assert len(found) == 10
    assert all("harbour" in hit.text for hit in found)
    assert all(hit.scores["lexical"] > 0 for hit in found)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory, read_here: None) -> LocalIndex:
    """Seven hundred passages that count as copies, and another one."""
    text = "The lamp on the pier is lit at dusk by the keeper, who walks along the quay with oil and a pole."
    rows: list[dict[str, object]] = [{"id": str(n), "text": f"{text} Note {n}."} for n in range(700)]
    rows += [{"id": "other", "text": "A lamp of the tower, far from any sea, is lit in winter alone."}]
    folder = tmp_path_factory.mktemp("copies")
    return create_index(folder / "index", FakeEncoder(), write_rows(folder / "docs", rows))


@pytest.mark.parametrize("mode", ["lexical", "hybrid", "dense"])
def test_copies_are_read_once_however_often_the_search_is_widened(
    copies: LocalIndex, encoder: FakeEncoder, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[int] = []
    fetch = LocalSnapshot.fetch

    def record(self: LocalSnapshot, refs: Sequence[int], *, vectors: bool, tokens: bool) -> list[StoredPassage]:
        fetched.extend(refs)
        return fetch(self, refs, vectors=vectors, tokens=tokens)

    monkeypatch.setattr(LocalSnapshot, "fetch", record)
    found = search_index(copies, encoder, "lamp on the pier", SearchOptions(2, mode))
    assert [len(hit.duplicates) for hit in found] == [699, 0]
    assert len(fetched) == len(set(fetched)) == 701
