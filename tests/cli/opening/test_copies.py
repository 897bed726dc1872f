"""Copies for programs: only what was copied is removed, and nothing is through a link."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest

from retriever_cli.opening.copies import copy_member


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of copies, which is not there yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "words")
    return tmp_path / "cache" / "retriever" / "opened"


def make_old(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    os.utime(folder, (time.time() - 10**6,) * 2)


def test_only_old_copies_are_removed(opened: Path, tmp_path: Path) -> None:
    for name in ("copy-abcdefgh", "other"):
        make_old(opened / name)
    (opened / "copy-linked").symlink_to(tmp_path)
    copy = copy_member(f"{tmp_path / 'a.zip'}!a.txt", tmp_path / "a.zip")
    assert copy is not None
    assert copy.parent.parent == opened
    assert sorted(path.name for path in opened.iterdir()) == sorted(["copy-linked", copy.parent.name, "other"])
    assert (tmp_path / "a.zip").exists()


def test_a_link_in_its_place_is_not_followed(opened: Path, tmp_path: Path) -> None:
    make_old(tmp_path / "home" / "copy-abcdefgh")
    opened.parent.mkdir(parents=True)
    opened.symlink_to(tmp_path / "home")
    copy = copy_member(f"{tmp_path / 'a.zip'}!a.txt", tmp_path / "a.zip")
    assert copy is not None
    assert copy.read_text() == "words"
    assert [str(path.relative_to(tmp_path)) for path in (tmp_path / "home").rglob("*")] == [
        "home/copy-abcdefgh",
        "home/copy-abcdefgh/notes.txt",
    ]
