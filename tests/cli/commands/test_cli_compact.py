"""``retriever compact`` at the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from cli_kit import Run, Work


@pytest.fixture
def folder(work: Work, run: Run, tmp_path):
    """The shared index with a second segment."""
    shutil.copytree(work.folder, tmp_path / "work")
    (tmp_path / "work" / "more").mkdir()
    (tmp_path / "work" / "more" / "pond.txt").write_text("The heron stands in the pond at dawn and waits for frogs.")
    assert run("index", "more", cwd=tmp_path / "work").code == 0
    return tmp_path / "work"


def test_compact_reports_what_it_saved(folder, run: Run):
    done = run("compact", cwd=folder)
    assert done.code == 0
    assert " before, " in done.out.splitlines()[0]
    assert "generation 3: 2 segments before, 1 after; 0 deleted passages" in done.out
    assert len(run("history", cwd=folder).out.splitlines()) == 1
    assert run("search", "heron", "--mode", "lexical", cwd=folder).code == 0


def test_as_json_and_keeping_more(folder, run: Run):
    found = json.loads(run("compact", "--keep", "3", "--format", "json", cwd=folder).out)
    assert (found["committed"], found["segments"], found["held"]) == (True, 1, [])
    assert found["bytes_before"] > 0
    assert len(run("history", cwd=folder).out.splitlines()) == 3
    assert run("compact", "--keep", "0", cwd=folder).code == 2
