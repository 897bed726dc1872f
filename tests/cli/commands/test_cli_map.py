"""``retriever map``: files that cannot be written are refused before anything is drawn, and no empty map is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_kit import Run, Work

LONG = f"{'x' * 300}.html"


@pytest.mark.parametrize(
    ("make", "words", "message"),
    [
        (lambda folder: None, ("--out", LONG), f"{LONG} cannot be written: File name too long"),
        (lambda folder: (folder / "a.html").mkdir(), ("--out", "a.html", "--force"), "a.html is not a regular file"),
        (lambda folder: (folder / "a.html").touch(), ("--out", "a.html"), "a.html already exists"),
        (lambda folder: None, ("--out", "nowhere/a.html"), "there is no folder 'nowhere'"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_first(
    run: Run, tmp_path: Path, make: Callable[[Path], None], words: tuple[str, ...], message: str
) -> None:
    make(tmp_path)
    refused = run("map", "--index", "./no-such-index", *words, cwd=tmp_path)
    assert refused.code == 2
    assert f"error: {message}" in refused.err
    assert "hint: " in refused.err


@pytest.mark.parametrize("words", [("--hits", "3"), ("--mode", "dense")])
def test_options_of_the_question_need_one(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = run("map", "--index", "./no-such-index", *words, cwd=tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert f"error: {words[0]} needs a QUESTION" in refused.err


@pytest.mark.parametrize("question", [(), ("电梯",)])
def test_a_filter_that_nothing_matches_leaves_nothing_to_draw(
    run: Run, work: Work, tmp_path: Path, question: tuple[str, ...]
) -> None:
    kept = tmp_path / "map.html"
    kept.write_text("another map")
    index = work.folder / "indexes" / "default"
    drawn = run("map", *question, "--where", "year > 2090", "--force", "--index", index, cwd=tmp_path)
    assert (drawn.code, drawn.out, kept.read_text()) == (1, "", "another map")
    assert drawn.err.splitlines()[-2:] == [
        "nothing to draw",
        "hint: no passage matches --where; remove it to draw all passages",
    ]


def test_an_index_without_passages_leaves_nothing_to_draw(run: Run, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "empty.txt").touch()
    run("index", "docs", "--index", "./index", cwd=tmp_path)
    drawn = run("map", "--index", "./index", cwd=tmp_path)
    assert (drawn.code, drawn.out, list(tmp_path.glob("*.html"))) == (1, "", [])
    assert drawn.err.splitlines()[-1] == "hint: `retriever status` shows what the index contains"
