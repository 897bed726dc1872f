"""A large index opens before its checksums are compared, and is refused once damage is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from index_corpus import DIMENSION, LARGE_INDEX, changes, contents, create, open_index

from retriever.errors import IndexCorruptError
from retriever.index.local.index import LocalIndex


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 8
    path.write_bytes(data)


def _refused_in_the_end(index: LocalIndex) -> IndexCorruptError:
    index._audit.wait()
    with pytest.raises(IndexCorruptError) as caught:
        index.snapshot()
    return caught.value


@pytest.mark.parametrize("name", ["dense.faiss", "ids.npy", "passages.sqlite"])
def test_damage_that_nothing_else_notices_is_found(index: LocalIndex, name: str) -> None:
    _flip(next(index.path.rglob(name)))
    opened = open_index(index.path, LARGE_INDEX)
    error = _refused_in_the_end(opened)
    assert name in str(error)
    assert "retriever repair" in error.hint
    assert "--rebuild" in error.hint


def test_what_is_whole_stays_open(index: LocalIndex, corpus: dict[str, list[str]]) -> None:
    opened = open_index(index.path, LARGE_INDEX)
    opened._audit.wait()
    assert contents(opened) == corpus
    index.commit(changes(["a"]))
    assert opened.snapshot().generation == 2
    opened._audit.wait()
    assert opened.snapshot().generation == 2


def test_damage_in_a_later_generation_is_found(index: LocalIndex) -> None:
    opened = open_index(index.path, LARGE_INDEX)
    index.commit(changes(additions={"n": ["tea"]}))
    [new] = [path for path in index.path.rglob("dense.faiss") if path.parent.name.startswith("00000002-")]
    _flip(new)
    assert opened.snapshot().generation == 2
    assert str(new) in str(_refused_in_the_end(opened))


def test_a_generation_without_the_damage_is_used_again(index: LocalIndex) -> None:
    _flip(next(index.path.rglob("dense.faiss")))
    opened = open_index(index.path, LARGE_INDEX)
    _refused_in_the_end(opened)
    create(index.path, LARGE_INDEX).commit(changes(additions={"new": ["tea"]}), replace=True)
    assert contents(opened) == {"new": ["tea"]}
    opened._audit.wait()
    assert len(opened.snapshot().dense(np.ones(DIMENSION, np.float32), 5).refs) == 1


def test_a_small_index_is_checked_before_it_opens(index: LocalIndex) -> None:
    _flip(next(index.path.rglob("dense.faiss")))
    with pytest.raises(IndexCorruptError):
        open_index(index.path)


@pytest.fixture
def unaudited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that compares has not come to anything yet."""
    monkeypatch.setattr("retriever.index.local.integrity.audit.Audit.begin", lambda *_: None)


def test_damage_explains_whatever_error_it_led_to(index: LocalIndex, unaudited: None) -> None:
    """A row of another number: the file has its size, SQLite finds nothing wrong with it."""
    path = next(index.path.rglob("passages.sqlite"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE documents SET number = 99 WHERE number = 0")
    snapshot = open_index(index.path, LARGE_INDEX).snapshot()
    with pytest.raises(IndexCorruptError, match=r"passages\.sqlite does not hold the passages"):
        snapshot.fetch([0])
    with pytest.raises(IndexCorruptError, match="checksum"), snapshot.guard():
        raise ZeroDivisionError


def test_an_error_without_damage_stays_what_it_is(index: LocalIndex, unaudited: None) -> None:
    snapshot = open_index(index.path, LARGE_INDEX).snapshot()
    with pytest.raises(IndexError):
        snapshot.fetch([9999])


def test_damage_is_not_copied_with_new_checksums(index: LocalIndex, unaudited: None) -> None:
    """A merge reads a segment to the end, and would make of a damaged one a whole one of other vectors."""
    index.commit(changes(additions={"n": ["tea"]}))
    opened = open_index(index.path, LARGE_INDEX)
    _flip(opened.snapshot().views[0].segment.folder / "dense.faiss")
    with pytest.raises(IndexCorruptError, match="checksum"):
        opened.compact()
    assert opened.snapshot().generation == 2
