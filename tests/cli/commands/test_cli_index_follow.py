"""``retriever index --watch`` and ``--dry-run``: the real command, real files, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli_kit import COMMAND, Run, environment, write_documents

from retriever import FileChange, SyncReport
from retriever_cli.render.report import format_change, format_files, format_summary


@contextmanager
def watching(cwd: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [COMMAND, "index", "docs", "--watch", *options],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(stream: Any, holds: Callable[[str], bool]) -> str:
    """The first of the following lines that satisfies ``holds``; fails at the end of the stream."""
    return next(text for text in stream if holds(text))


def test_a_watch_reports_each_change_and_ends_with_ctrl_c(run: Run, tmp_path: Path) -> None:
    docs = write_documents(tmp_path / "docs")
    with watching(tmp_path, "--verbose") as process:
        line(process.stderr, lambda text: text.startswith("watching"))
        assert "2 added" in line(process.stdout, lambda text: text.startswith("documents"))
        (docs / "ferry.txt").write_text("The ferry crosses at eight in the morning.")
        assert line(process.stdout, lambda text: text.startswith("+")) == "+ docs/ferry.txt\n"
        assert "1 added; 1 passage embedded" in line(process.stdout, lambda text: "generation 2" in text)
        assert "ferry.txt" in run("search", "ferry", "--mode", "lexical", cwd=tmp_path).out
        (docs / "noise.txt").write_bytes(bytes(range(256)) * 8)
        line(process.stderr, lambda text: text.startswith("skipped: docs/noise.txt: "))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130
        assert "Traceback" not in err


def test_a_watch_in_json_prints_an_object_per_line(tmp_path: Path) -> None:
    docs = write_documents(tmp_path / "docs")
    with watching(tmp_path, "--format", "json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["added"] == 2
        line(process.stderr, lambda text: text.startswith("watching"))
        (docs / "library.md").unlink()
        change = json.loads(process.stdout.readline())
        assert (change["removed"], change["generation"]) == (1, 2)
        assert change["files"] == [{"what": "removed", "source": "docs/library.md", "before": ""}]


def test_a_dry_run_lists_what_would_change_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    result = run("index", "docs", "--dry-run", cwd=tmp_path)
    assert result.code == 0
    assert "+ docs/library.md\n" in result.out
    assert "2 added (dry run)" in result.out
    assert "would be embedded" in result.out
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_a_refused_run_leaves_no_index(run: Run, tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    assert run("index", "nowhere", "--index", "new", cwd=tmp_path).code == 2
    assert run("index", "docs", "--encoding", "klingon", "--index", "new", cwd=tmp_path).code == 2
    assert run("index", "docs", "--watch", "--dry-run", cwd=tmp_path).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_pruning_and_checksums_reach_the_library(run: Run, tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    assert run("index", "docs", cwd=tmp_path).code == 0
    result = run("index", "docs/library.md", "--prune", "--checksum", "--verbose", cwd=tmp_path)
    assert "1 removed, 1 unchanged" in result.out
    assert "- docs/电梯.txt\n" in result.out


def test_reports_as_text() -> None:
    report = SyncReport(
        generation=8,
        committed=True,
        changed=1,
        moved=1,
        unchanged=40,
        documents=42,
        passages=1200,
        embedded=3,
        reused=9,
        seconds=125.4,
        files=(FileChange("changed", "a.txt"), FileChange("moved", "b\n.txt", "c.txt")),
    )
    assert format_files(report) == "~ a.txt\n> c.txt > b␊.txt\n"
    assert format_summary(report, Path("indexes/x")).splitlines() == [
        "documents  1 changed, 1 moved, 40 unchanged",
        "passages   3 embedded, 9 reused",
        "index      indexes/x: 42 documents, 1,200 passages, generation 8",
        "time       2 min 5 s",
    ]
    assert format_change(report, "12:03:04") == (
        "12:03:04  1 changed, 1 moved; 3 passages embedded, 2 min 5 s, 42 documents, generation 8"
    )
