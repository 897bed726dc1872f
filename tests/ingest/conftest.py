"""A working folder with documents and an empty index, for the tests of syncing."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_index import write

from retriever.index.local.index import LocalIndex

RIVER = """The river commission

1. Gauges
The upper gauge is read at dawn and the lower gauge at dusk, by two wardens who never meet on the way.

2. Boats
A boat longer than nine metres needs a permit, which the harbour office gives out on Mondays before noon.
"""
ORCHARD = "Pears are picked before they are ripe. Plums are left on the tree until they fall by themselves."
BAKERY = "面包房每天清晨四点开始和面，六点出炉第一批面包，卖完为止。"


@pytest.fixture(autouse=True)
def no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test cuts the power, so none has to wait for the disk."""
    monkeypatch.setattr("retriever.index.files.durable.os.fsync", lambda handle: None)


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three documents in ``docs/`` of the working folder."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "docs", {"river.txt": RIVER, "orchard.md": ORCHARD, "town/bakery.txt": BAKERY})
    return Path("docs")


@pytest.fixture
def index(tmp_path: Path) -> LocalIndex:
    return LocalIndex.create(tmp_path / "index")
