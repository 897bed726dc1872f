"""Who can read an index: its user alone, or those whom its folder was opened to, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from index_corpus import addition, build

from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.maintenance import compact_index, export_index


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=["umask 000", "umask 022", "umask 077"], autouse=True)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture(params=["jsonl", "parquet"])
def form(request: pytest.FixtureRequest) -> str:
    if request.param == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow, which reads and writes Parquet, is not installed")
    return str(request.param)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def modes(root: Path) -> dict[bool, set[int]]:
    """The permissions of all folders (True) and of all files of an index."""
    found: dict[bool, set[int]] = {True: {mode(root)}, False: set()}
    for path in root.rglob("*"):
        found[path.is_dir()].add(mode(path))
    return found


def write_more(root: Path) -> None:
    """A commit with deletions, entries of the cache, and a compaction."""
    index = LocalIndex.open(root)
    settings = index.last_settings()
    index.commit(Changes(["a"], [addition("d", ["more tea"])], settings))
    index.close()
    cache = EmbeddingCache(root / CACHE)
    cache.put("model", [b"1"], np.ones((1, 8), np.float32))
    assert modes(root)[False] >= {mode(root / CACHE)}  # Its journal is there while it is open.
    cache.close()
    compact_index(root)


def test_a_umask_that_takes_everything_leaves_its_user_the_index(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    os.umask(0o777)
    build(tmp_path / "index", corpus).close()
    write_more(tmp_path / "index")
    assert modes(tmp_path / "index") == {True: {0o700}, False: {0o600}}


def test_a_new_index_is_its_users_own(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    build(tmp_path / "index", corpus).close()
    assert modes(tmp_path / "index") == {True: {0o700}, False: {0o600}}
    write_more(tmp_path / "index")
    assert modes(tmp_path / "index") == {True: {0o700}, False: {0o600}}


def test_an_open_cache_is_its_users_own(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    root = tmp_path / "index"
    build(root, corpus).close()
    cache = EmbeddingCache(root / CACHE)
    cache.put("model", [b"1"], np.ones((1, 8), np.float32))
    assert (root / f"{CACHE}-wal").exists()
    assert modes(root) == {True: {0o700}, False: {0o600}}
    cache.close()


@pytest.mark.parametrize(("folders", "files"), [(0o750, 0o640), (0o770, 0o660), (0o755, 0o644)])
def test_a_shared_index_stays_shared(tmp_path: Path, corpus: dict[str, list[str]], folders: int, files: int) -> None:
    root = tmp_path / "index"
    build(root, corpus).close()
    for path in [root, *root.rglob("*")]:
        path.chmod(folders if path.is_dir() else files)
    write_more(root)
    assert modes(root) == {True: {folders}, False: {files}}


def test_an_index_takes_the_permissions_of_an_existing_folder(tmp_path: Path, corpus: dict[str, list[str]]) -> None:
    root = tmp_path / "index"
    root.mkdir()
    root.chmod(0o750)
    build(root, corpus).close()
    assert modes(root) == {True: {0o750}, False: {0o640}}


def test_an_export_is_its_users_own(tmp_path: Path, corpus: dict[str, list[str]], form: str) -> None:
    build(tmp_path / "index", corpus).close()
    file = tmp_path / f"export.{form}"
    export_index(tmp_path / "index", file)
    assert mode(file) == 0o600
    file.chmod(0o640)
    export_index(tmp_path / "index", file, overwrite=True)
    assert mode(file) == 0o640
