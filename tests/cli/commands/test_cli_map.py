"""``retriever map``: a file that cannot be written is refused before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_kit import Run

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
