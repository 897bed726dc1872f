"""Commits that break off at every call, writers and readers that die or sleep, and what others see of it."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest import mock

import grpc
import pytest
from answers import answers, texts_of
from index_corpus import changes
from milvus_server import lite_server

from retriever import delete_index
from retriever.errors import IndexLockedError, IndexNotFoundError, IndexReadError, IndexUnavailableError, StorageError
from retriever.index.milvus import clock as clock_of_server
from retriever.index.milvus import holds, lease, schema, site
from retriever.index.milvus.client import Client
from retriever.index.milvus.connection import Connection
from retriever.index.milvus.index import MilvusIndex
from retriever.index.milvus.limits import DEFAULT_LIMITS, Limits
from retriever.index.milvus.site import Site

NUMBERS = count()
CORPUS = {"a": ["red tea", "sky"], "b": ["lead"], "empty": []}


@pytest.fixture
def uri() -> str:
    return f"milvus://{lite_server().address}/commits{next(NUMBERS)}"


def open_apart(uri: str, limits: Limits = DEFAULT_LIMITS) -> MilvusIndex:
    """The index as another process would open it: nothing is shared."""
    index = MilvusIndex.open(uri, create=True)
    index._site = Site(index._site.location, limits)
    return index


def read(index: MilvusIndex) -> dict[str, list[str]]:
    with index.reading() as snapshot:
        assert sum(map(len, texts_of(snapshot).values())) == snapshot.passages
        return texts_of(snapshot)


class _Cut:
    """Cuts the connection to the server at the n-th call, for this and all that follow."""

    def __init__(self, at: int) -> None:
        self.at, self.calls = at, 0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls >= self.at:
                with lite_server().refusing(grpc.StatusCode.PERMISSION_DENIED):
                    return call(*args, **options)
            return call(*args, **options)

        return counted


@pytest.mark.parametrize("replace", [False, True], ids=["commit", "rebuild"])
def test_a_commit_that_breaks_off_at_any_call_is_made_or_not(uri: str, replace: bool) -> None:
    index, there = open_apart(uri), open_apart(uri)
    index.commit(changes(additions=CORPUS))
    made = 0
    for at in range(1, 60):
        before = read(there)
        texts = {"a": [f"version {at}", "tea"], "c": ["sky"] * 2}
        cut = _Cut(at)
        with (
            mock.patch.object(Client, "_call", cut.wrap(Client._call)),
            mock.patch.object(Client, "create", cut.wrap(Client.create)),
            suppress(StorageError),
        ):
            index.commit(changes(["b"], texts), replace=replace)
        kept = {} if replace else {key: own for key, own in before.items() if key != "b"}
        assert read(there) in (before, {**kept, **texts})
        made += read(there) != before
        # Whoever writes next finds nothing in the way.
        there.commit(changes(additions={"b": [f"after {at}"]}))
        assert read(there)["b"] == [f"after {at}"]
        if cut.calls <= at:
            break
    assert there.verify(deep=True) == []
    assert (at > 8, made > 0) == (True, True)


def test_a_writer_is_refused_while_this_process_writes_by_another_location(uri: str) -> None:
    # Nothing is shared, as between localhost and 127.0.0.1.
    holder, other = open_apart(uri), open_apart(uri)
    with holder.writing():
        with pytest.raises(IndexLockedError):
            other.commit(changes(additions=CORPUS))
        holder.commit(changes(additions=CORPUS))
    other.commit(changes(["a"]))
    with holder.reading() as snapshot:
        assert texts_of(snapshot).keys() == {"b", "empty"}


def test_a_writer_lives_for_children_and_containers_as_well(uri: str) -> None:
    index = open_apart(uri)
    with index.writing():
        [(name, values)] = index._site.head.signs(schema.WRITER).items()
        assert not lease._is_gone(name, values)
        # The child of a fork has the name of its parent's process; another process that lives is as good as a parent.
        assert not lease._is_gone(name, {**values, "pid": os.getppid()})
        assert not lease._is_gone(name, {**values, "process": "another", "pids": "of a container", "pid": 1 << 22})
    assert lease._is_gone(name, values)


def test_a_writer_lives_on_another_machine_of_the_same_name(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines made from one image have one name, and their first space of processes has the same number on each."""
    index = open_apart(uri)
    with index.writing():
        [(name, values)] = index._site.head.signs(schema.WRITER).items()
    assert lease._is_gone(name, {**values, "process": "another", "pid": 1 << 22})
    monkeypatch.setattr(lease, "process_space", lambda: "of another run")
    assert not lease._is_gone(name, {**values, "process": "another", "pid": 1 << 22})


