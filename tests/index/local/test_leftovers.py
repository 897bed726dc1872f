"""What killed processes leave in the folder of an index is removed by the next writer, whatever else is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from index_corpus import changes, contents, open_index
from index_process import run

from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.index import LocalIndex

KILLED = """
import numpy as np
from retriever.index.cache.store import EmbeddingCache
from retriever.index.files import databases
from retriever import system

def die(*paths):
    os.kill(os.getpid(), signal.SIGKILL)

cache = EmbeddingCache(root / "cache.sqlite")
cache.put("model", [b"k" * 16], np.ones((1, 500), np.float32))
if what == "copy":
    cache.close()
    os.link(root / "cache.sqlite", root.parent / "another name")
    databases.replace_file = die
    cache = EmbeddingCache(root / "cache.sqlite")
system.replace_file = die
cache.close()
"""


@pytest.mark.parametrize("what", ["copy", "digest"])
def test_a_killed_cache(index: LocalIndex, what: str) -> None:
    code, _, err = run(f"what = {what!r}\n{KILLED}", index.path)
    assert code == -9, err
    assert [name for name in os.listdir(index.path) if name.endswith(".tmp")]
    index.commit(changes(["a"]))
    assert not [name for name in os.listdir(index.path) if name.endswith(".tmp")]


def test_what_cannot_be_removed_is_in_nobodys_way(index: LocalIndex, corpus: dict[str, list[str]]) -> None:
    strange = [f"CURRENT.{'0' * 16}.tmp", f"{GENERATIONS}/00000009.json.{'0' * 16}.tmp"]
    for name in strange:
        (index.path / name / "inside").mkdir(parents=True)
    left = [
        f"CURRENT.{'f' * 16}.tmp",
        f"{GENERATIONS}/00000001-00000001-aaaaaaaa.deleted",
        f"{SEGMENTS}/00000001-bbbbbbbb",
    ]
    for name in left:
        (index.path / name).write_text("left behind")
    kept = [
        f"{GENERATIONS}/000000009.json",
        "CURRENT.backup",
        "notes.txt",
        f"{GENERATIONS}/notes.txt",
        f"{SEGMENTS}/notes",
    ]
    for name in kept:
        (index.path / name).write_text("of somebody")
    index.commit(changes(["b"]))
    assert not [name for name in (*strange, *left) if (index.path / name).exists()]
    assert all((index.path / name).exists() for name in kept)
    assert contents(open_index(index.path)) == {key: corpus[key] for key in "ac"}


def test_a_manifest_of_a_damaged_generation_does_not_keep_leftovers_for_ever(index: LocalIndex) -> None:
    left = index.path / f"CURRENT.{'f' * 16}.tmp"
    index.commit(changes(["a"]))
    Path(index.path / GENERATIONS / "00000001.json").write_text("damaged")
    left.write_text("left behind")
    for number in range(4):
        index.commit(changes(additions={f"n{number}": ["tea"]}))
    assert not left.exists()
