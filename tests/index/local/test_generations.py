"""The generations that are kept: what each changed, who reads them, and going back to one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_corpus import DIMENSION, SMALL_SEGMENTS, build, changes, contents, create, open_index
from index_process import ask, next_line, start

from retriever.errors import IndexCorruptError, IndexLockedError, IndexNotFoundError, UsageError
from retriever.index.local.history import document_changes, list_generations
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.index.local.manifest import Manifest

READER = """
snapshot = open_index(root).snapshot()
tell(snapshot.generation)
sys.stdin.readline()
"""


def _counts(root: Path) -> list[tuple[int, int | None, int | None, int | None]]:
    return [(one.generation, one.added, one.changed, one.removed) for one in list_generations(root)]


def test_what_each_generation_changed(index: LocalIndex) -> None:
    root = index.path
    index.commit(changes(["a"], {"b": ["tea leaves", "blue"], "n": ["roof"], "m": ["sky"]}))
    index.commit(changes(additions={"o": ["lead"]}))
    assert _counts(root) == [(3, 1, 0, 0), (2, 2, 1, 1), (1, None, None, None)]
    newest, middle, oldest = list_generations(root)
    assert (newest.documents, newest.passages, newest.parent) == (5, 9, 2)
    assert [one.current for one in (newest, middle, oldest)] == [True, False, False]
    assert newest.created >= middle.created >= oldest.created > "2020"
    assert json.loads(json.dumps(newest.to_dict()))["added"] == 1


@settings(max_examples=25)
@given(st.lists(st.dictionaries(st.sampled_from("pqrs"), st.integers(0, 3), max_size=4), min_size=2, max_size=4))
def test_the_changes_are_those_between_the_contents(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, int]]
) -> None:
    """The oracle compares dictionaries; segments of few passages are merged on the way."""
    index = create(tmp_path_factory.mktemp("index"), replace(SMALL_SEGMENTS, generations=99))
    texts = [{key: [f"text {version}"] * 3 for key, version in state.items()} for state in states]
    before: dict[str, list[str]] = {}
    expected: dict[int, tuple[int, int, int]] = {}
    for state in texts:
        different = {key: value for key, value in state.items() if before.get(key) != value}
        number = index.commit(changes(set(before) - set(state), different))
        changed = len(different.keys() & before.keys())
        expected.setdefault(number, (len(different) - changed, changed, len(before.keys() - state.keys())))
        before = state
    found = {one.generation: (one.added, one.changed, one.removed) for one in list_generations(index.path)}
    assert {number: found[number] for number in expected if number} == {
        number: counts for number, counts in expected.items() if number
    }


def test_who_reads_is_shown(index: LocalIndex) -> None:
    index.commit(changes(["a"]))
    process = start(READER, index.path)
    assert next_line(process) == "2"
    index.commit(changes(["b"]))
    index.close()
    assert [one.held for one in list_generations(index.path)] == [False, True, False]
    ask(process)
    process.communicate()
    assert [one.held for one in list_generations(index.path)] == [False, False, False]


def test_going_back_is_a_new_generation(index: LocalIndex, corpus: dict[str, list[str]]) -> None:
    index.commit(changes(["a"], {"b": ["blue"]}))
    between = contents(index)
    query = np.ones(DIMENSION, np.float32)
    made = index.rollback()
    assert (made.generation, made.parent, made.current) == (3, 1, True)
    assert (made.added, made.changed, made.removed) == (1, 1, 0)
    assert contents(index) == corpus
    assert index.verify(deep=True) == []
    fresh = build(index.path.with_name("fresh"), corpus).snapshot()
    assert index.snapshot().dense(query, 20).scores.tolist() == fresh.dense(query, 20).scores.tolist()
    assert index.rollback(2).generation == 4
    assert contents(index) == between
    index.commit(changes(additions={"n": ["tea"]}))
    assert contents(index) == {**between, "n": ["tea"]}
    assert _counts(index.path)[0] == (5, 1, 0, 0)


def test_readers_move_forward_only(index: LocalIndex) -> None:
    reader = open_index(index.path)
    index.commit(changes(["a"]))
    assert reader.snapshot().generation == 2
    index.rollback()
    assert reader.snapshot().generation == 3
    assert contents(reader).keys() == {"a", "b", "c"}


@pytest.mark.parametrize(("wanted", "message"), [(7, "keeps no generation 7"), (2, "is already the newest")])
def test_a_generation_that_is_not_there_is_refused(index: LocalIndex, wanted: int, message: str) -> None:
    index.commit(changes(["a"]))
    with pytest.raises(UsageError, match=message):
        index.rollback(wanted)
    assert index.snapshot().generation == 2


def test_nothing_to_go_back_to(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"before the newest$") as caught:
        build(tmp_path / "index", {"a": ["tea"]}).rollback()
    assert "retriever history" in caught.value.hint
    emptied = open_index(tmp_path / "index").rollback(0)
    assert (emptied.generation, emptied.documents, emptied.removed) == (2, 0, 1)
    assert open_index(tmp_path / "index").rollback().documents == 1
    with pytest.raises(IndexNotFoundError):
        list_generations(tmp_path / "nowhere")


def test_a_damaged_generation_is_not_gone_back_to(index: LocalIndex) -> None:
    """Its first segment is shared with the newest; its own damage must not become the newest's."""
    index.commit(changes(["a", "b", "c"], {"n": ["tea"]}))
    index.close()
    [old] = [path for path in index.path.rglob("dense.faiss") if path.parent.name.startswith("00000001-")]
    data = bytearray(old.read_bytes())
    data[-3] ^= 8
    old.write_bytes(data)
    with pytest.raises(IndexCorruptError, match="checksum"):
        index.rollback()
    assert contents(index) == {"n": ["tea"]}


