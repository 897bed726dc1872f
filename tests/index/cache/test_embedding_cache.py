from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from index_process import run

from retriever.errors import IndexWriteError
from retriever.index.cache.check import check_cache
from retriever.index.cache.contents import FILE_PAGES, PAGES
from retriever.index.cache.store import EmbeddingCache, is_damage


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EmbeddingCache]:
    cache = EmbeddingCache(tmp_path / "cache.sqlite")
    yield cache
    cache.close()


def _key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _vectors(count: int, dimension: int = 5) -> npt.NDArray[np.float32]:
    return np.arange(count * dimension, dtype=np.float32).reshape(count, dimension) / np.float32(8)


def test_what_was_put_is_there_and_nothing_else(cache: EmbeddingCache) -> None:
    keys = [_key(number) for number in range(1200)]
    cache.put("model", keys, _vectors(1200))
    found = cache.get("model", [*keys, _key(5000)])
    assert set(found) == set(keys)
    np.testing.assert_array_equal([found[key] for key in keys], _vectors(1200).astype(np.float16))
    assert cache.get("another model", keys) == {}
    assert cache.get("model", []) == {}


def test_fingerprints_keep_apart_and_the_last_put_counts(cache: EmbeddingCache) -> None:
    cache.put("a", [_key(1)], _vectors(1))
    cache.put("b", [_key(1)], _vectors(1) + 1)
    cache.put("a", [_key(1)], _vectors(1) + 2)
    np.testing.assert_array_equal(cache.get("a", [_key(1)])[_key(1)], _vectors(1)[0] + 2)
    np.testing.assert_array_equal(cache.get("b", [_key(1)])[_key(1)], _vectors(1)[0] + 1)


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, (3, 4), elements=st.floats(-1, 1, width=32)))
def test_a_vector_put_back_is_the_same_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, vectors: npt.NDArray[np.float32]
) -> None:
    cache = EmbeddingCache(tmp_path_factory.mktemp("cache") / "cache.sqlite")
    keys = [_key(number) for number in range(3)]
    cache.put("model", keys, vectors)
    once = cache.get("model", keys)
    cache.put("model", keys, np.array([once[key] for key in keys]))
    again = cache.get("model", keys)
    assert all(once[key].tobytes() == again[key].tobytes() for key in keys)
    cache.close()


def test_a_number_that_is_not_finite_is_refused(cache: EmbeddingCache) -> None:
    with pytest.raises(ValueError, match="finite"):
        cache.put("model", [_key(1)], np.array([[np.nan, 1]], np.float32))
    assert cache.get("model", [_key(1)]) == {}


def test_a_damaged_vector_counts_as_not_there(cache: EmbeddingCache, tmp_path: Path) -> None:
    cache.put("model", [_key(1), _key(2)], _vectors(2))
    with sqlite3.connect(tmp_path / "cache.sqlite") as connection:
        connection.execute("UPDATE embeddings SET vector = zeroblob(10) WHERE hash = ?", (_key(1),))
    connection.close()
    assert set(cache.get("model", [_key(1), _key(2)])) == {_key(2)}


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 300, None])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "cache.sqlite"
    cache = EmbeddingCache(path)
    cache.put("model", [_key(number) for number in range(2000)], _vectors(2000))
    cache.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    cache = EmbeddingCache(path)
    assert len(cache.get("model", [_key(number) for number in range(2000)])) < 2000
    cache.put("model", [_key(7)], _vectors(1))
    assert set(cache.get("model", [_key(7)])) == {_key(7)}
    cache.close()


@pytest.mark.parametrize(
    "message",
    ["database is locked", "locking protocol", "disk I/O error", "access permission denied", "disk is full"],
)
def test_what_is_no_damage_is_no_reason_to_set_it_aside(message: str) -> None:
    assert not is_damage(sqlite3.OperationalError(message))
    assert is_damage(sqlite3.DatabaseError("database disk image is malformed"))


