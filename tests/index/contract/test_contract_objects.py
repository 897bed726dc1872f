"""One index opened by several: what is found at a location, and what every object of an index sees and refuses."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from answers import texts_of
from engines import Engine
from index_corpus import SETTINGS, addition, changes, vector

from retriever.errors import IndexLockedError, IndexNotFoundError
from retriever.filters import Filter
from retriever.index.interface import Addition, Changes, Index

CORPUS = {"a": ["red green blue", "green tea"], "b": ["tea leaves", "red", "lead"]}


@pytest.fixture
def index(engine: Engine) -> Index:
    index = engine.create()
    index.commit(changes(additions=CORPUS))
    return index


@pytest.fixture
def missing(index: Index) -> str:
    """A location of the engine where nothing is."""
    return f"{index.location}-missing"


def texts(index: Index) -> dict[str, list[str]]:
    with index.reading() as snapshot:
        return texts_of(snapshot)


def test_an_index_that_is_not_there_is_not_opened_and_not_made(engine: Engine, missing: str) -> None:
    for _ in range(2):
        with pytest.raises(IndexNotFoundError) as caught:
            engine.open(missing, False)
        assert missing in str(caught.value)
        assert caught.value.hint


def test_an_index_that_is_created_reads_as_an_empty_generation_0(engine: Engine, missing: str) -> None:
    index = engine.open(missing, True)
    with index.reading() as snapshot:
        assert (snapshot.generation, snapshot.documents, snapshot.settings) == (0, 0, None)
    number = index.commit(changes(additions=CORPUS))
    assert number > 0
    with engine.open(missing, False).reading() as snapshot:
        assert snapshot.generation == number


def test_creating_an_index_that_is_there_opens_it(engine: Engine, index: Index) -> None:
    assert texts(engine.open(index.location, True)) == CORPUS


def test_commits_of_one_object_are_seen_by_the_others(engine: Engine, index: Index) -> None:
    other = engine.reopen(index)
    assert texts(other) == CORPUS
    first = index.commit(changes(["a"], {"c": ["sky"]}))
    with other.reading() as snapshot:
        assert snapshot.generation == first
    second = other.commit(changes(["b"], {"d": ["lead"]}))
    assert second > first
    assert texts(index) == texts(other) == {"c": ["sky"], "d": ["lead"]}
    assert index.commit(changes(["c"])) > second
    assert texts(other) == texts(engine.reopen(index)) == {"d": ["lead"]}
    assert other.last_settings() == SETTINGS


def test_the_objects_of_an_index_have_one_right_to_write(engine: Engine, index: Index) -> None:
    other = engine.reopen(index)
    has, release = threading.Event(), threading.Event()

    def hold() -> None:
        with index.writing():
            has.set()
            assert release.wait(60)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold)
        assert has.wait(60)
        try:
            with pytest.raises(IndexLockedError):
                other.commit(changes(["a"]))
        finally:
            release.set()
            holder.result()
    assert texts(other) == CORPUS
    other.commit(changes(["a"]))
    assert texts(index) == {"b": CORPUS["b"]}


def test_the_object_of_a_generation_is_found_again_whatever_was_done_in_between(index: Index) -> None:
    """Held by nothing but the test: what a search keeps for a generation outlives the context that it read in."""
    with index.reading() as held:
        pass

    def stream() -> Iterator[Addition]:
        yield addition("c", ["sky"])
        with index.reading() as now:
            assert now is held
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        index.commit(Changes([], stream(), SETTINGS))
    index.verify(deep=True)
    assert index.last_settings() == SETTINGS
    gc.collect()
    with index.reading() as again:
        assert again is held


def test_a_snapshot_is_the_same_object_while_another_object_commits(engine: Engine, index: Index) -> None:
    other = engine.reopen(index)
    with other.reading() as old:
        index.commit(changes(["a"]))
        with other.reading() as new, other.reading() as again:
            assert new is again
            assert new is not old
        assert texts_of(old) == CORPUS


def test_a_selection_of_another_snapshot_is_a_type_error(engine: Engine, other: Engine, index: Index) -> None:
    elsewhere = other.create()
    elsewhere.commit(changes(additions=CORPUS))
    where = Filter.parse("page = 1")
    with index.reading() as old, elsewhere.reading() as foreign:
        selections = [old.select(where), foreign.select(where)]
        assert old.dense(vector("tea"), 9, within=selections[0]).refs.size == 2
        index.commit(changes(additions={"c": ["sky"]}))
        with index.reading() as new:
            for selected in selections:
                with pytest.raises(TypeError, match="snapshot"):
                    new.dense(vector("tea"), 9, within=selected)
                with pytest.raises(TypeError, match="snapshot"):
                    new.lexical({"tea": 1.0}, 9, within=selected)
