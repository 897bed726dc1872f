"""A sync that is broken off shows nothing half done, and the next one goes on where it stopped."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from fake_encoder import FailingEncoder, FakeEncoder
from fork_server import run
from small_index import create_index, paragraph, sources, sync_index, write

from retriever.index.local.index import LocalIndex

BATCH = 4
FILES = {f"{number:02}.txt": paragraph(number, words=20) for number in range(30)}


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("batches", [0, 1, 5])
def test_an_interrupted_sync_goes_on_where_it_stopped(index: LocalIndex, docs: Path, batches: int) -> None:
    sync_index(index, FakeEncoder(), docs)
    before = sources(index)
    write(docs, FILES)
    with pytest.raises(KeyboardInterrupt):
        sync_index(index, FailingEncoder(BATCH, batches, interrupt), docs)
    assert (index.snapshot().generation, sources(index)) == (1, before)
    again = FakeEncoder()
    report = sync_index(index, again, docs)
    assert (report.added, report.unchanged) == (30, 3)
    assert (report.embedded, report.reused) == (30 - batches * BATCH, batches * BATCH)
    assert len(again.embedded) == report.embedded


def test_an_interrupted_rebuild_leaves_the_old_generation(index: LocalIndex, docs: Path) -> None:
    write(docs, FILES)
    sync_index(index, FakeEncoder(), docs)
    other = FailingEncoder(BATCH, 2, interrupt)
    other.description = FakeEncoder("other").description
    with pytest.raises(KeyboardInterrupt):
        sync_index(index, other, docs, rebuild=True)
    assert index.snapshot().settings.model_name == "fake"
    assert len(sources(index)) == 33


KILLED = """
import os, signal, sys
from pathlib import Path
from fake_encoder import FailingEncoder
from small_index import create_index
root, size, batches = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
create_index(root, FailingEncoder(size, batches, lambda: os.kill(os.getpid(), signal.SIGKILL)), "docs")
"""


@pytest.mark.parametrize("batches", [0, 3])
def test_a_killed_sync_goes_on_where_it_stopped(tmp_path: Path, docs: Path, batches: int) -> None:
    write(docs, FILES)
    code, _, errors = run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed"), str(BATCH), str(batches)],
        b"",
        timeout=600,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    assert code == -signal.SIGKILL, errors
    index = LocalIndex.open(tmp_path / "killed")
    assert (index.snapshot().generation, sources(index)) == (0, {})
    report = sync_index(index, FakeEncoder(), docs)
    assert (report.added, report.reused) == (33, batches * BATCH)
    assert report.embedded == report.passages - report.reused
    assert sources(index) == sources(create_index(tmp_path / "whole", FakeEncoder(), docs))
