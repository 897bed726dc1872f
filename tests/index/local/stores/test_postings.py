from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.errors import IndexCorruptError, IndexWriteError
from retriever.index.local.stores import links
from retriever.index.local.stores.posting_files import SegmentPostings
from retriever.index.local.stores.postings import LexicalReader, LexicalWriter


def _postings(path: Path, owner: str, base: int) -> SegmentPostings:
    """The postings in a folder, with all its files and rows."""
    rows = sum(part["max_doc"] for part in json.loads((path / "meta.json").read_bytes())["segments"])
    return SegmentPostings(path, tuple(sorted(os.listdir(path))), rows, owner, base)


def _write(path: Path, name: str, passages: Sequence[Collection[str]]) -> Path:
    writer = LexicalWriter(path / name, name)
    for terms in passages:
        writer.add(terms)
    writer.finish()
    return path / name


def test_terms_are_stored_as_they_are(tmp_path: Path) -> None:
    odd = ["Tea", "tea", "汉字", "汉", "c++", "\0", "e\u0301", "\u200b", "😀", "x" * 2000, "AND", "a:b", '"']
    reader = LexicalReader([_postings(_write(tmp_path, "s", [[term] for term in odd]), "s", 0)])
    for row, term in enumerate(odd):
        assert reader.search({term: 1.0}, 5, None).refs.tolist() == [row], term
    assert reader.document_frequency(odd).tolist() == [1] * len(odd)
    assert reader.document_frequency(["TEA", ""]).tolist() == [0, 0]


@pytest.mark.parametrize("term", ["two words", "tab\tbed", "line\n"])
def test_a_term_with_white_space_is_refused(tmp_path: Path, term: str) -> None:
    writer = LexicalWriter(tmp_path / "s", "s")
    with pytest.raises(ValueError, match="white space"):
        writer.add(["fine", term])


def test_a_passage_without_terms_is_there_and_never_found(tmp_path: Path) -> None:
    reader = LexicalReader([_postings(_write(tmp_path, "s", [[], [""], ["tea"]]), "s", 0)])
    assert reader.size == 3
    assert reader.search({"tea": 1.0}, 5, None).refs.tolist() == [2]


def test_opening_changes_nothing_in_the_folder(tmp_path: Path) -> None:
    path = _write(tmp_path, "s", [["tea"]])
    before = sorted((file.name, file.stat().st_mtime_ns) for file in path.iterdir())
    LexicalReader([_postings(path, "s", 0)]).search({"tea": 1.0}, 1, None)
    assert sorted((file.name, file.stat().st_mtime_ns) for file in path.iterdir()) == before


def test_what_a_thread_of_tantivy_writes_late_is_not_among_the_postings(tmp_path: Path) -> None:
    """Its watcher takes a lock at times of its own; the only folder that it knows is gone at the end."""
    writer = LexicalWriter(tmp_path / "s", "s")
    writer.add(["tea"])
    (known,) = tmp_path.iterdir()
    (known / ".tantivy-meta.lock").touch()
    writer.finish()
    assert not known.exists()
    assert [name for name in os.listdir(tmp_path / "s") if name.startswith(".")] == []


def test_segments_are_told_apart_by_their_names(tmp_path: Path) -> None:
    paths = {name: _write(tmp_path, name, [["tea"]] * size) for name, size in (("a", 2), ("b", 3), ("c", 1))}
    segments = [_postings(paths["c"], "c", 0), _postings(paths["a"], "a", 1)]
    reader = LexicalReader([*segments, _postings(paths["b"], "b", 3)])
    assert sorted(reader.refs().tolist()) == list(range(6))
    with pytest.raises(IndexCorruptError, match="another"):
        LexicalReader([*segments, _postings(paths["b"], "not b", 3)])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=12), st.data())
def test_sums_do_not_depend_on_what_lies_beside_a_passage(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], data: st.DataObject
) -> None:
    weights = {f"t{number}": value for number, value in enumerate(values)}
    wanted = data.draw(st.sets(st.sampled_from(sorted(weights)), min_size=1))
    others = data.draw(st.lists(st.sets(st.sampled_from(sorted(weights))), max_size=30))
    folder = tmp_path_factory.mktemp("lexical")
    alone = LexicalReader([_postings(_write(folder, "a", [wanted]), "a", 0)])
    beside = LexicalReader([_postings(_write(folder, "b", [*others, wanted]), "b", 0)])
    only = np.arange(len(others) + 1) == len(others)
    [score] = alone.search(weights, 1, None).scores.tolist()
    [again] = beside.search(weights, 1, only).scores.tolist()
    assert score == again
    assert score == pytest.approx(math.fsum(weights[term] for term in wanted), rel=1e-6, abs=sum(values) * 1e-5)


def test_ties_and_deletions_at_the_edge(tmp_path: Path) -> None:
    """More passages tie than are asked for, most of them deleted, so that the search has to reach further."""
    reader = LexicalReader([_postings(_write(tmp_path, "s", [["tea", f"n{n}"] for n in range(5000)]), "s", 0)])
    live = np.zeros(5000, np.bool_)
    live[[3, 1700, 4999]] = True
    assert sorted(reader.search({"tea": 1.0}, 2, live).refs.tolist()) == [3, 1700, 4999]
    live[:2500] = True
    assert len(reader.search({"tea": 1.0}, 2, live).refs) == 2501
    assert reader.search({"tea": 1.0, "n1700": 0.5}, 1, live).refs.tolist() == [1700]


def test_no_more_room_is_asked_for_than_the_index_can_fill(tmp_path: Path) -> None:
    reader = LexicalReader([_postings(_write(tmp_path, "s", [["tea"]] * 40), "s", 0)])
    searcher, size = reader._searcher, reader.size
    with mock.patch.object(reader, "_searcher", wraps=searcher, num_docs=size) as asked:
        assert len(reader.search({"tea": 1.0}, 1, None).refs) == 40
        assert len(reader.search({"tea": 1.0}, 10**9, None).refs) == 40
    assert [call.args[1] for call in asked.search.call_args_list] == [17, 41, 41]


def test_where_memory_takes_no_links_they_go_where_temporary_files_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path, "s", [["tea"]])
    real = os.symlink

    def full(target: object, link: object) -> None:
        if str(link).startswith(links._SHARED_MEMORY):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(str(target), str(link))

    (tmp_path / "memory").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(links, "_SHARED_MEMORY", str(tmp_path / "memory"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr("os.symlink", full)
    assert LexicalReader([_postings(path, "s", 0)]).search({"tea": 1.0}, 5, None).refs.tolist() == [0]
    assert list((tmp_path / "memory").iterdir()) == list((tmp_path / "temporary").iterdir()) == []


def test_a_disk_that_takes_no_links_is_no_damage_of_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path, "s", [["tea"]])

    def full(target: object, link: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    for call in ("os.symlink", "os.link", "shutil.copyfile"):
        monkeypatch.setattr(call, full)
    with pytest.raises(IndexWriteError, match="No space left"):
        LexicalReader([_postings(path, "s", 0)])
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_term_that_tantivy_would_leave_out_is_refused(tmp_path: Path) -> None:
    """It would be counted, and taken away from the count of passages that have it, of which there are none."""
    writer = LexicalWriter(tmp_path / "s", "s")
    writer.add(["x" * 65_530, "tea"])
    with pytest.raises(ValueError, match="more than 65530 bytes"):
        writer.add(["tea", "é" * 32_766])
    writer.finish()
    reader = LexicalReader([_postings(tmp_path / "s", "s", 0)])
    assert reader.document_frequency(["x" * 65_530, "tea"]).tolist() == [1, 1]
