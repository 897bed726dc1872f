"""An index that is made when it is first written to: what others see and do meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from index_corpus import changes, contents, open_index

from retriever.index.local import index as index_module
from retriever.index.local.index import LocalIndex
from retriever.index.local.manifest import Manifest, Pointer


def test_it_is_empty_until_it_is_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = LocalIndex.plan(tmp_path / "index")
    real = index_module.write_manifest
    seen: list[int] = []

    def looked_at(root: Path, manifest: Manifest) -> Pointer:
        seen.append(index.snapshot().generation)
        pointer = real(root, manifest)
        seen.append(index.snapshot().generation)
        return pointer

    assert not index.path.exists()
    monkeypatch.setattr(index_module, "write_manifest", looked_at)
    assert index.commit(changes(additions={"a": ["tea"]})) == 1
    assert seen == [0, 0]
    assert contents(index) == {"a": ["tea"]}


def test_another_may_have_made_it_meanwhile(tmp_path: Path) -> None:
    first, second = (LocalIndex.plan(tmp_path / "index") for _ in range(2))
    assert first.commit(changes(additions={"a": ["tea"]})) == 1
    assert second.snapshot().generation == 1
    assert second.commit(changes(additions={"b": ["sky"]})) == 2
    assert contents(open_index(tmp_path / "index")) == {"a": ["tea"], "b": ["sky"]}
