"""What a reader fetches, keeps, checks and removes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from index_corpus import changes, stored_passages
from remote_places import Machine, Place, kill_at

from retriever.errors import IndexCorruptError, IndexNotFoundError, IndexReadError, StorageError
from retriever.index import verify_location
from retriever.index.files.durable import digest_bytes
from retriever.index.local.manifest import Manifest, Pointer
from retriever.index.local.remote import index as remote_index
from retriever.index.local.remote.index import RemoteIndex


def keys(index: RemoteIndex) -> set[str]:
    with index.reading() as snapshot:
        return set(stored_passages(snapshot))


def files(index: RemoteIndex) -> dict[Path, int]:
    """The files of a mirror with what tells whether they were written again."""
    folder = index._mirror.folder
    return {path: path.stat().st_ino for path in (folder / "segments").rglob("*") if path.is_file()}


def test_files_are_fetched_once_a_machine(machine: Machine) -> None:
    writer, reader = machine("writer"), machine("reader")
    writer.commit(changes(additions={"a": ["red"]}))
    keys(reader)
    first = files(reader)
    writer.commit(changes(additions={"b": ["green"]}))
    keys(reader)
    keys(machine("reader"))
    assert first.items() < files(reader).items()


@pytest.mark.parametrize("point", ["fetch:written", "mirror:manifest"])
def test_a_reader_killed_while_fetching_leaves_a_sound_cache(point: str, machine: Machine, place: Place) -> None:
    writer, reader = machine("writer"), machine("reader")
    writer.commit(changes(additions={"a": ["red"]}))
    keys(reader)
    writer.commit(changes(additions={"b": ["green"]}))
    kill_at(point, place, reader, RemoteIndex.snapshot)
    assert keys(reader) == {"a", "b"}
    assert reader.verify(deep=True) == []
    assert not list(reader._mirror.folder.rglob("*.tmp"))


def test_a_generation_stays_readable_as_long_as_it_is_held(machine: Machine) -> None:
    writer, reader = machine("writer"), machine("reader")
    writer.commit(changes(additions={"a": ["red"], "b": ["green"]}))
    with reader.reading() as held:
        for number in range(3):
            writer.commit(changes(["a"], {"b": [f"blue {number}"]}))
            assert keys(reader) == {"b"}
        assert set(stored_passages(held)) == {"a", "b"}
        assert held.passages == 2


def test_what_is_damaged_in_the_cache_is_fetched_again(machine: Machine) -> None:
    index = machine()
    index.commit(changes(additions={"a": ["red"]}))
    for damage in (b"", None):
        for path in files(index):
            if damage is None:
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[:-1] + b"?")
        reader = machine()
        assert keys(reader) == {"a"}
        assert reader.verify(deep=True) == []
        shutil.rmtree(index._mirror.folder / "generations")
        assert keys(machine()) == {"a"}


@pytest.mark.parametrize("emptied", ["", "segments", "CURRENT"])
def test_a_cache_that_is_emptied_meanwhile_is_fetched_again(machine: Machine, emptied: str) -> None:
    """Whatever tidies caches does not know that a process has one open."""
    machine("writer").commit(changes(additions={"a": ["red"], "b": ["green"]}))
    index = machine("reader")
    with index.reading() as snapshot:  # opens no segment
        assert snapshot.passages == 2
    path = index._mirror.folder / emptied
    path.unlink() if path.is_file() else shutil.rmtree(path)
    if emptied == "segments":  # It is noticed when one is opened.
        with pytest.raises(IndexCorruptError, match=f"{index.location}: .* is missing") as caught:
            keys(index)
        assert "ask again" in caught.value.hint
    assert keys(index) == {"a", "b"}
    assert index.verify(deep=True) == []


def test_a_cache_that_is_emptied_while_this_process_writes_stays_in_its_hands(machine: Machine) -> None:
    index = machine("writer")
    index.commit(changes(additions={"a": ["red"]}))
    with index.writing():
        (index._mirror.folder / "CURRENT").unlink()
        assert keys(index) == {"a"}
        index.commit(changes(additions={"b": ["green"]}))
    assert keys(machine("reader")) == {"a", "b"}


@pytest.mark.parametrize("name", ["CURRENT", "generations/", "segments/"])
@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_what_is_wrong_on_the_server_is_listed_with_what_helps(
    machine: Machine, place: Place, name: str, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    machine("writer").commit(changes(additions={"a": ["red"]}))
    chosen = max(own for own in place.names() if own.startswith(name))
    if damage == "missing":
        place.client.delete_object(Bucket=place.location.bucket, Key=place.location.key(chosen))
    else:
        place.write(chosen, b"?" * len(place.read(chosen)))
    if (name, damage) == ("CURRENT", "missing"):
        with pytest.raises(IndexNotFoundError):
            verify_location(str(place.location), deep=True)
        return
    [problem] = verify_location(str(place.location), deep=True)
    assert problem.where in (chosen, "CURRENT")
    assert f"{place.location}/{chosen} is" in problem.message
    assert "retriever export" in problem.hint
    with pytest.raises(IndexCorruptError) as caught:
        keys(machine("reader"))
    assert "retriever export" in caught.value.hint


def test_the_cache_is_bounded_and_what_was_used_longest_ago_goes_first(
    place: Place, machine: Machine, tmp_path: Path
) -> None:
    machine("writer").commit(changes(additions={"a": ["red"]}))
    data = {name: place.read(name) for name in place.names()}
    size = sum(len(one) for name, one in data.items() if name.startswith("segments/"))
    settings = remote_index.RemoteSettings(tmp_path / "cache" / "s3", cache_bytes=size * 5 // 2)

    def read(number: int) -> RemoteIndex:
        other = remote_index.RemoteLocation(place.location.bucket, f"{place.location.prefix}-{number}")
        for name, one in data.items():
            place.client.put_object(Bucket=other.bucket, Key=other.key(name), Body=one)
        index = RemoteIndex(other, settings=settings)
        assert keys(index) == {"a"}
        os.utime(index._mirror._lock, (number, number))
        return index

    one, two = read(1), read(2)
    assert files(one)
    one.close()
    three = read(3)  # The first is not used any more; the second is.
    assert not files(one)
    assert files(two)
    two.close()
    assert keys(one) == {"a"}
    assert not files(two)
    assert files(three)
    small = remote_index.RemoteSettings(tmp_path / "small" / "s3", cache_bytes=size // 2)
    with pytest.raises(IndexReadError, match="cache for indexes on S3") as caught:
        keys(RemoteIndex(place.location, settings=small))
    assert "RETRIEVER_S3_CACHE_GB" in caught.value.hint


@pytest.mark.parametrize("wrong", ["longer", "shorter", "other", "missing"])
def test_nothing_is_kept_that_is_not_what_the_manifest_says(wrong: str, machine: Machine, place: Place) -> None:
    machine("writer").commit(changes(additions={"a": ["red"]}))
    name = next(name for name in place.names() if name.endswith("ids.npy"))
    data = place.read(name)
    if wrong == "missing":
        place.client.delete_object(Bucket=place.location.bucket, Key=place.location.key(name))
    else:
        place.write(name, {"longer": data + b"x" * 5_000_000, "shorter": data[:-1], "other": data[::-1]}[wrong])
    reader = machine("reader")
    for _ in range(2):
        with pytest.raises(IndexCorruptError, match=r"ids\.npy"):
            keys(reader)
    assert not any(path.name.startswith("ids.npy") for path in reader._mirror.folder.rglob("*"))
    assert machine("third", create=True).last_settings() is not None


@pytest.mark.parametrize("path", ["../../../outside", "/tmp/outside", "segments/x/../../../outside", "CURRENT"])
def test_a_manifest_cannot_name_files_elsewhere(path: str, machine: Machine, place: Place) -> None:
    machine("writer").commit(changes(additions={"a": ["red"]}))
    value = json.loads(place.read("generations/00000001.json"))
    value["segments"][0]["files"][0]["path"] = path
    del value["checksum"]
    canonical = {"ensure_ascii": False, "sort_keys": True, "separators": (",", ":")}
    body = json.dumps(value, **canonical).encode() + b"\n"  # type: ignore[arg-type]
    value["checksum"] = digest_bytes(body)
    data = json.dumps(value, **canonical).encode() + b"\n"  # type: ignore[arg-type]
    place.write("generations/00000001.json", data)
    place.write("CURRENT", Pointer(1, digest_bytes(data)).to_bytes())
    reader = machine("reader")
    with pytest.raises(IndexCorruptError):
        keys(reader)
    assert not list(reader._mirror.folder.rglob("*"))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 100, b"x" * 10_000_000])
def test_a_pointer_that_is_none_is_damage(data: bytes, machine: Machine, place: Place) -> None:
    machine("writer").commit(changes(additions={"a": ["red"]}))
    place.write("CURRENT", data)
    with pytest.raises(StorageError):
        keys(machine("reader"))


def test_a_reader_is_not_asked_more_often_than_it_has_to_be(
    machine: Machine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = machine("writer"), machine("reader", max_age=3600.0)
    writer.commit(changes(additions={"a": ["red"]}))
    assert keys(reader) == {"a"}
    writer.commit(changes(additions={"b": ["green"]}))
    # It does not ask again, so it also goes on without a server.
    monkeypatch.setattr(reader._store, "read", lambda *_, **__: pytest.fail("asked"))
    assert keys(reader) == {"a"}


def test_the_child_of_a_fork_reads_on(machine: Machine) -> None:
    writer, reader = machine("writer"), machine("reader")
    writer.commit(changes(additions={"a": ["red"]}))
    assert keys(reader) == {"a"}
    writer.commit(changes(additions={"b": ["green"]}))
    child = os.fork()
    if not child:
        os._exit(0 if keys(reader) == {"a", "b"} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert keys(reader) == {"a", "b"}


def test_a_manifest_of_another_index_is_refused(machine: Machine, place: Place) -> None:
    machine("writer").commit(changes(additions={"a": ["red"]}))
    place.write("generations/00000001.json", Manifest(1, 0, "").to_bytes())
    with pytest.raises(IndexCorruptError, match="not what CURRENT names"):
        keys(machine("reader"))
