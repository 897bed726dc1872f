"""``retriever compact`` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from cli_kit import Run


def test_compact_reports_what_it_saved(grown: Path, run: Run):
    done = run("compact", cwd=grown)
    assert done.code == 0
    assert " before, " in done.out.splitlines()[0]
    assert "generation 3: 2 segments before, 1 after; 0 deleted passages" in done.out
    assert len(run("history", cwd=grown).out.splitlines()) == 1
    assert run("search", "heron", "--mode", "lexical", cwd=grown).code == 0


def test_as_json_and_keeping_more(grown: Path, run: Run):
    found = json.loads(run("compact", "--keep", "3", "--format", "json", cwd=grown).out)
    assert (found["committed"], found["segments"], found["held"]) == (True, 1, [])
    assert found["bytes_before"] > 0
    assert len(run("history", cwd=grown).out.splitlines()) == 3
    assert run("compact", "--keep", "0", cwd=grown).code == 2
