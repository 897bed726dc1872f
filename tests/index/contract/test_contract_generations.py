"""What readers can rely on while others commit."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from answers import answers, texts_of
from engines import Engine
from index_corpus import changes, refs_of, stored_passages, vector

from retriever.errors import StorageError, UsageError
from retriever.filters import Filter
from retriever.index.interface import Index, Snapshot
from retriever.search import filtering

CORPUS = {"a": ["red green blue", "green tea"], "b": ["tea leaves", "red", "lead"], "empty": []}


@pytest.fixture
def index(engine: Engine) -> Index:
    index = engine.create()
    index.commit(changes(additions=CORPUS))
    return index


@pytest.mark.usefixtures("small_segments")
def test_a_snapshot_that_is_held_stays_what_it_was(index: Index) -> None:
    with index.reading() as old:
        within = old.select(Filter.parse("page = 2"))
        before, count = answers(old), within.count
        dense = old.dense(vector("tea"), 9, within=within)
        for number in range(8):
            index.commit(changes(["a", "b", f"n{number - 1}"], {f"n{number}": ["other words"] * 3}))
            assert answers(old) == before
        again = old.dense(vector("tea"), 9, within=within)
        assert (again.refs.tolist(), within.count) == (dense.refs.tolist(), count)
    with index.reading() as new:
        assert texts_of(new) == {"empty": [], "n7": ["other words"] * 3}


def test_a_generation_is_one_object_as_long_as_anybody_holds_it(index: Index) -> None:
    with index.reading() as one, index.reading() as other:
        assert one is other
        index.commit(changes(["not there"]))
        with index.reading() as unchanged:
            assert unchanged is one
        index.commit(changes(["a"]))
        with index.reading() as newer, index.reading() as again:
            assert newer is again
            assert newer is not one
            assert newer.generation > one.generation


def test_threads_share_the_object_of_a_generation(index: Index) -> None:
    ready = threading.Barrier(8)

    def read() -> Snapshot:
        ready.wait()
        with index.reading() as snapshot:
            return snapshot

    with ThreadPoolExecutor(8) as pool:
        found = [future.result() for future in [pool.submit(read) for _ in range(8)]]
    assert len({id(snapshot) for snapshot in found}) == 1


def test_something_can_be_kept_beside_a_snapshot(index: Index) -> None:
    kept: weakref.WeakKeyDictionary[Snapshot, str] = weakref.WeakKeyDictionary()
    with index.reading() as old:
        kept[old] = "old"
        index.commit(changes(["a"]))
        with index.reading() as new:
            assert new not in kept
            kept[new] = "new"
            assert (kept[old], kept[new], hash(old) == hash(old), old == new) == ("old", "new", True, False)


def test_what_is_kept_beside_a_snapshot_goes_with_it(index: Index) -> None:
    """A selection must not hold its snapshot: searches keep selections by snapshot, and neither would ever go."""
    with index.reading() as snapshot:
        assert filtering.select(snapshot, Filter.parse("page = 2")).count == 2
        gone = weakref.ref(snapshot)
    del snapshot
    index.commit(changes(["a"]))
    with index.reading() as newer:
        assert filtering.select(newer, Filter.parse("page = 2")).count == 1
    gc.collect()
    assert gone() is None


@pytest.mark.usefixtures("small_segments")
def test_eight_threads_read_whole_generations_while_others_are_committed(engine: Engine) -> None:
    """Every commit replaces all documents, so a reader that saw two of them at once would see two versions."""
    index = engine.create()
    keys = [f"d{number}" for number in range(5)]
    index.commit(changes(additions={key: ["version 0 tea"] * 2 for key in keys}))
    done = threading.Event()
    ready = threading.Barrier(9)

    def read() -> list[int]:
        generations = [0]
        ready.wait()
        while not done.is_set() or len(generations) < 2:
            with index.reading() as snapshot:
                refs = snapshot.lexical({"tea": 1.0}, 100).refs.tolist()
                texts = {stored.passage.text for stored in snapshot.fetch(refs, vectors=True)}
                dense = snapshot.fetch(snapshot.dense(vector("tea"), 100).refs.tolist())
                assert {stored.passage.text for stored in dense} == texts
                assert len(texts) == 1
                assert len(refs) == len(dense) == snapshot.passages == 10
                assert sorted(refs_of(snapshot)) == sorted(refs)
                assert snapshot.select(Filter.parse("page = 1")).count == 5
                generations.append(snapshot.generation)
        return generations

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        ready.wait()
        try:
            for version in range(1, 6):
                index.commit(changes(keys, {key: [f"version {version} tea"] * 2 for key in keys}))
        finally:
            done.set()
        for reader in readers:
            seen = reader.result()
            assert seen == sorted(seen)


def test_an_index_that_is_closed_lets_its_readers_finish(index: Index) -> None:
    with index.reading() as snapshot:
        before = answers(snapshot)
        index.close()
        assert answers(snapshot) == before
        assert stored_passages(snapshot).keys() == CORPUS.keys()
    index.close()


def test_a_location_says_where_the_index_is(engine: Engine, index: Index) -> None:
    assert isinstance(index.location, str)
    assert index.folder is None or str(index.folder) == index.location
    assert engine.create().location != index.location


def test_nothing_is_wrong_with_an_index_that_nothing_happened_to(engine: Engine, index: Index) -> None:
    for one in (index, engine.create()):
        with one.writing():
            one.commit(changes(["a"], {"c": ["lead"]}))
        number = one.commit(changes(["a"]))
        assert one.verify(deep=False) == one.verify(deep=True) == []
        with one.reading() as snapshot:
            assert snapshot.generation == number


def test_what_storage_makes_fail_is_a_storage_error(engine: Engine, index: Index) -> None:
    with index.reading() as snapshot:
        refs = refs_of(snapshot)
    del snapshot

    def read() -> None:
        with index.reading() as snapshot:
            snapshot.fetch(refs, vectors=True)
            snapshot.find_documents(["a", "b"])

    with engine.failing(index), pytest.raises(StorageError) as caught:
        read()
    assert index.location in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyError, UsageError, OSError])
def test_what_a_reader_itself_raises_comes_through_as_it_is(index: Index, error: type[Exception]) -> None:

    def read() -> None:
        with index.reading() as snapshot:
            assert snapshot.passages == 5
            raise error("own")

    with pytest.raises(error, match="own"):
        read()
    with index.reading() as snapshot:
        assert snapshot.passages == 5
