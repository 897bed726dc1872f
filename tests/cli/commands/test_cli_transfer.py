"""``retriever export`` and ``retriever import`` at the command line."""

from __future__ import annotations

import json

import pytest
from cli_kit import Run, Work


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_export_and_import(work: Work, run: Run, tmp_path, name):
    done = run("export", tmp_path / name, cwd=work.folder)
    assert done.code == 0
    assert "2 documents, " in done.out
    assert "with vectors" in done.out
    again = run("export", tmp_path / name, cwd=work.folder)
    assert (again.code, "--force" in again.err) == (2, True)
    assert run("export", tmp_path / name, "--force", cwd=work.folder).code == 0

    made = run("import", tmp_path / name, "--index", "./new", "--format", "json", cwd=tmp_path)
    assert json.loads(made.out)["documents"] == 2
    question = ("search", "谁出钱装电梯", "--format", "jsonl")
    expected = run(*question, cwd=work.folder)
    assert expected.code == 0
    hits = run(*question, "--index", tmp_path / "new", cwd=work.folder).out
    assert hits.replace(str(tmp_path / "new"), str(work.index)) == expected.out


def test_refusals(work: Work, run: Run, tmp_path):
    assert run("export", tmp_path / "x.jsonl", "--no-vectors", "--format", "jsonl", cwd=work.folder).code == 0
    done = run("import", tmp_path / "x.jsonl", cwd=work.folder)
    assert (done.code, "an index already exists at" in done.err) == (2, True)
    done = run("export", "nowhere/x.jsonl", cwd=work.folder)
    assert (done.code, "error: there is no folder '" in done.err, "create it" in done.err) == (2, True, True)
    (tmp_path / "y.jsonl").write_bytes((tmp_path / "x.jsonl").read_bytes()[:-20])
    done = run("import", tmp_path / "y.jsonl", cwd=tmp_path)
    assert (done.code, "is damaged" in done.err) == (4, True)
    assert not (tmp_path / "indexes" / "default").exists()