def test_history_of_damaged_generations(index: LocalIndex) -> None:
    index.commit(changes(["a"]))
    index.commit(changes(["b"]))
    (index.path / "generations" / "00000002.json").write_bytes(b"{")
    third, second, first = list_generations(index.path)
    assert "damaged" in second.problem
    assert (third.added, third.problem, first.problem) == (None, "", "")


def test_a_generation_stays_while_the_next_is_compared_with_it(index: LocalIndex) -> None:
    """A writer that keeps few generations may collect at any instant."""
    index.commit(changes(additions={"b": ["tea leaves"]}))
    index.commit(changes(additions={"b": ["tea"]}))

    def collect_then_compare(root: Path, before: Manifest, after: Manifest) -> tuple[int, int, int, int]:
        with create(index.path, Limits(generations=1)).writing():
            return document_changes(root, before, after)

    index.close()
    with mock.patch("retriever.index.local.history.document_changes", collect_then_compare):
        found = list_generations(index.path)
    assert (found[0].generation, found[0].changed, found[0].problem) == (3, 1, "")


def test_only_one_writer_goes_back(index: LocalIndex) -> None:
    index.commit(changes(["a"]))
    other = open_index(index.path)
    with other.writing(), pytest.raises(IndexLockedError, match=r"process \d+"):
        index.rollback()


def test_what_a_held_generation_needs_stays_though_its_manifest_is_damaged(tmp_path: Path) -> None:
    index = create(tmp_path / "index", Limits(generations=1))
    index.commit(changes(additions={"a": ["tea"]}))
    reader = open_index(index.path)
    held = reader.snapshot()
    [segment] = (index.path / "segments").iterdir()
    index.commit(changes(["a"], {"b": ["sky"]}))
    (index.path / "generations" / "00000001.json").write_bytes(b"{")
    index.commit(changes(["b"], {"d": ["lead"]}))
    assert segment.is_dir()
    del held
    reader.close()
    index.commit(changes(["d"], {"c": ["red"]}))
    assert not segment.exists()
