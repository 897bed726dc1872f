"""Two versions of Retriever at one index: a later one writes in its format while this one has the index open."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from index_corpus import changes
from index_process import run

from retriever.errors import IndexVersionError
from retriever.index.local.history import list_generations
from retriever.index.local.index import LocalIndex
from retriever.index.local.manifest import read_manifest
from retriever.index.local.migrations import FORMAT

# In the later version the next format is the current one. Manifests are read and written by a module that takes the
# number when it is imported, so a process that was forked with all that imports it anew.
RAISE_FORMAT = """
import sys
for name in [name for name in sys.modules if name.startswith("retriever.index")]:
    del sys.modules[name]
from retriever.index.local import migrations
migrations.STEPS = {**migrations.STEPS, migrations.FORMAT: dict}
migrations.FORMAT += 1
"""
WRITE = """
index = open_index(root)
for number in range(4):
    index.commit(changes([], {f"later{number}": ["tea"] * 2}))
tell(index.snapshot().generation)
"""


def write_later(path: Path) -> int:
    """Let a later version commit until the generation before is kept for its readers only; return the newest number."""
    code, out, err = run(WRITE, path, first=RAISE_FORMAT)
    assert code == 0, err
    return int(out)


def count_hits(index: LocalIndex) -> tuple[int, int]:
    with index.reading() as snapshot:
        return snapshot.generation, len(snapshot.lexical({"tea": 1.0}, 100).refs)


def test_readers_go_on_with_their_generation(index: LocalIndex, caplog: pytest.LogCaptureFixture) -> None:
    before = count_hits(index)
    assert before[0] == 1
    newest = write_later(index.path)
    assert f'"format":{FORMAT + 1}' in (index.path / "CURRENT").read_text()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert count_hits(index) == before
    # Once, and with what to do.
    (record,) = caplog.records
    assert record.name == "retriever.index.local.later"
    assert f"has format {FORMAT + 1}" in record.getMessage()
    assert "searches go on with generation 1 until this process is restarted" in record.getMessage()
    assert newest > before[0]
    # The later version kept the files that the reader holds.
    assert read_manifest(index.path, 1).generation == 1


def test_nothing_is_written_over_the_later_generation(index: LocalIndex) -> None:
    count_hits(index)
    write_later(index.path)
    files = {path: path.read_bytes() for path in index.path.rglob("*") if path.is_file()}
    for write in (
        lambda: index.commit(changes(["a"])),
        lambda: index.commit(changes(["a"]), replace=True),
        index.compact,
        index.rollback,
        lambda: index.writing().__enter__(),
    ):
        with pytest.raises(IndexVersionError, match="has format") as caught:
            write()
        assert "upgrade retriever" in caught.value.hint
    assert {path: path.read_bytes() for path in index.path.rglob("*") if path.is_file()} == files
    # The lock is free for the later version.
    assert write_later(index.path)


def test_a_process_that_opens_it_afterwards_is_refused(index: LocalIndex) -> None:
    write_later(index.path)
    with pytest.raises(IndexVersionError, match="has format") as caught:
        LocalIndex.open(index.path)
    assert "upgrade retriever" in caught.value.hint
    with pytest.raises(IndexVersionError):
        list_generations(index.path)
    # Closed, an index holds no generation to go on with.
    index.close()
    with pytest.raises(IndexVersionError), index.reading():
        pass
