"""``retriever repair`` at the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from cli_kit import Run, Work


@pytest.fixture
def folder(work: Work, tmp_path):
    shutil.copytree(work.folder, tmp_path / "work")
    return tmp_path / "work"


def _damage(folder, name: str) -> None:
    for path in folder.rglob(name):
        path.write_bytes(b"\x00" * path.stat().st_size)


def test_an_intact_index_needs_no_repair(folder, run: Run):
    done = run("repair", cwd=folder)
    assert (done.code, done.out) == (0, "indexes/default: nothing to repair\n")


def test_a_damaged_index_names_the_command_that_repairs_it(folder, run: Run, run_apart: Run):
    question = ("search", "Harrow Lane library", "--mode", "lexical", "--format", "json")
    before = json.loads(run(*question, cwd=folder).out)["hits"]
    _damage(folder, "ids.npy")
    refused = run_apart(*question, cwd=folder)
    assert refused.code == 3
    assert "retriever repair" in refused.err
    assert "retriever repair" in run("verify", cwd=folder).out

    done = run("repair", cwd=folder)
    assert done.code == 0
    assert "was rebuilt from its passages" in done.out
    assert "generation 2 restores generation 1; 0 passages embedded, 0 from the cache" in done.out
    assert json.loads(run(*question, cwd=folder).out)["hits"] == before
    assert run("verify", cwd=folder).code == 0


def test_damage_that_cannot_be_repaired(folder, run: Run):
    _damage(folder, "passages.sqlite")
    done = run("repair", cwd=folder)
    assert done.code == 3
    assert "indexes/default cannot be repaired: " in done.err
    assert "retriever index SOURCE... --rebuild" in done.err


def test_as_json(folder, run: Run):
    (folder / "indexes" / "default" / "CURRENT").unlink()
    found = json.loads(run("repair", "--format", "json", cwd=folder).out)
    assert (found["generation"], found["base"], found["problems"]) == (2, 1, [])
