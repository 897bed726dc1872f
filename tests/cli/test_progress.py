from __future__ import annotations

import pytest

from retriever import Progress
from retriever_cli.progress import PlainProgress


def test_plain_progress_prints_at_each_stage_and_at_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [
        (0.0, Progress("model", 1, 10, "steps")),
        (1.0, Progress("scan", 0, 0, "files")),
        (2.0, Progress("index", 1, 100, "documents")),
        (3.0, Progress("index", 5, 100, "documents")),
        (12.5, Progress("index", 60, 100, "documents")),
        (13.0, Progress("index", 100, 100, "documents")),
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
        "indexing: 60 of 100 documents",
    ]
