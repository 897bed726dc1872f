"""Two writers, writers that are killed, and what is left on the server afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from index_corpus import SETTINGS, changes, stored_passages
from remote_places import Machine, Place, kill_at

from retriever.errors import IndexCorruptError, IndexLockedError
from retriever.index.interface import Changes
from retriever.index.local.manifest import MANIFEST_SIZE, Manifest
from retriever.index.local.remote import garbage
from retriever.index.local.remote.garbage import collect_remote_garbage
from retriever.index.local.remote.index import RemoteIndex
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
    kill_at(point, place, index, "index.commit(changes(['a'], {'b': ['blue'], 'c': ['sky']}))")
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


def test_a_damaged_index_is_replaced_only_where_that_is_asked_for(machine: Machine, place: Place) -> None:
    index = machine()
    index.commit(changes(additions={"a": ["red"]}))
    place.write("CURRENT", b"{}")
    for wrong in (changes(additions={"b": ["green"]}), Changes([], [], SETTINGS)):
        with pytest.raises(IndexCorruptError):
            machine("another").commit(wrong)
    machine("another").commit(changes(additions={"b": ["green"]}), replace=True)
    assert keys(index) == {"b"}
