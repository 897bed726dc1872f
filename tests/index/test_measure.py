"""What an index takes on disk is counted while others remove files of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever.index.files.access import measure


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "segments" / "1").mkdir(parents=True)
    (tmp_path / "segments" / "1" / "vectors").write_bytes(b"four")
    (tmp_path / "CURRENT").write_bytes(b"seven..")
    return tmp_path


def test_the_bytes_of_a_folder_of_a_file_and_of_nothing(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "CURRENT")
    assert [measure(path) for path in (folder, folder / "CURRENT", folder / "absent")] == [11, 7, 0]


@pytest.mark.parametrize("lost", ["segments/1", "segments/1/vectors"])
def test_what_is_removed_meanwhile_has_none(folder: Path, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = os.walk

    def remove_and_walk(path: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for found in walk(path):
            yield found
            if (folder / lost).is_dir() and found[0].endswith("segments"):
                (folder / "segments" / "1").rename(folder.parent / "gone")
            elif found[0] == str(folder) and not (folder / lost).is_dir():
                (folder / lost).unlink(missing_ok=True)

    monkeypatch.setattr("retriever.index.files.access.os.walk", remove_and_walk)
    assert measure(folder) == 7
