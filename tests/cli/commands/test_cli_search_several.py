"""``retriever search --index A --index B``: several indexes as one, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_kit import Run


@pytest.fixture
def folder(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("lifts", "The lift is paid for by the owners."), ("floods", "The mayor leads in a flood.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(text)
        assert run("index", name, "--index", name).code == 0
    return tmp_path


def test_hits_come_from_both_and_say_from_where(folder: Path, run: Run) -> None:
    done = run("search", "who leads in a flood", "--index", "floods", "--index", "lifts", "--format", "json")
    response = json.loads(done.out)
    assert [Path(hit["index"]).name for hit in response["hits"]] == ["floods", "lifts"]
    text = run("search", "who leads in a flood", "-i", "floods", "-i", "lifts").out
    named = [line.strip() for line in text.splitlines() if "in the index" in line]
    assert named == ["in the index floods", "in the index lifts"]
    short = run("search", "who leads in a flood", "-i", "floods", "-i", "lifts", "--short").out
    assert "floods/floods.txt:1 in " in short
    markdown = run("search", "who leads in a flood", "-i", "floods", "-i", "lifts", "--format", "markdown").out
    assert [line.rpartition("· index ")[2] for line in markdown.splitlines() if "· index" in line] == [
        "floods",
        "lifts",
    ]


def test_one_index_is_not_named_with_each_hit(folder: Path, run: Run) -> None:
    done = run("search", "who leads in a flood", "--index", "floods", "--index", "floods")
    assert done.code == 0
    assert "in the index" not in done.out


def test_the_configured_index_is_one(folder: Path, run: Run) -> None:
    assert "owners" in run("search", "who pays for the lift", env={"RETRIEVER_INDEX": "lifts"}).out
    assert "mayor" in run("search", "who leads in a flood", "-i", "floods").out


def test_one_that_is_missing_is_named(folder: Path, run: Run) -> None:
    done = run("search", "flood", "--index", "floods", "--index", "missing")
    assert done.code == 3
    assert "missing" in done.err


def test_the_prompt_opens_a_hit_of_either(folder: Path, run: Run) -> None:
    lines = "who leads in a flood\n:open 1\n:open 2\n:explain 2\n"
    done = run("search", "--index", "floods", "--index", "lifts", stdin=lines)
    assert done.code == 0, done.err
    assert done.out.count("The mayor leads in a flood.") == 2
    assert done.out.count("The lift is paid for by the owners.") == 3