def test_a_cache_that_another_program_has_open_stays(cache: EmbeddingCache, tmp_path: Path) -> None:
    cache.put("model", [_key(1)], _vectors(1))
    assert cache._connection is not None
    cache._connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(tmp_path / "cache.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(IndexWriteError, match="locked") as caught:
            cache.put("model", [_key(2)], _vectors(1))
        assert "another program" in caught.value.hint
    assert set(cache.get("model", [_key(1), _key(2)])) == {_key(1)}
    assert not (tmp_path / "cache.sqlite.damaged").exists()


def test_files(cache: EmbeddingCache) -> None:
    assert cache.file_states() == {}
    states = {"/a": (1, 2, "x"), "/\udcff.txt": (1 << 40, 1 << 60, "y")}
    cache.remember_files(states)
    assert cache.file_states() == states
    cache.remember_files({"/a": (3, 4, "z")})
    assert cache.file_states()["/a"] == (3, 4, "z")


def test_prune_keeps_what_it_is_told_to(cache: EmbeddingCache) -> None:
    cache.put("old", [_key(1), _key(2)], _vectors(2))
    cache.put("new", [_key(1), _key(2), _key(3)], _vectors(3))
    assert cache.prune([("new", _key(1)), ("new", _key(9))]) == 4
    assert cache.get("old", [_key(1)]) == {}
    assert set(cache.get("new", [_key(1), _key(2), _key(3)])) == {_key(1)}


def test_what_was_put_survives_a_kill(tmp_path: Path) -> None:
    code, _, err = run(
        """
from retriever.index.cache.store import EmbeddingCache
cache = EmbeddingCache(root)
for number in range(50):
    cache.put("model", [number.to_bytes(16, "big")], np.ones((1, 4), np.float32))
os.kill(os.getpid(), signal.SIGKILL)
""".replace("np.", "__import__('numpy')."),
        tmp_path / "cache.sqlite",
    )
    assert code == -9, err
    cache = EmbeddingCache(tmp_path / "cache.sqlite")
    assert len(cache.get("model", [_key(number) for number in range(50)])) == 50
    cache.close()


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(IndexWriteError) as caught:
        EmbeddingCache(tmp_path / "no such folder" / "cache.sqlite")
    assert caught.value.hint


def test_prune_keeps_each_model_its_own(cache: EmbeddingCache) -> None:
    cache.put("old", [_key(1), _key(2)], _vectors(2))
    cache.put("new", [_key(1), _key(2)], _vectors(2))
    assert cache.prune(iter([("old", _key(1)), ("new", _key(2))])) == 2
    assert set(cache.get("old", [_key(1), _key(2)])) == {_key(1)}
    assert set(cache.get("new", [_key(1), _key(2)])) == {_key(2)}


def test_prune_keeps_the_pages_of_files_that_it_is_told_to(cache: EmbeddingCache, tmp_path: Path) -> None:
    cache.put_bytes(PAGES, [_key(number) for number in range(5)], [b'["text"]'] * 4 + [b"[1,[]]"])
    cache.put_bytes(FILE_PAGES, [_key(7), _key(8), _key(9)], [_key(0) + _key(1), _key(1) + _key(2), _key(3)])
    cache.put("model", [_key(1)], _vectors(1))
    cache.close()
    with closing(sqlite3.connect(tmp_path / "cache.sqlite")) as connection, connection:
        connection.execute("UPDATE embeddings SET vector = 3 WHERE hash = ?", (_key(9),))
    assert cache.prune([(FILE_PAGES, _key(7)), (FILE_PAGES, _key(9))]) == 1, "pages are no embeddings"
    # Of what the damaged list named nothing is known; the last one has no text.
    assert set(cache.get_bytes(PAGES, [_key(number) for number in range(5)])) == {_key(0), _key(1), _key(4)}
    assert set(cache.get_bytes(FILE_PAGES, [_key(7), _key(8)])) == {_key(7)}


def test_vacuum_gives_space_back(cache: EmbeddingCache, tmp_path: Path) -> None:
    cache.put("model", [_key(number) for number in range(3000)], _vectors(3000, 100))
    cache.vacuum()
    before = (tmp_path / "cache.sqlite").stat().st_size
    cache.prune([("model", _key(1))])
    cache.vacuum()
    assert (tmp_path / "cache.sqlite").stat().st_size < before / 10
    assert set(cache.get("model", [_key(1), _key(2)])) == {_key(1)}


def _damage(folder: Path, size: int) -> tuple[Path, list[bytes], bytes]:
    """A cache with so many bytes lost in the middle: its path, its keys and its bytes."""
    path, keys = folder / "cache.sqlite", [_key(number) for number in range(3000)]
    with closing(EmbeddingCache(path)) as cache:
        cache.put("model", keys, _vectors(3000, 100))
        cache.vacuum()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + size] = b"\xa5" * size
    path.write_bytes(data)
    return path, keys, bytes(data)


