"""A location says which engine opens it, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever.errors import IndexNotFoundError, UsageError
from retriever.index import local_folder, open_index


@pytest.mark.parametrize("name", ["plain", "with blank", "100%", "a#b?c", "报告"])
def test_a_file_uri_names_the_folder_that_the_path_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    assert open_index(folder.as_uri(), create=True).folder == folder
    assert local_folder(folder.as_uri()) == folder


def test_a_path_is_taken_literally(tmp_path: Path) -> None:
    folder = tmp_path / "a%20b"
    assert open_index(str(folder), create=True).folder == folder


def test_a_file_uri_of_another_machine_is_refused() -> None:
    with pytest.raises(UsageError, match="'server'"):
        open_index("file://server/share/index")
    with pytest.raises(UsageError, match="'server'"):
        local_folder("file://server/share/index")


def test_an_unknown_scheme_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown index scheme 'nosuch://'") as caught:
        open_index("nosuch://host/name")
    assert "file://" in str(caught.value.hint)


def test_a_file_uri_of_a_missing_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError):
        open_index((tmp_path / "missing").as_uri())
