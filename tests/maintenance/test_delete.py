"""Deletion removes what the engine wrote, all of it and nothing else."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, sync_index, write

from retriever import delete_index
from retriever.errors import IndexLockedError, IndexNotFoundError, UsageError
from retriever.index.local.index import LocalIndex


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Every entry below a folder: the bytes of files, the targets of links."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else (path.read_bytes() if path.is_file() else "")
        for path in sorted(folder.rglob("*"))
        if path.name != "writer.lock"
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents, and an index of several generations with deletions, token vectors and a cache."""
    folder = tmp_path_factory.mktemp("made")
    docs = write(folder / "docs", {"a.txt": "The heron stands in the pond.", "b.txt": "The lamp burns at dusk."})
    index = create_index(folder / "index", FakeEncoder(), docs)
    (docs / "a.txt").write_text("The heron has left.")
    sync_index(index, FakeEncoder(), docs)
    sync_index(index, FakeEncoder(), docs, rebuild=True, token_vectors=True)
    index.close()
    return folder


@pytest.fixture
def index(tmp_path: Path, made: Path) -> Path:
    return shutil.copytree(made, tmp_path, dirs_exist_ok=True) / "index"


def test_an_index_is_deleted_with_its_folder_and_its_documents_stay(index: Path, tmp_path: Path) -> None:
    size = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
    count = sum(path.is_file() for path in index.rglob("*"))
    report = delete_index(index)
    assert (report.index, report.files) == (str(index), count)
    # The lock names its holder while it is held.
    assert 0 <= report.bytes - size < 500
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs"]
    assert len(list((tmp_path / "docs").iterdir())) == 2
    with pytest.raises(IndexNotFoundError):
        delete_index(index)


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "segments/mine", "generations/00000001.json.bak", "segments/{segment}/x", ".hidden", "a/b.txt"],
)
def test_a_folder_that_holds_anything_else_is_left_alone(index: Path, name: str) -> None:
    segment = next((index / "segments").iterdir()).name
    foreign = index / name.format(segment=segment)
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    before = snapshot(index)
    with pytest.raises(UsageError, match=foreign.relative_to(index).parts[0]) as error:
        delete_index(index)
    assert "nothing was deleted" in error.value.hint
    assert snapshot(index) == before


@pytest.mark.parametrize("name", ["CURRENT", "segments", "generations", "cache.sqlite", "segments/00000009-0123abcd"])
def test_nothing_is_deleted_through_a_link(index: Path, tmp_path: Path, name: str) -> None:
    victim = write(tmp_path / "victim", {"00000001.json": "theirs", "passages.sqlite": "theirs"})
    if (index / name).exists():
        (index / name).rename(tmp_path / "aside")
    (index / name).symlink_to(victim)
    before = snapshot(index), snapshot(victim)
    with pytest.raises((UsageError, IndexNotFoundError)):
        delete_index(index)
    assert (snapshot(index), snapshot(victim)) == before


def test_a_link_to_an_index_is_refused_and_its_target_named(index: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(index)
    with pytest.raises(UsageError, match="is a link") as error:
        delete_index(tmp_path / "link")
    assert str(index) in error.value.hint
    assert index.exists()


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "home", {"CURRENT": "{}", "diary.txt": "mine"})
    for path in (folder, tmp_path / "nowhere", folder / "diary.txt"):
        with pytest.raises(IndexNotFoundError):
            delete_index(path)
    assert len(list(folder.iterdir())) == 2
    with pytest.raises(UsageError):
        delete_index("weaviate://host/x")


def test_an_index_is_deleted_from_a_full_disk(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", refuse)
    delete_index(index)
    assert not index.exists()


def test_an_index_in_use_is_refused(index: Path) -> None:
    reader = LocalIndex.open(index)
    with reader.reading() as held:
        assert held.documents
        with pytest.raises(IndexLockedError, match="is open"):
            delete_index(index)
    del held
    with reader.writing(), pytest.raises(IndexLockedError):
        delete_index(index)
    assert (index / "CURRENT").exists()
    reader.close()
    delete_index(index)


@pytest.mark.parametrize("damage", ["CURRENT", "generations/*.json", "segments/*/passages.sqlite"])
def test_a_damaged_or_half_deleted_index_is_deleted(index: Path, damage: str) -> None:
    for path in index.glob(damage):
        path.unlink()
    (index / "cache.sqlite.damaged").write_bytes(b"x")
    delete_index(index)
    assert not index.exists()
