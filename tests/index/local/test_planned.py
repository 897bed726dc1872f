"""An index that is made when it is first written to: what others see and do meanwhile."""

from __future__ import annotations

from index_corpus import analyze, changes, contents, open_index

from retriever.index.local import index as index_module
from retriever.index.local.index import LocalIndex


def test_it_is_empty_until_it_is_made_whole(tmp_path, monkeypatch):
    index = LocalIndex.plan(tmp_path / "index", analyze=analyze)
    real = index_module.write_manifest
    seen = []

    def looked_at(root, manifest):
        seen.append(index.snapshot().generation)
        pointer = real(root, manifest)
        seen.append(index.snapshot().generation)
        return pointer

    assert not index.path.exists()
    monkeypatch.setattr(index_module, "write_manifest", looked_at)
    assert index.commit(changes(additions={"a": ["tea"]})) == 1
    assert seen == [0, 0]
    assert contents(index) == {"a": ["tea"]}


def test_another_may_have_made_it_meanwhile(tmp_path):
    first, second = (LocalIndex.plan(tmp_path / "index", analyze=analyze) for _ in range(2))
    assert first.commit(changes(additions={"a": ["tea"]})) == 1
    assert second.snapshot().generation == 1
    assert second.commit(changes(additions={"b": ["sky"]})) == 2
    assert contents(open_index(tmp_path / "index")) == {"a": ["tea"], "b": ["sky"]}
