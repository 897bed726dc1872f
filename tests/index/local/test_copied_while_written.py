"""An index that is copied while it is written may lack what its CURRENT names; what it has whole is not given up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from index_corpus import build, changes, contents, open_index
from index_process import ask, start

from retriever.errors import IndexCorruptError
from retriever.index.local.entries import GENERATIONS, SEGMENTS
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.repair import examine, repair_files
from retriever.index.local.manifest import CURRENT

# Each generation has one document, in a segment of its own, and the last two are kept.
WRITER = """
from dataclasses import replace
index = open_index(root, replace(SMALL_SEGMENTS, generations=2))
for line in sys.stdin:
    before = sorted(contents(index))
    number = index.snapshot().generation + 1
    tell(index.commit(changes(before, {f"document {number}": ["tea"]})))
"""


@pytest.mark.parametrize(
    ("then", "later", "whole"),
    [
        # CURRENT names what was removed before the manifests were copied.
        (3, 0, 3),
        # Its manifest was copied, but not its segment.
        (1, 1, 1),
        # Only one of the manifests has its segment.
        (2, 1, 2),
    ],
)
def test_a_copy_is_repaired_from_what_it_has_whole(tmp_path: Path, then: int, later: int, whole: int) -> None:
    root, copy = tmp_path / "index", tmp_path / "copy"
    build(root, {"a": ["red"]}).close()
    process = start(WRITER, root)
    ask(process)
    first = int(ask(process))
    copy.mkdir()
    shutil.copyfile(root / CURRENT, copy / CURRENT)
    for _ in range(then):
        ask(process)
    shutil.copytree(root / GENERATIONS, copy / GENERATIONS)
    for _ in range(later):
        ask(process)
    shutil.copytree(root / SEGMENTS, copy / SEGMENTS)
    process.communicate()

    with pytest.raises(IndexCorruptError):
        open_index(copy)
    # Whoever wants to write to it first removes nothing that the repair needs.
    index = LocalIndex.create(copy)
    with pytest.raises(IndexCorruptError):
        index.commit(changes(["a"]))
    with index.writing():
        made = repair_files(copy, examine(copy), lambda _: (), index.require_turn)
    assert made.parent == first + whole
    assert contents(open_index(copy)) == {f"document {first + whole}": ["tea"]}
    assert open_index(copy).verify(deep=True) == []
    assert index.commit(changes(additions={"b": ["sky"]})) == made.generation + 1
