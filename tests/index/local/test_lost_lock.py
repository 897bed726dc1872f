"""A writer whose lock was removed, or whose folder was replaced, learns so and breaks nothing of the other writer's."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from index_corpus import SETTINGS, addition, build, changes, contents, open_index
from index_process import ask, next_line, start

from retriever.errors import IndexLockedError
from retriever.index.files import durable
from retriever.index.interface import Addition, Changes
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.repair import examine, repair_files
from retriever.index.local.lock import WRITER_LOCK
from retriever.index.local.manifest import CURRENT

OTHER = """
sys.stdin.readline()
index = open_index(root, SMALL_SEGMENTS)

def stream():
    yield addition("other", ["tea"] * 4)
    tell("written a segment")
    sys.stdin.readline()
    yield addition("more", ["sky"])

tell(index.commit(Changes(["b"], stream(), SETTINGS)))
"""
WRITER = """
index = open_index(root)
with index.writing():
    tell("writing")
    sys.stdin.readline()
"""


def _repair(index: LocalIndex) -> None:
    (index.path / CURRENT).write_bytes(b"damaged")
    with index.writing():
        repair_files(index.path, examine(index.path), lambda _: (), index.require_turn)


WRITES: dict[str, Callable[[LocalIndex], object]] = {
    "commit": lambda index: index.commit(changes(["a"], {"c": ["tea and sky"]})),
    "compact": lambda index: index.compact(),
    "rollback": lambda index: index.rollback(),
    "repair": _repair,
}


def test_two_writers_at_once_lose_nothing_of_the_one_with_the_lock(index: LocalIndex) -> None:
    found = contents(index)

    def stream() -> Iterator[Addition]:
        yield addition("lost", ["green tea"])
        (index.path / WRITER_LOCK).unlink()
        assert ask(process) == "written a segment"

    # Both delete from one segment, in a file that has the same name.
    process = start(OTHER, index.path)
    with pytest.raises(IndexLockedError, match=f"{WRITER_LOCK} was removed or replaced") as caught:
        index.commit(Changes(["b"], stream(), SETTINGS))
    assert caught.value.hint
    assert contents(index) == found
    assert ask(process) == "2"
    assert contents(index) == {**{key: found[key] for key in "ac"}, "other": ["tea"] * 4, "more": ["sky"]}
    assert index.verify(deep=True) == []
    process.communicate()


@pytest.mark.parametrize("write", WRITES)
def test_a_folder_that_was_replaced_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    whole, fresh = tmp_path / "whole", tmp_path / "fresh"
    built = build(whole, {"a": ["tea"], "b": ["sky"]})
    built.commit(changes(["b"], {"d": ["lead"]}))
    built.close()
    build(fresh, {"new": ["green"]}).close()
    for name in _checkpoints(WRITES[write], shutil.copytree(whole, tmp_path / "undisturbed"), monkeypatch):
        root = shutil.copytree(whole, tmp_path / "index")

        def replace(now: str, name: str = name, root: Path = root) -> None:
            if now == name and not (tmp_path / "moved").exists():
                root.rename(tmp_path / "moved")
                shutil.copytree(fresh, root)

        monkeypatch.setattr(durable, "checkpoint", replace)
        with pytest.raises(IndexLockedError, match="the right to write"):
            WRITES[write](open_index(root))
        assert contents(open_index(root)) == {"new": ["green"]}
        assert open_index(root).verify(deep=True) == []
        assert {path.name for path in (root / "segments").iterdir()} == {
            path.name for path in (fresh / "segments").iterdir()
        }
        shutil.rmtree(root)
        shutil.rmtree(tmp_path / "moved")


def _checkpoints(write: Callable[[LocalIndex], object], root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The marked instants of a write up to the one that makes it the newest."""
    names: list[str] = []
    monkeypatch.setattr(durable, "checkpoint", names.append)
    write(open_index(root))
    begun = next(number for number, name in enumerate(names) if not name.startswith("garbage"))
    return list(dict.fromkeys(names[begun : names.index("manifest:durable") + 1]))


def test_one_who_waits_for_a_lock_that_is_removed_takes_the_next(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(WRITER, index.path)
    assert next_line(process) == "writing"

    def end_the_other(_: float) -> None:
        (index.path / WRITER_LOCK).unlink()
        process.communicate("\n")

    # While it waits for the next look at the lock, which is not the one in the folder any more.
    monkeypatch.setattr("retriever.index.files.writer.time.sleep", end_the_other)
    with index.writing(timeout=60), pytest.raises(IndexLockedError, match="being written"):
        open_index(index.path).commit(changes(["a"]))
    assert index.commit(changes(["a"])) == 2
