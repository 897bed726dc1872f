"""Many threads and few files that may be open: an index that is whole is never called damaged."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from index_corpus import open_index
from index_process import run

from retriever.errors import IndexCorruptError, IndexReadError
from retriever.index.files.read_errors import classify_read_error
from retriever.index.local.index import LocalIndex
from retriever.index.local.stores.passages import PassageReader


def test_threads_that_have_asked_leave_few_files_open(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    [view] = index.snapshot().views
    store = PassageReader(view.segment.passages.path, view.segment.rows)
    together = threading.Barrier(16)
    real = store._connect

    def connect() -> sqlite3.Connection:
        # Each thread has a connection of its own before the first asks.
        connection = real()
        together.wait()
        return connection

    monkeypatch.setattr(store, "_connect", connect)
    before = len(os.listdir("/proc/self/fd"))
    threads = [threading.Thread(target=store.languages) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < len(os.listdir("/proc/self/fd")) - before <= 4


def test_too_many_open_files_are_no_reason_to_build_anew(index: LocalIndex) -> None:
    """Whichever file it is that cannot be opened."""
    code, out, err = run(
        """
import resource
import numpy as np
from retriever.errors import IndexReadError
asked = {
    "CURRENT": lambda snapshot: open_index(root),
    "passages.sqlite": lambda snapshot: snapshot.fetch([0]),
    "languages.npz": lambda snapshot: snapshot.statistics(),
    "dense.faiss": lambda snapshot: snapshot.views[0].segment.dense,
    "ids.npy": lambda snapshot: snapshot.dense(np.ones(DIMENSION, np.float32), 5),
    "segments": lambda snapshot: snapshot.lexical({"tea": 1.0}, 5),
}
for ask in asked.values():
    ask(open_index(root).snapshot())  # What is imported opens files, too.
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
for name, ask in asked.items():
    snapshot = open_index(root).snapshot()
    if name == "ids.npy":
        snapshot.views[0].segment.dense
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        ask(snapshot)
    except IndexReadError as error:
        tell(f"{name in str(error)} {'ulimit -n' in error.hint} {error}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
""",
        index.path,
    )
    assert code == 0, err
    assert [line.split()[:2] for line in out.splitlines()] == [["True", "True"]] * 6, out


def test_a_folder_in_the_place_of_a_file_is_damage(index: LocalIndex) -> None:
    [path] = index.path.rglob("dense.faiss")
    path.unlink()
    path.mkdir()
    with pytest.raises(IndexCorruptError) as caught:
        open_index(index.path).snapshot()
    assert "retriever repair" in caught.value.hint


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_what_the_system_refuses_is_told_from_damage(tmp_path: Path, code: int) -> None:
    """By its number, or, from a library that hides it, by its words."""
    words = f"could not open {tmp_path}/x for reading: {os.strerror(code)}"
    for error in (OSError(code, os.strerror(code)), RuntimeError(words)):
        found = classify_read_error(tmp_path / "x", error, "is broken")
        assert isinstance(found, IndexReadError)
        assert os.strerror(code) in str(found)
        assert found.hint
        assert "--rebuild" not in found.hint
    assert isinstance(classify_read_error(tmp_path / "x", RuntimeError("bad header"), "is broken"), IndexCorruptError)


def test_a_loop_of_links_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(IndexReadError) as error, open_index(tmp_path / "a").reading():
        pass
    assert "leads back to itself" in error.value.hint


def test_a_write_with_too_few_files_says_so(index: LocalIndex) -> None:
    """Whichever library it is that cannot open one, in whatever words it says so, or in none."""
    code, out, err = run(
        """
import resource
import numpy as np
from retriever.errors import StorageError
from retriever.index.cache.store import EmbeddingCache

def write(name):
    open_index(root).commit(changes(["b"], {name: ["tea"]}))

def cache(name):
    store = EmbeddingCache(root / "cache.sqlite")
    store.put("model", [name.encode()], np.ones((1, 8), np.float32))
    store.close()

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
for use in (write, cache):
    use("first")  # What is imported opens files, too.
    used = len(os.listdir("/proc/self/fd"))
    for limit in range(used - 1, used + 16):
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        try:
            use(f"n{limit}")
        except StorageError as error:
            tell(f"{'ulimit -n' in error.hint} {use.__name__} {limit} {error}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
assert open_index(root).verify(deep=True) == []
""",
        index.path,
    )
    assert code == 0, err
    told = out.splitlines()
    assert [line for line in told if not line.startswith("True")] == []
    assert {line.split()[1] for line in told} == {"write", "cache"}
