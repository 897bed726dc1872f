"""What is done while a server leaves out rows, as one may that was started again: nothing that rests on the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from unittest import mock

import pytest
from answers import texts_of
from index_corpus import SETTINGS, addition, changes
from milvus_server import lite_server

from retriever.errors import IndexUnavailableError
from retriever.index.interface import Changes
from retriever.index.milvus import index as index_module
from retriever.index.milvus import schema, view
from retriever.index.milvus.client import Client
from retriever.index.milvus.connection import Connection
from retriever.index.milvus.head import Head
from retriever.index.milvus.index import MilvusIndex
from retriever.index.milvus.site import Site

NUMBERS = count()
CORPUS = {"a": ["red tea", "sky"], "b": ["lead"], "empty": []}


@pytest.fixture
def uri() -> str:
    return f"milvus://{lite_server().address}/gaps{next(NUMBERS)}"


class Clock:
    """The time that a reader waits by, which passes only while it sleeps, and fast; ``wake`` is called then."""

    def __init__(self) -> None:
        self.now = 100.0
        self.wake: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += 25 * seconds
        self.wake()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(view, "time", clock)
    return clock


def open_apart(uri: str) -> MilvusIndex:
    """The index as another process would open it: nothing is shared."""
    index = MilvusIndex.open(uri, create=True)
    index._site = Site(index._site.location, index._site.limits)
    return index


def read(index: MilvusIndex) -> dict[str, list[str]]:
    with index.reading() as snapshot:
        return texts_of(snapshot)


HIDDEN = {
    "a document": ("records", "kind == 1"),
    "terms": ("records", "kind == 2"),
    "passages": ("passages", "ref > 0"),
}


def hide(index: MilvusIndex, collection: str, where: str) -> Callable[[], object]:
    """Have the server leave out rows, as one may that was started again; what brings them back."""
    client, era = index._site.client.open(create=False).client, index._site.head.state().era
    name = getattr(schema.Names.of(index._site.location, era), collection)
    hidden = [dict(row) for row in client.query(name, filter=where, output_fields=["*"])]
    client.delete(name, filter=where)
    return lambda: client.upsert(name, hidden)


@pytest.mark.parametrize(("collection", "where"), HIDDEN.values(), ids=HIDDEN.keys())
def test_a_server_that_leaves_out_rows_is_waited_for(uri: str, clock: Clock, collection: str, where: str) -> None:
    index = open_apart(uri)
    index.commit(changes(additions=CORPUS))
    show = hide(index, collection, where)
    apart = open_apart(uri)
    with pytest.raises(IndexUnavailableError, match=r"leaves out . rows of generation 1") as caught:
        read(apart)
    assert "retriever copy" in str(caught.value.hint)
    # Nor is anything written that rests on what is seen.
    with pytest.raises(IndexUnavailableError, match="leaves out"):
        apart.commit(changes(additions={"a": ["other"]}))
    assert index.verify(deep=True)
    before, clock.wake = clock.now, show
    assert read(index) == CORPUS
    assert clock.now > before
    index.commit(changes(["b"]))
    assert index.verify(deep=True) == []


def test_rows_are_counted_again_while_a_generation_is_read(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    index = open_apart(uri)
    index.commit(changes(additions=CORPUS))
    reader = open_apart(uri)
    with reader.reading() as snapshot:
        assert len(list(snapshot.stored_documents())) == 3
        show = hide(index, "records", "kind == 1")
        monkeypatch.setattr(snapshot.view, "_whole_until", 0.0)
        with pytest.raises(IndexUnavailableError, match="leaves out 3 rows"):
            list(snapshot.stored_documents())
        show()
        assert len(list(snapshot.stored_documents())) == 3


def test_a_commit_is_not_taken_back_while_rows_are_left_out(uri: str) -> None:
    index = open_apart(uri)
    index.commit(changes(additions=CORPUS))
    with (
        mock.patch.object(Head, "point", side_effect=KeyboardInterrupt),
        mock.patch.object(index_module, "recover"),
        pytest.raises(KeyboardInterrupt),
    ):
        index.commit(changes(["a"], {"c": ["new"]}))
    # Some of the rows that the commit wrote again, to die in it.
    show = hide(index, "passages", f"died < {schema.NEVER}")
    with pytest.raises(IndexUnavailableError, match="leaves out"):
        index.commit(changes(additions={"d": ["words"]}))
    show()
    index.commit(changes(additions={"d": ["words"]}))
    assert read(index) == {**CORPUS, "d": ["words"]}
    assert index.verify(deep=True) == []


def test_a_generation_is_as_new_as_the_last_row_that_it_took_back(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a document that comes twice the first is removed, and nothing that is written after it has to follow."""
    stamps, removed = count(int(1000 * time.time()) << 18), []
    monkeypatch.setattr(Connection, "last_write", lambda *_: next(stamps))
    delete = Client.delete

    def noting(client: Client, collection: str, where: str) -> int:
        stamp = delete(client, collection, where)
        removed.extend([stamp] * collection.endswith("_records"))
        return stamp

    monkeypatch.setattr(Client, "delete", noting)
    index = open_apart(uri)
    index.commit(changes(additions=CORPUS))
    index.commit(Changes([], [addition("twice", []), addition("twice", [])], SETTINGS))
    assert len(removed) == 1
    assert index._site.head.state().time >= removed[0]
    assert read(index) == {**CORPUS, "twice": []}
