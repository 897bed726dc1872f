"""What fails, and how: the storage for reading or writing, for good or for a moment, or the reader itself."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import answers, texts_of
from engines import Engine, engine_of
from index_corpus import SETTINGS, changes, refs_of

from retriever.errors import IndexNotFoundError, StorageError
from retriever.index.interface import Index

CORPUS = {"a": ["red green blue", "green tea"], "b": ["tea leaves", "red", "lead"]}


@pytest.fixture
def index(engine: Engine) -> Index:
    index = engine.create()
    index.commit(changes(additions=CORPUS))
    return index


class _QuickClock:
    """Seconds that pass twenty times as fast."""

    def monotonic(self) -> float:
        return 20 * time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 20)


@pytest.fixture
def damaged(engine: Engine, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the index is damaged: False for an engine without storage, and then nothing of an index outlives it."""
    if engine.damage is None:
        with pytest.raises(IndexNotFoundError):
            engine_of(engine.name, tmp_path / "another process").open(index.location, False)
        return False
    engine.damage(index)
    # Rows that a server leaves out are waited for; these never come.
    monkeypatch.setattr("retriever.index.milvus.view.time", _QuickClock())
    return True


def texts(index: Index) -> dict[str, list[str]]:
    with index.reading() as snapshot:
        return texts_of(snapshot)


def read_all(index: Index) -> None:
    with index.reading() as snapshot:
        answers(snapshot)


def test_verify_reports_damage_and_changes_nothing(index: Index, damaged: bool) -> None:
    for _ in range(2):
        problems = index.verify(deep=True)
        assert bool(problems) == damaged
        assert all(problem.message for problem in problems)


def test_a_damaged_index_is_a_storage_error(index: Index, damaged: bool) -> None:
    if not damaged:
        read_all(index)
        return
    for _ in range(2):
        with pytest.raises(StorageError, match=r".+") as caught:
            read_all(index)
        assert index.location in str(caught.value)
        assert caught.value.hint


def test_the_last_settings_of_a_damaged_index_are_known_or_none(index: Index, damaged: bool) -> None:
    assert index.last_settings() in ((SETTINGS, None) if damaged else (SETTINGS,))


@pytest.mark.usefixtures("damaged")
def test_a_damaged_index_is_built_anew_by_replace(engine: Engine, index: Index) -> None:
    for one, key in ((engine.open(index.location, True), "c"), (index, "d")):
        one.commit(changes(additions={key: ["sky"]}), replace=True)
        read_all(index)
        assert texts(index) == texts(engine.reopen(index)) == {key: ["sky"]}


def test_a_commit_that_cannot_be_written_is_a_storage_error_and_changes_nothing(engine: Engine, index: Index) -> None:
    with index.reading() as snapshot:
        number, before = snapshot.generation, answers(snapshot)
    for replace in (False, True):
        with engine.failing_to_write(index), pytest.raises(StorageError) as caught:
            index.commit(changes(["a"], {"c": ["sky"]}), replace=replace)
        assert index.location in str(caught.value)
        assert caught.value.hint
        with index.reading() as snapshot:
            assert (snapshot.generation, answers(snapshot)) == (number, before)
    assert index.verify(deep=True) == []
    assert index.commit(changes(["a"], {"c": ["sky"]})) > number
    assert texts(index) == {"b": CORPUS["b"], "c": ["sky"]}


def no_such_file() -> None:
    Path("no such folder/file").read_text()


def no_such_table() -> None:
    sqlite3.connect(":memory:").execute("SELECT * FROM nowhere")


def no_json() -> None:
    json.loads("{")


def no_memory() -> None:
    bytearray(1 << 62)


@pytest.mark.parametrize("fail", [no_such_file, no_such_table, no_json, no_memory])
def test_what_a_library_raises_in_the_hands_of_a_reader_comes_through_as_it_is(
    index: Index, fail: Callable[[], None]
) -> None:
    """An engine may use the same library, so its errors are named where the engine calls it."""
    raised: list[Exception] = []

    def read() -> None:
        with index.reading() as snapshot:
            assert len(snapshot.fetch(refs_of(snapshot))) == 5
            try:
                fail()
            except Exception as error:
                raised.append(error)
                raise

    with pytest.raises((OSError, sqlite3.Error, ValueError, MemoryError)) as caught:
        read()
    assert [caught.value] == raised
    assert caught.value.__cause__ is None
    assert texts(index) == CORPUS
