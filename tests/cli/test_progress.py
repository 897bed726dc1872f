from __future__ import annotations

import pytest

from retriever import Progress
from retriever.reports import Stage
from retriever_cli.progress import PlainProgress, format_duration


def test_plain_progress_prints_at_each_stage_and_at_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [
        (0.0, Progress("model", 1, 10, "steps")),
        (1.0, Progress("scan", 0, 0, "files")),
        (2.0, Progress("index", 1, 100, "documents")),
        (3.0, Progress("index", 5, 100, "documents")),
        (12.5, Progress("index", 60, 100, "documents")),
        (13.0, Progress("index", 100, 100, "documents")),
        (42.0, Progress("index", 100, 100, "files", "1,000 of about 4,000 passages", 0.25)),
    ]
    times = iter([when for when, _ in steps])
    show = PlainProgress(clock=lambda: next(times))
    for _, step in steps:
        show(step)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "preparing the bundled model (first use only): 1 of 10 steps",
        "scanning",
        "indexing: 1 of 100 documents",
        "indexing: 60 of 100 documents (60%, about 7 s left)",
        "indexing: 100 of 100 files, 1,000 of about 4,000 passages (25%, about 2 min left)",
    ]


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (59, "59 s"), (125, "2 min"), (3700, "1 h 2 min")])
def test_times_are_rounded_for_people(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("stage", "unit"), [("index", "files"), ("evaluate", "questions"), ("commit", "documents")])
def test_what_is_counted_is_told_in_chinese(
    stage: Stage, unit: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh_CN")
    times = iter([0.0, 30.0])
    show = PlainProgress(lambda: next(times))
    show(Progress(stage, 1, 5, unit))
    show(Progress(stage, 3, 5, unit))
    first, second = capsys.readouterr().err.splitlines()
    assert "of" not in first + second
    assert not first.isascii()
    assert "1/5" in first
    assert "3/5" in second