def test_a_writer_is_refused_as_long_as_another_one_lives(uri: str) -> None:
    holder, other = open_apart(uri), open_apart(uri)
    with holder.writing():
        # As from another machine: there nothing tells whether the process lives.
        with mock.patch("retriever.index.milvus.lease._PROCESS", "another"), pytest.raises(IndexLockedError) as caught:
            other.commit(changes(additions=CORPUS))
        assert uri in str(caught.value)
        assert caught.value.hint
        holder.commit(changes(additions=CORPUS))
    with mock.patch("retriever.index.milvus.lease._PROCESS", "another"):
        other.commit(changes(["a"]))
    with holder.reading() as snapshot:
        assert texts_of(snapshot).keys() == {"b", "empty"}


def leave_sign(index: MilvusIndex, **values: Any) -> None:
    own = {"host": "elsewhere", "pid": 1, "process": "gone", "beat": 1, "time": int(time.time())}
    index._site.head.sign(99, schema.WRITER, own | values)


def test_a_writer_that_is_silent_while_it_is_watched_is_dead(uri: str) -> None:
    index = open_apart(uri, Limits(silence=2.0))
    index.commit(changes(additions=CORPUS))
    leave_sign(index, time=0)
    index.commit(changes(["a"]))
    assert index._site.head.signs(schema.WRITER) == {}
    leave_sign(index)
    with pytest.raises(IndexLockedError, match="process 1 on 'elsewhere'"):
        open_apart(uri).commit(changes(["b"]))


