"""Two writers, writers that are killed, and what is left on the server afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from index_corpus import SETTINGS, changes, stored_passages
from remote_places import Machine, Place, kill_at

from retriever import delete_index
from retriever.errors import (
    IndexCorruptError,
    IndexLockedError,
    IndexNotFoundError,
    IndexUnavailableError,
    UsageError,
)
from retriever.index.interface import Changes
from retriever.index.local.manifest import MANIFEST_SIZE, Manifest
from retriever.index.local.remote import garbage
from retriever.index.local.remote.garbage import collect_remote_garbage
from retriever.index.local.remote.index import RemoteIndex
from retriever.index.local.remote.location import RemoteLocation, RemoteSettings
from retriever.index.local.remote.store import ObjectStore


def keys(index: RemoteIndex) -> set[str]:
    with index.reading() as snapshot:
        return set(stored_passages(snapshot))


def test_what_one_machine_publishes_the_others_read(machine: Machine) -> None:
    writer, reader = machine("writer"), machine("reader")
    assert keys(reader) == set()
    for number in range(3):
        assert writer.commit(changes(additions={f"d{number}": ["red", "green"]})) == number + 1
        assert keys(reader) == keys(writer) == {f"d{one}" for one in range(number + 1)}
    assert machine("third", create=False).verify(deep=True) == []


def test_the_second_of_two_writers_is_told_and_can_go_on(machine: Machine) -> None:
    one, two = machine("one"), machine("two")
    one.commit(changes(additions={"a": ["red"]}))
    with one.writing():
        two.commit(changes(additions={"b": ["green"]}))
        for _ in range(2):
            with pytest.raises(IndexLockedError, match="another writer") as caught:
                one.commit(changes(additions={"c": ["blue"]}))
            assert "again" in caught.value.hint
            assert keys(one) == {"a", "b"}
    one.commit(changes(additions={"c": ["blue"]}))
    assert keys(one) == keys(two) == {"a", "b", "c"}
    assert one.verify(deep=True) == []


def test_of_writers_at_the_same_instant_one_wins(machine: Machine) -> None:
    writers = [machine(str(number)) for number in range(2)]
    start = Barrier(len(writers))

    def commit(number: int) -> bool:
        with writers[number].writing():
            start.wait(10)
            try:
                writers[number].commit(changes(additions={f"from {number}": ["red", "sky"]}))
            except IndexLockedError:
                return False
            return True

    for _ in range(2):
        with ThreadPoolExecutor(len(writers)) as pool:
            won = list(pool.map(commit, range(len(writers))))
        assert sum(won) == 1
        assert f"from {won.index(True)}" in keys(writers[0])
        assert writers[1].verify(deep=True) == []


@pytest.mark.parametrize("point", ["remote:files", "remote:manifest", "remote:current"])
def test_a_writer_that_is_killed_leaves_the_old_generation_or_the_new_one(
    point: str, machine: Machine, place: Place
) -> None:
    index = machine()
    index.commit(changes(additions={"a": ["red"], "b": ["green"]}))
    kill_at(point, place, index, lambda other: other.commit(changes(["a"], {"b": ["blue"], "c": ["sky"]})))
    assert keys(index) == ({"b", "c"} if point == "remote:current" else {"a", "b"})
    assert index.verify(deep=True) == []
    index.commit(changes(additions={"d": ["tea"]}))
    assert {"b", "d"} < keys(machine("another"))
    assert machine("another").verify(deep=True) == []


def test_old_generations_are_kept_with_grace_and_what_is_not_ours_for_ever(
    machine: Machine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = machine()
    place.write("segments/README", b"ours")
    for number in range(5):
        index.commit(changes(additions={"a": [f"red {number}"]}))
    manifests = [name for name in place.names() if name.endswith(".json") and name.startswith("generations")]
    assert len(manifests) == 5
    monkeypatch.setattr(garbage, "_LEAST_GRACE", -60.0)
    store = ObjectStore(place.location)
    found = store.read("generations/00000005.json", MANIFEST_SIZE)
    assert found
    collect_remote_garbage(store, Manifest.from_bytes(found[0], index._mirror.folder), -60.0)
    left = place.names()
    assert sum(name.startswith("generations/") and name.endswith(".json") for name in left) == 3
    assert {name.split("/")[1][:8] for name in left if name.startswith("segments/0")} == {
        "00000003",
        "00000004",
        "00000005",
    }
    assert "segments/README" in left
    assert machine("new", create=False).verify(deep=True) == []


def test_an_index_that_was_deleted_can_be_made_again(machine: Machine, place: Place) -> None:
    index = machine()
    index.commit(changes(additions={"a": ["red"]}))
    for name in place.names():
        place.client.delete_object(Bucket=place.location.bucket, Key=place.location.key(name))
    assert keys(index) == set()
    index.commit(changes(additions={"b": ["green"]}))
    assert keys(index) == keys(machine("another")) == {"b"}


def test_an_index_is_deleted_with_what_was_fetched_of_it_and_its_neighbours_stay(
    machine: Machine, place: Place, settings: RemoteSettings
) -> None:
    beside = RemoteLocation(place.location.bucket, f"{place.location.prefix}2")
    neighbour = RemoteIndex(beside, create=True, settings=settings)
    index, reader = machine(), machine("elsewhere")
    for writer in (neighbour, index):
        writer.commit(changes(additions={"a": ["red"]}))
    index.commit(changes(additions={"b": ["green"]}))
    assert keys(reader) == {"a", "b"}
    held, folder = place.names(), index._mirror.folder
    kept = [name for name in held if name.startswith(beside.prefix)]
    files, size = index.drop()
    assert (files, size > 0, place.names()) == (len(held) - len(kept), True, kept)
    assert [path.name for path in folder.iterdir()] == ["writer.lock"]
    with pytest.raises(IndexNotFoundError), machine("elsewhere", create=False).reading():
        pass
    with pytest.raises(IndexNotFoundError):
        machine(create=False).drop()
    assert keys(neighbour) == {"a"}
    neighbour.drop()
    index = machine()
    index.commit(changes(additions={"c": ["blue"]}))
    assert keys(index) == keys(reader) == {"c"}


def test_what_is_read_written_or_not_of_an_index_is_not_deleted(machine: Machine, place: Place) -> None:
    index = machine()
    index.commit(changes(additions={"a": ["red"]}))
    held = place.names()
    with index.reading() as snapshot, pytest.raises(IndexLockedError, match="is open in a process"):
        machine().drop()
    del snapshot
    with index.writing(), pytest.raises(IndexLockedError):
        machine().drop()
    index.close()
    for name in ("notes.txt", "segments/README", "deeper/CURRENT"):
        place.write(name, b"mine")
        with pytest.raises(UsageError, match=name):
            machine().drop()
        place.client.delete_object(Bucket=place.location.bucket, Key=place.location.key(name))
    assert place.names() == held
    assert delete_index(str(place.location)).files == len(held)


def test_a_writer_whose_index_is_deleted_meanwhile_is_told(machine: Machine, place: Place) -> None:
    index = machine()
    index.commit(changes(additions={"a": ["red"]}))
    with index.writing():
        machine("another").drop()
        with pytest.raises(IndexLockedError):
            index.commit(changes(additions={"b": ["green"]}))
    index.commit(changes(additions={"c": ["blue"]}))
    assert keys(index) == keys(machine("another")) == {"c"}


@pytest.mark.parametrize("busy", [1, 3, 100])
def test_an_answer_that_another_write_is_under_way_is_not_told_as_its_success(
    busy: int, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.index.local.remote.store._PAUSES", (0.0,) * 4)
    index = machine()
    index.commit(changes(additions={"a": ["red"]}))
    answers = count()

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        body = b"<Error><Code>ConditionalRequestConflict</Code></Error>"
        return AWSResponse(request.url, 409, {}, BytesRaw(body)) if next(answers) < busy else None

    index._store._connect().meta.events.register("before-send.s3.PutObject", answer)
    if busy == 100:
        with pytest.raises(IndexUnavailableError, match="ConditionalRequestConflict"):
            index.commit(changes(additions={"b": ["green"]}))
        assert keys(machine("another")) == {"a"}
    else:
        index.commit(changes(additions={"b": ["green"]}))
        assert keys(machine("another")) == {"a", "b"}
    assert next(answers) > busy or busy == 100


class BytesRaw(BytesIO):
    """The body of an answer as the client reads it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def test_a_damaged_index_is_replaced_only_where_that_is_asked_for(machine: Machine, place: Place) -> None:
    index = machine()
    index.commit(changes(additions={"a": ["red"]}))
    place.write("CURRENT", b"{}")
    for wrong in (changes(additions={"b": ["green"]}), Changes([], [], SETTINGS)):
        with pytest.raises(IndexCorruptError):
            machine("another").commit(wrong)
    machine("another").commit(changes(additions={"b": ["green"]}), replace=True)
    assert keys(index) == {"b"}
