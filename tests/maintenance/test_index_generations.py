"""History and going back by an index's path, and what a sync makes of it afterwards."""

from __future__ import annotations

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, sources, sync_index, write

from retriever import index_history, rollback_index
from retriever.errors import IndexLockedError, IndexNotFoundError
from retriever.index.local.index import LocalIndex


def test_a_sync_after_going_back_brings_in_the_files_again(tmp_path, encoder: FakeEncoder):
    docs = write(tmp_path / "docs", {"a.txt": "amber barge", "b.txt": "cedar dune"})
    index = create_index(tmp_path / "index", encoder, docs)
    write(docs, {"a.txt": "heron inlet"})
    (docs / "b.txt").unlink()
    sync_index(index, encoder, docs)
    after = sources(index)
    embedded = len(encoder.embedded)

    back = rollback_index(tmp_path / "index")
    assert (back.generation, back.parent, back.documents) == (3, 1, 2)
    assert [text.split()[0] for text in sources(index).values()] == ["amber", "cedar"]
    assert [one.generation for one in index_history(tmp_path / "index")] == [3, 2, 1]

    report = sync_index(index, encoder, docs)
    assert (report.generation, report.changed, report.removed, report.embedded) == (4, 1, 1, 0)
    assert sources(index) == after
    assert len(encoder.embedded) == embedded


def test_a_writer_in_the_way_is_named_or_waited_for(tmp_path, encoder: FakeEncoder):
    docs = write(tmp_path / "docs", {"a.txt": "amber barge"})
    index = create_index(tmp_path / "index", encoder, docs)
    with index.writing(), pytest.raises(IndexLockedError, match=r"by process \d+ on "):
        rollback_index(tmp_path / "index")
    assert rollback_index(tmp_path / "index", 0, wait=5).generation == 2


def test_where_there_is_no_index_none_is_made(tmp_path):
    for use in (index_history, rollback_index):
        with pytest.raises(IndexNotFoundError):
            use(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_an_open_index_moves_on(tmp_path, encoder: FakeEncoder):
    docs = write(tmp_path / "docs", {"a.txt": "amber barge"})
    create_index(tmp_path / "index", encoder, docs)
    reader = LocalIndex.open(tmp_path / "index")
    before = reader.snapshot()
    rollback_index(tmp_path / "index", 0)
    assert (before.generation, before.passages) == (1, 1)
    assert (reader.snapshot().generation, reader.snapshot().passages) == (2, 0)
