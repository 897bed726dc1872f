"""Folders that a stranger has made: an error or an answer, and nothing outside of them changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hostile_child import SOME
from hostile_kit import take_stock
from hostile_places import FIELDS, KINDS, PLACES

# ``benchmarks/hostile_folders.py`` has a thousand.
LEAST = 150


def test_a_hostile_folder_ends_in_an_error_or_an_answer(work: Path) -> None:
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), str(here.parent.parent.parent)]
    kept = take_stock(work / "kept")
    ended = subprocess.run(
        [sys.executable, str(here / "hostile_child.py"), str(work), "some"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, f"ended at {lines[-1:]}: {ended.stderr[-3000:]}"
    assert [line for line in lines[:-1] if line[1]] == []
    assert lines[-1][0] == "done"
    assert lines[-1][1] >= LEAST
    assert take_stock(work / "kept") == kept


def test_every_kind_of_fault_is_among_some() -> None:
    names = [variant.name for variant in SOME]
    for kind in KINDS:
        assert sum(name.startswith(f"{kind}: ") for name in names) >= 5
    for place in PLACES:
        assert any(name.endswith(f": {place}") for name in names), place
    for field in FIELDS:
        assert any(name.startswith(f"{field} is ") for name in names), field