def test_a_writer_that_cannot_renew_its_right_stops(uri: str) -> None:
    index = open_apart(uri)
    index.commit(changes(additions=CORPUS))

    def late() -> Iterator[Any]:
        yield from changes(additions={"c": ["late"]}).additions
        index._site.lease._confirmed = -math.inf
        index._site.head.erase(list(index._site.head.signs(schema.WRITER)))

    made = changes()
    with pytest.raises(IndexLockedError, match="was lost"):
        index.commit(type(made)([], late(), made.settings))
    with index.reading() as snapshot:
        assert texts_of(snapshot) == CORPUS
    index.commit(changes(["a"]))
    assert index.verify(deep=True) == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of readers and of the removal of garbage."""
    made = SimpleNamespace(now=time.time(), time=lambda: made.now, sleep=time.sleep, monotonic=time.monotonic)
    monkeypatch.setattr(clock_of_server, "time", made)
    monkeypatch.setattr(holds, "steady_seconds", made.time)
    monkeypatch.setattr(site, "steady_seconds", made.time)
    return made


def rows(index: MilvusIndex) -> int:
    site = index._site
    names = schema.Names.of(site.location, site.head.state().era)
    return site.client.count(names.records, "id >= 0") + site.client.count(names.passages, "ref >= 0")


def test_what_nobody_reads_is_removed_after_a_while(uri: str, clock: SimpleNamespace) -> None:
    index = open_apart(uri)
    index.commit(changes(additions=CORPUS))
    index.commit(changes(additions={"a": ["other"]}))
    held = rows(index)
    clock.now += 1000
    index.commit(changes(additions={"b": ["words"]}), replace=True)
    clock.now += 1000
    index.commit(changes(additions={"b": ["more words"]}))
    assert rows(index) < held
    collections = [name for name in index._site.client.collections() if name.startswith(index._site.location.prefix)]
    assert len(collections) == 3
    assert index.verify(deep=True) == []


def test_a_reader_that_gives_signs_of_life_keeps_its_generation(uri: str, clock: SimpleNamespace) -> None:
    writer, reader = open_apart(uri), open_apart(uri)
    writer.commit(changes(additions=CORPUS))
    with reader.reading() as snapshot:
        before = answers(snapshot)
        for number in range(4):
            clock.now += 100
            reader._site.holds.beat()
            writer.commit(changes(["b"], {"a": [f"words {number}"]}), replace=number == 2)
        assert answers(snapshot) == before
    del snapshot
    reader.close()
    clock.now += 1000
    writer.commit(changes(additions={"c": ["words"]}))
    assert writer._site.head.state().oldest > 1


def test_a_reader_whose_clock_is_behind_keeps_its_generation(
    uri: str, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock of the reader is behind by more than a generation is kept.
    server = SimpleNamespace(now=clock.now + 1000)
    monkeypatch.setattr(Connection, "last_write", lambda *_: int(1000 * server.now) << 18)
    writer, reader = open_apart(uri), open_apart(uri)
    writer.commit(changes(additions=CORPUS))
    with reader.reading() as snapshot:
        before = answers(snapshot)
        for number in range(4):
            server.now += 100
            clock.now += 100
            reader._site.holds.beat()
            writer.commit(changes(additions={"a": [f"words {number}"]}))
        assert answers(snapshot) == before
    del snapshot
    reader.close()
    server.now += 1000
    writer.commit(changes(additions={"c": ["words"]}))
    assert writer._site.head.state().oldest > 1


def test_a_reader_that_slept_is_told_that_its_generation_is_gone(uri: str, clock: SimpleNamespace) -> None:
    writer, reader = open_apart(uri), open_apart(uri)
    writer.commit(changes(additions=CORPUS))
    with reader.reading() as snapshot:
        for number in range(3):
            clock.now += 1000
            writer.commit(changes(additions={"a": [f"words {number}"]}))
        with pytest.raises(IndexReadError, match=r"generation 1 .* was removed"):
            answers(snapshot)
    with reader.reading() as snapshot:
        assert texts_of(snapshot)["a"] == ["words 2"]


def test_a_server_that_answers_from_an_older_state_is_waited_for(uri: str) -> None:
    index = open_apart(uri, Limits(timeout=2.0))
    index.commit(changes(additions=CORPUS))
    old = index._site.head.state()
    index.commit(changes(["a"]))
    with index.reading() as snapshot:
        assert snapshot.generation == 2
    newest = index._site.head.state()
    index._site.head.point(old)
    with pytest.raises(IndexUnavailableError, match="generation 1, after 2"), index.reading():
        pass
    done = threading.Timer(0.1, index._site.head.point, [newest])
    done.start()
    with index.reading() as snapshot:
        assert snapshot.generation == 2
    done.join()


def test_an_index_is_deleted_and_its_neighbours_stay(uri: str) -> None:
    kept = MilvusIndex.open(f"{uri}0", create=True)
    kept.commit(changes(additions=CORPUS))
    index = MilvusIndex.open(uri, create=True)
    index.commit(changes(additions=CORPUS))
    with index.writing(), ThreadPoolExecutor(1) as pool, pytest.raises(IndexLockedError):
        pool.submit(delete_index, uri).result()
    assert delete_index(uri).files == 3
    with pytest.raises(IndexNotFoundError):
        delete_index(uri)
    assert read(kept) == CORPUS
    again = MilvusIndex.open(uri, create=True)
    again.commit(changes(additions={"a": ["new"]}))
    assert read(again) == {"a": ["new"]}


def test_the_pointer_is_one_row_that_says_what_it_counts(uri: str) -> None:
    index = open_apart(uri)
    index.commit(changes(additions=CORPUS))
    values = json.loads(index._site.head.state().to_json())
    assert (values["generation"], values["documents"], values["passages"], values["format"]) == (1, 3, 3, 2)
