"""``--quiet`` leaves out progress, notices and hints; results, errors and exit codes stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_kit import Run, write_documents
from screen import run_on_screen


def test_a_quiet_run_tells_only_what_could_not_be_read(run: Run, tmp_path: Path) -> None:
    docs = write_documents(tmp_path / "docs")
    (docs / "table.djvu").write_bytes(b"")
    assert run("index", "docs", "-q", cwd=tmp_path) == run("index", "docs", "--quiet", cwd=tmp_path)
    assert run("index", "docs", "-q", cwd=tmp_path).code == 0
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7")
    result = run("index", "docs", "-q", cwd=tmp_path)
    assert (result.code, result.out) == (4, "")
    assert [line.partition(" (")[0][:24] for line in result.err.splitlines()] == ["skipped: docs/broken.pdf"]
    assert run("index", "docs", "-q", "-f", "json", cwd=tmp_path).out.startswith("{")
    assert run_on_screen("index", "docs", "-q", columns=80, cwd=tmp_path).raw.startswith("skipped: docs/broken.pdf")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["search", "电梯"], 0),
        (["search", "zzzz", "--mode", "lexical"], 1),
        (["rollback"], 0),
        (["compact"], 0),
        (["repair"], 0),
        (["models", "prepare"], 0),
    ],
)
def test_quiet_changes_nothing_but_what_is_said_beside_the_result(
    arguments: list[str], code: int, run: Run, tmp_path: Path
) -> None:
    results = []
    for options in ([], ["--quiet"]):
        folder = tmp_path / f"copy{len(options)}"
        write_documents(folder / "docs")
        assert run("index", "docs", "-q", cwd=folder).code == 0
        (folder / "docs" / "new.txt").write_text("new", "utf-8")
        assert run("index", "docs", "-q", cwd=folder).code == 0
        results.append(run(*arguments, *options, cwd=folder))
    loud, quiet = results
    assert (loud.code, quiet.code) == (code, code)
    assert quiet.err == ""
    if arguments[0] != "compact":  # Its sizes differ with the time of the run.
        assert quiet.out == loud.out


def test_quiet_errors_stay(run: Run, tmp_path: Path) -> None:
    result = run("search", "x", "-q", cwd=tmp_path)
    assert result.code == 3
    assert result.err.startswith("error: ")


def test_an_empty_folder_is_remembered_with_a_notice(run: Run, tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    result = run("index", "later", cwd=tmp_path)
    assert result.code == 0
    assert "notice: later: no file in it that can be indexed" in result.err
    (tmp_path / "later" / "a.txt").write_text("The heron stands in the pond.", "utf-8")
    assert run("index", cwd=tmp_path).out.startswith("documents  1 added")
