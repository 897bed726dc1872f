"""One process writes while others read, or want to write, too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from index_corpus import changes, contents, open_index
from index_process import ask, next_line, run, start, tell

from retriever.errors import IndexLockedError, IndexReadError, UsageError
from retriever.index.local.index import LocalIndex
from retriever.index.local.lock import WRITER_LOCK
from retriever.system import LOCKS

READER = """
index = open_index(root)
held = index.snapshot()
for line in sys.stdin:
    now = index.snapshot()
    old = len(held.lexical({"tea": 1.0}, 100).refs)
    new = len(now.lexical({"tea": 1.0}, 100).refs)
    tell(f"{held.generation} {held.passages} {old} {now.generation} {now.passages} {new}")
"""
WRITER = """
index = open_index(root)
with index.writing():
    tell(os.getpid())
    sys.stdin.readline()
"""


def test_a_reader_sees_the_next_generation_and_may_keep_the_old_one(index: LocalIndex) -> None:
    process = start(READER, index.path)
    assert ask(process) == "1 9 3 1 9 3"
    for number in range(5):
        index.commit(changes(["a", "b"], {f"n{number}": ["tea"] * 2}))
        assert ask(process) == f"1 9 3 {number + 2} {4 + 2 * (number + 1)} {1 + 2 * (number + 1)}"
    assert (index.path / "generations" / "00000001.json").exists()
    _, err = process.communicate()
    assert process.returncode == 0, err
    index.commit(changes(["c"]))
    assert not (index.path / "generations" / "00000001.json").exists()


def test_a_second_writer_learns_who_is_in_the_way(index: LocalIndex) -> None:
    process = start(WRITER, index.path)
    holder = next_line(process)
    with pytest.raises(IndexLockedError, match=f"process {holder} ") as caught:
        index.commit(changes(["a"]))
    assert caught.value.hint
    assert index.snapshot().passages == 9
    process.communicate("\n")
    assert index.commit(changes(["a"])) == 2


def test_a_lock_ends_with_its_process(index: LocalIndex) -> None:
    process = start(WRITER, index.path)
    next_line(process)
    process.kill()
    process.communicate()
    assert index.commit(changes(["a"])) == 2


def test_a_second_writer_may_wait(index: LocalIndex) -> None:
    process = start(WRITER, index.path)
    next_line(process)
    tell(process)
    with index.writing(timeout=60):
        assert index.commit(changes(["a"])) == 2
    process.communicate()


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e300, -1.0])
def test_a_time_that_cannot_be_waited_is_refused(index: LocalIndex, seconds: float) -> None:
    with pytest.raises(UsageError, match="cannot wait"), index.writing(timeout=seconds):
        pass


def test_two_indexes_of_one_process_keep_apart_too(index: LocalIndex) -> None:
    other = open_index(index.path)
    with index.writing(), pytest.raises(IndexLockedError, match=f"process {os.getpid()} "):
        other.commit(changes(["a"]))
    assert other.commit(changes(["a"])) == 2
    assert index.commit(changes(["b"])) == 3
    assert set(contents(other)) == {"c"}


def test_an_index_is_made_once_by_two_that_start_together(tmp_path: Path) -> None:
    root = tmp_path / "index"
    script = """
sys.stdin.readline()
index = create(root)
with index.writing(timeout=60):
    index.commit(changes(additions={str(os.getpid()): ["tea"]}))
"""
    processes = [start(script, root) for _ in range(2)]
    for process in processes:
        tell(process)
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert set(contents(open_index(root))) == {str(process.pid) for process in processes}


def test_generations_that_nobody_uses_hold_no_files_open(index: LocalIndex) -> None:
    script = """
index = open_index(root)
for number in range(30):
    index.commit(changes(additions={f"n{number}": ["tea"]}))
    index.snapshot().lexical({"tea": 1.0}, 3)
tell(len(os.listdir("/proc/self/fd")) < 60)
"""
    code, out, err = run(script, index.path)
    assert (code, out.strip()) == (0, "True"), err


def test_a_program_that_locks_a_manifest_makes_nobody_wait_for_ever(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may read the folder of an index may lock its files; and a writer may be stopped at any instant."""
    monkeypatch.setattr("retriever.index.local.lock._PATIENCE", 0.05)
    with (index.path / "generations" / "00000001.json").open() as manifest:
        assert LOCKS.lock(manifest.fileno())
        with pytest.raises(IndexReadError, match="another program has locked it") as caught:
            open_index(index.path)
        assert caught.value.hint
    assert open_index(index.path).snapshot().generation == 1


def test_who_looks_whether_somebody_writes_is_no_writer(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the lock for an instant, and no name: a writer that does not wait would have to be started again."""
    with index.writing():
        pass
    with (index.path / WRITER_LOCK).open() as lock:
        assert LOCKS.lock(lock.fileno())
        monkeypatch.setattr("retriever.index.files.writer.time.sleep", lambda _: LOCKS.unlock(lock.fileno()))
        assert index.commit(changes(["a"])) == 2
        assert LOCKS.lock(lock.fileno())
        monkeypatch.setattr("retriever.index.files.writer.time.sleep", lambda _: None)
        with pytest.raises(IndexLockedError, match="another process"):
            index.commit(changes(["b"]))
