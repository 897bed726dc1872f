"""``retriever history`` and ``retriever rollback``, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from cli_kit import Run, Work


def test_history_lists_what_changed(grown: Path, run: Run):
    done = run("history", cwd=grown)
    assert done.code == 0
    newest = done.out.splitlines()[0]
    assert newest.split()[0] == "2"
    assert "3 documents" in newest
    assert "1 added, 0 changed, 0 removed  (newest)" in newest
    assert len(done.out.splitlines()) == 2


def test_history_as_json(grown: Path, run: Run):
    found = json.loads(run("history", "--format", "json", cwd=grown).out)
    assert [one["generation"] for one in found["generations"]] == [2, 1]
    assert found["generations"][1]["added"] == 2


def test_rollback_and_back_again(grown: Path, run: Run):
    question = ("search", "heron", "--mode", "lexical")
    assert run(*question, cwd=grown).code == 0
    done = run("rollback", cwd=grown)
    assert done.code == 0
    assert "generation 3 restores generation 1: 2 documents" in done.out
    assert "undo: retriever rollback 2" in done.err
    assert run(*question, cwd=grown).code == 1
    found = json.loads(run("rollback", "2", "--wait", "1", "--format", "json", cwd=grown).out)
    assert (found["generation"], found["parent"], found["added"]) == (4, 2, 1)
    assert run(*question, cwd=grown).code == 0


def test_the_empty_beginning_is_gone_back_to_where_it_is_named(grown: Path, run: Run):
    done = run("rollback", "0", cwd=grown)
    assert (done.code, done.out.split(":")[1].split(";")[0]) == (0, " 0 documents, 0 passages")
    assert "undo: retriever rollback 2" in done.err
    refused = run("rollback", "0", cwd=grown)  # the third commit removed it
    assert (refused.code, "keeps no generation 0" in refused.err) == (2, True)
    assert run("rollback", "2", cwd=grown).code == 0
    assert "3 documents" in run("history", cwd=grown).out.splitlines()[0]


def test_an_unknown_generation_is_refused(grown: Path, run: Run):
    done = run("rollback", "17", cwd=grown)
    assert done.code == 2
    assert "keeps no generation 17 (kept before the newest: 1)" in done.err


def test_no_index(run: Run, tmp_path):
    assert run("history", cwd=tmp_path).code == 3
    assert run("rollback", cwd=tmp_path).code == 3
    assert not (tmp_path / "indexes").exists()


def test_a_single_generation_cannot_be_rolled_back(work: Work, run: Run):
    done = run("rollback", cwd=work.folder)
    assert done.code == 2
    assert "keeps no generation before the newest\n" in done.err


def test_a_move_counts_once(grown: Path, run: Run):
    assert run("index", "docs", cwd=grown).code == 0
    (grown / "docs" / "library.md").rename(grown / "docs" / "hours.md")
    (grown / "docs" / "rows.jsonl").write_text('{"id": 1, "text": "one"}\n{"id": 2, "text": "two"}\n')
    assert run("index", "docs", cwd=grown).code == 0
    assert "2 added, 0 changed, 1 moved, 0 removed" in run("history", cwd=grown).out.splitlines()[0]
    (grown / "docs" / "rows.jsonl").rename(grown / "docs" / "lines.jsonl")
    assert run("index", "docs", cwd=grown).code == 0
    assert "0 added, 0 changed, 2 moved, 0 removed" in run("history", cwd=grown).out.splitlines()[0]
