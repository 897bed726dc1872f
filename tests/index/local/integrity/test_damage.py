"""Damage to an index: every flip and truncation is found, and opening or searching says what is wrong."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from index_corpus import DIMENSION, LARGE_INDEX, build, changes, contents, open_index, refs_of
from index_process import run

from retriever.errors import IndexCorruptError, IndexNotFoundError, IndexVersionError, IndexWriteError, StorageError
from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.files.durable import digest_bytes
from retriever.index.local.entries import FileEntry
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.verify import verify
from retriever.index.local.limits import DEFAULT_LIMITS, Limits
from retriever.index.local.manifest import Pointer, read_manifest, write_manifest
from retriever.index.local.tombstones import Tombstones


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, corpus: dict[str, list[str]]) -> Path:
    """An index with two segments and tombstones, and only one generation on disk."""
    root = tmp_path_factory.mktemp("whole") / "index"
    index = LocalIndex.create(root, limits=Limits(generations=1))
    index.commit(changes(additions=corpus))
    index.commit(changes(["b"], {"d": ["roof", "tea"]}))
    index.close()
    del index
    with LocalIndex.create(root, limits=Limits(generations=1)).writing():
        pass
    return root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """That index, to be damaged."""
    return shutil.copytree(whole, tmp_path / "index")


def _files(root: Path) -> list[Path]:
    """Every file that has bytes to lose and belongs to the index proper."""
    return sorted(path for path in root.rglob("*") if path.is_file() and path.name != "writer.lock")


def _use(root: Path, limits: Limits = DEFAULT_LIMITS) -> None:
    snapshot = open_index(root, limits).snapshot()
    snapshot.dense(np.ones(DIMENSION, np.float32), 5)
    snapshot.lexical({"tea": 1.0}, 5)
    snapshot.term_statistics(["tea"])
    assert snapshot.languages
    snapshot.fetch(refs_of(snapshot), vectors=True)


def test_the_fixture_has_every_kind_of_file(root: Path) -> None:
    names = {path.suffix or path.name for path in _files(root)}
    assert names >= {"CURRENT", ".json", ".deleted", ".sqlite", ".faiss", ".npy", ".npz", ".term", ".idx", ".fast"}
    assert len(list((root / "generations").glob("*.json"))) == 1


def test_flips_and_truncations_are_found(root: Path, tmp_path: Path) -> None:
    chance = random.Random(5)
    for path in _files(root):
        whole = path.read_bytes()
        for _ in range(4):
            at = chance.randrange(len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
            for damaged in (flipped, whole[:at], whole + b"\0"):
                path.write_bytes(damaged)
                assert _noticed(root), (path, at)
                with pytest.raises(StorageError) as caught:
                    _use(root)
                assert caught.value.hint
        path.unlink()
        assert _noticed(root), path
        with pytest.raises(StorageError):
            _use(root)
        path.write_bytes(whole)
    assert verify(root, deep=True) == []
    _use(root)


def _noticed(root: Path) -> bool:
    try:
        return bool(verify(root, deep=True))
    except IndexVersionError:
        # One flip makes the format's number another.
        return True


@pytest.mark.parametrize("name", ["passages.sqlite", "dense.faiss", "ids.npy", "languages.npz", "meta.json"])
def test_damage_past_the_checksums_is_a_clear_error(root: Path, name: str) -> None:
    """A large index is opened without comparing checksums: then the parts themselves have to notice."""
    for path in root.rglob(name):
        path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(IndexCorruptError) as caught:
        _use(root, LARGE_INDEX)
    assert "--rebuild" in caught.value.hint


def test_fast_verification_compares_sizes_only(root: Path) -> None:
    path = next(root.rglob("dense.faiss"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert [problem.where for problem in verify(root, deep=False)] == [path.relative_to(root).as_posix()]
    path.write_bytes(whole[:-1] + b"\x7f")
    assert verify(root, deep=False) == []
    assert [problem.where for problem in verify(root, deep=True)] == [path.relative_to(root).as_posix()]


def test_parts_that_contradict_each_other_are_found(root: Path) -> None:
    """Checksums that are right do not make an index whole: here one segment's vectors stand in for another's."""
    [first, second] = sorted((root / "segments").iterdir())
    _swap_in(root, first, second, "dense.faiss")
    assert any("vectors" in problem.message for problem in verify(root, deep=True))


def test_postings_of_another_segment_are_found(root: Path) -> None:
    [first, second] = sorted((root / "segments").iterdir())
    _swap_in(root, first, second, "ids.npy")
    assert any("id" in problem.message for problem in verify(root, deep=True))


def test_sums_by_language_of_another_segment_are_found(root: Path) -> None:
    [first, second] = sorted((root / "segments").iterdir())
    _swap_in(root, first, second, "languages.npz")
    assert ["sums by language" in problem.message for problem in verify(root, deep=True)] == [True]


def test_sums_by_language_of_other_deletions_are_found(root: Path) -> None:
    [path] = (root / "generations").glob("*.deleted")
    old = Tombstones.read(path, 1000, 1000)
    assert old.languages is not None
    wrong = {code: replace(one, vectors=one.vectors + 1) for code, one in old.languages.items()}
    path.write_bytes(old.add([], [], Counter(), wrong).to_bytes())
    _name_again(root, path)
    assert ["of the deleted passages" in problem.message for problem in verify(root, deep=True)] == [True]


def _swap_in(root: Path, source: Path, target: Path, name: str) -> None:
    """Put a segment's file in another's place and adjust the manifest and CURRENT to it."""
    (target / name).write_bytes((source / name).read_bytes())
    _name_again(root, target / name)


def _name_again(root: Path, path: Path) -> None:
    """Adjust the manifest and CURRENT to a file that was altered."""
    data = path.read_bytes()
    entry = FileEntry(path.relative_to(root).as_posix(), len(data), digest_bytes(data))

    def adjusted(file: FileEntry) -> FileEntry:
        return entry if file.path == entry.path else file

    manifest = read_manifest(root, Pointer.read(root).generation)
    segments = tuple(
        replace(
            one,
            files=tuple(map(adjusted, one.files)),
            tombstones=None if one.tombstones is None else adjusted(one.tombstones),
        )
        for one in manifest.segments
    )
    pointer = write_manifest(root, replace(manifest, segments=segments))
    (root / "CURRENT").write_bytes(pointer.to_bytes())


@pytest.mark.parametrize("part", ["CURRENT", "generations", "segments", "passages.sqlite"])
def test_a_damaged_index_is_built_anew(root: Path, part: str) -> None:
    for path in [root / part] if (root / part).exists() else list(root.rglob(part)):
        shutil.rmtree(path) if path.is_dir() else path.write_bytes(b"")
    index = LocalIndex.create(root)
    with pytest.raises(StorageError):
        index.snapshot()
    index.commit(changes(additions={"new": ["tea"]}), replace=True)
    assert contents(index) == {"new": ["tea"]}
    # What is left of the damaged generation can be dropped, and then nothing is wrong.
    assert all("retriever compact" in problem.hint for problem in index.verify(deep=True))
    with LocalIndex.create(root, limits=Limits(generations=1)).writing():
        assert index.verify(deep=True) == []


def test_damage_to_an_older_generation_is_found(index: LocalIndex) -> None:
    index.commit(changes(["a", "b", "c"], {"n": ["tea"]}))
    [old] = [path for path in index.path.rglob("ids.npy") if path.parent.name.startswith("00000001-")]
    data = bytearray(old.read_bytes())
    data[-1] ^= 1
    old.write_bytes(data)
    [problem] = index.verify(deep=True)
    assert problem.where == old.relative_to(index.path).as_posix()
    assert "retriever compact" in problem.hint
    assert index.verify(deep=False) == []


def test_damage_to_the_cache_is_found(index: LocalIndex) -> None:
    path = index.path / CACHE
    with closing(EmbeddingCache(path)) as cache:
        cache.put("model", [b"k" * 16], np.ones((1, 500), np.float32))
    whole = path.read_bytes()
    at = whole.index(b"k" * 16) + 40
    path.write_bytes(whole[:at] + b"\x11" + whole[at + 1 :])
    [problem] = index.verify(deep=True)
    assert (problem.where, "checksum" in problem.message) == ("cache.sqlite", True)
    path.write_bytes(whole[:-5000])
    assert [problem.where for problem in index.verify(deep=True)] == ["cache.sqlite"]
    names = {item.name for item in index.path.iterdir() if "cache" in item.name}
    assert names == {"cache.sqlite", "cache.sqlite.digest"}


def test_what_is_no_index_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="there is no index at") as caught:
        open_index(tmp_path / "nowhere")
    assert "retriever index" in caught.value.hint
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for name in ("file", "folder"):
        with pytest.raises(IndexNotFoundError, match="is not an index") as caught:
            open_index(tmp_path / name)
        assert ("--index" in caught.value.hint) == (name == "folder")
        with pytest.raises(IndexNotFoundError):
            verify(tmp_path / name, deep=False)


def test_a_folder_of_other_things_is_not_made_an_index(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(IndexWriteError, match=r"thesis\.txt"):
        LocalIndex.create(tmp_path)
    assert os.listdir(tmp_path) == ["thesis.txt"]
    with pytest.raises(IndexWriteError):
        LocalIndex.create(tmp_path / "thesis.txt")


def test_a_newer_format_is_refused(root: Path) -> None:
    current = json.loads((root / "CURRENT").read_bytes())
    current["format"] += 1
    (root / "CURRENT").write_text(json.dumps(current))
    with pytest.raises(IndexVersionError) as caught:
        open_index(root)
    assert "upgrade" in caught.value.hint
    index = LocalIndex.create(root)
    with pytest.raises(IndexVersionError):
        index.commit(changes(), replace=True)


def test_an_index_may_be_copied_and_moved(root: Path, tmp_path: Path) -> None:
    expected = contents(open_index(root))
    shutil.copytree(root, tmp_path / "copy with spaces and 汉字 %20?#")
    root.rename(tmp_path / "moved")
    for path in (tmp_path / "copy with spaces and 汉字 %20?#", tmp_path / "moved"):
        index = open_index(path)
        assert contents(index) == expected
        assert len(index.snapshot().lexical({"tea": 1.0}, 9).refs) == 3
        assert index.verify(deep=True) == []
        index.commit(changes(["a"]))
    assert build(root, {"x": ["tea"]}).snapshot().passages == 1


def test_flips_that_no_checksum_finds_end_in_an_error_or_the_right_answer(root: Path) -> None:
    """A large index answers before its checksums are compared: in a process of its own, which must not crash."""
    code, out, err = run(
        """
import random
import numpy as np
from retriever.errors import StorageError

def answers():
    index = open_index(root, LARGE_INDEX)
    snapshot = index.snapshot()
    counts = snapshot.term_statistics(["tea", "roof"]).document_frequency
    weights = {term: 1.0 / (1 + count) for term, count in counts.items()}
    found = [snapshot.dense(np.ones(DIMENSION, np.float32), 5), snapshot.lexical(weights, 5)]
    texts = [[stored.passage.text for stored in snapshot.fetch(one.refs.tolist())] for one in found]
    told = sums(snapshot)
    index._audit.wait()
    index.snapshot()
    return texts, told

expected = answers()
chance = random.Random(3)
files = sorted(path for path in (root / "segments").rglob("*") if path.is_file())
refused = 0
for number in range(120):
    path = files[number % len(files)]
    whole = path.read_bytes()
    at = chance.randrange(len(whole))
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
    try:
        answers()
    except StorageError as error:
        refused += bool(error.hint)
    path.write_bytes(whole)
assert answers() == expected
tell(refused)
""",
        root,
    )
    assert code == 0, err
    assert out.split() == ["120"]