def test_what_is_whole_in_a_damaged_file_is_taken_over(tmp_path: Path) -> None:
    """Pages in the middle are lost; all rows on other pages are kept, and none comes back altered."""
    path, keys, data = _damage(tmp_path, 40_000)
    with closing(EmbeddingCache(path)) as cache:
        cache.rebuild()
        found = cache.get("model", keys)
    assert 2500 < len(found) < 3000
    whole = _vectors(3000, 100).astype(np.float16)
    assert all(np.array_equal(found[key], whole[int.from_bytes(key, "big")]) for key in found)
    assert path.with_name("cache.sqlite.damaged").read_bytes() == data


def test_prune_of_a_damaged_file_drops_nothing_that_is_whole(tmp_path: Path) -> None:
    path, keys, _ = _damage(tmp_path, 4096)
    with closing(EmbeddingCache(path)) as cache:
        assert cache.prune(("model", key) for key in keys) == 0
        assert len(cache.get("model", keys)) > 2900
    assert path.with_name("cache.sqlite.damaged").exists()


def test_the_digest_of_a_closed_cache_finds_every_flip(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with closing(EmbeddingCache(path)) as cache:
        cache.put("model", [_key(1), _key(2)], _vectors(2))
    assert check_cache(path) == ""
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert check_cache(path), at
        path.write_bytes(whole[:at])
        assert check_cache(path), at


def test_a_cache_that_changes_has_no_digest(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with closing(EmbeddingCache(path)), closing(EmbeddingCache(path)) as first:
        first.put("model", [_key(1)], _vectors(1))
        first.close()
        assert not path.with_name("cache.sqlite.digest").exists()
        assert check_cache(path) == ""
    assert path.with_name("cache.sqlite.digest").exists()
    with closing(EmbeddingCache(path)) as again:
        again.put("model", [_key(2)], _vectors(1))
        assert not path.with_name("cache.sqlite.digest").exists()
    assert check_cache(path) == ""


@pytest.mark.parametrize("closed", [True, False])
def test_a_journal_that_there_is_no_room_to_follow_is_no_damage(tmp_path: Path, closed: bool) -> None:
    """What a killed writer left, on a disk that is full: SQLite maps a file beside the journal to follow it."""
    path = tmp_path / "cache.sqlite"
    if closed:
        with closing(EmbeddingCache(path)) as cache:
            cache.put("model", [_key(1)], _vectors(1))
    script = """
import resource
from retriever.index.cache.store import EmbeddingCache
from retriever.index.cache.check import check_cache
from retriever.index.cache.contents import FILE_PAGES, PAGES
import numpy as np

path = root / "cache.sqlite"
if child := os.fork():
    os.waitpid(child, 0)
else:
    EmbeddingCache(path).put("model", [b"2" * 16], np.ones((1, 5), np.float32))
    os._exit(0)
(root / "cache.sqlite-shm").unlink()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
tell(repr(check_cache(path)))
with path.open("r+b") as file:
    file.write(b"?")
tell(bool(check_cache(path)))
"""
    code, out, err = run(script, tmp_path)
    assert (code, out.split()) == (0, ["''", "True"]), err
