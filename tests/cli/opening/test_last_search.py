"""What is remembered of the last search may be anything by the time that it is read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from retriever.errors import UsageError
from retriever_cli.opening.last_search import recall

HIT: dict[str, Any] = {
    **dict.fromkeys(("id", "document", "source", "place", "index"), "a"),
    **dict.fromkeys(("page", "end_page", "cited_page")),
    "rank": 1,
    "score": 0.5,
    "line": 3,
    "open_line": 3,
    "path": "/a",
    "sentence": [[0, 1]],
    "highlights": [],
}


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the record."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "retriever").mkdir()
    return tmp_path / "retriever" / "last_search.json"


def test_a_record_is_read(record: Path) -> None:
    record.write_text(json.dumps({"query": "q", "hits": [HIT]}))
    query, hit, line = recall(1)
    assert (query, hit.path, line) == ("q", "/a", 3)


@pytest.mark.parametrize(
    "change", [{"path": 5}, {"page": "--help"}, {"line": "x"}, {"cited_page": [1]}, {"sentence": 1}, {"place": None}]
)
def test_values_of_other_types_are_no_record(record: Path, change: dict[str, Any]) -> None:
    record.write_text(json.dumps({"query": "q", "hits": [{**HIT, **change}]}))
    with pytest.raises(UsageError, match="no search is remembered"):
        recall(1)


def test_a_pipe_in_its_place_is_not_waited_for(record: Path) -> None:
    os.mkfifo(record)
    with pytest.raises(UsageError, match="no search is remembered"):
        recall(1)
