"""What stands in the place of an index, or on the way there, is named, with advice that helps."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from index_corpus import build, contents, open_index

from retriever.errors import IndexNotFoundError, IndexWriteError, UsageError
from retriever.index import local_folder
from retriever.index import open_index as open_anywhere
from retriever.index.local.index import LocalIndex
from retriever.maintenance import delete_index


def _occupy(folder: Path) -> None:
    (folder / "a file").write_text("x")
    os.mkfifo(folder / "a pipe")
    (folder / "a link that leads nowhere").symlink_to("nothing")
    handle = os.open(folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{handle}/a socket")  # The path of a socket has 107 bytes at most.
    os.close(handle)


@pytest.mark.parametrize("what", ["a file", "a pipe", "a socket", "a link that leads nowhere"])
@pytest.mark.parametrize("below", ["", "index", "indexes/index"])
def test_a_place_that_is_taken(tmp_path: Path, what: str, below: str) -> None:
    _occupy(tmp_path)
    place = tmp_path / what / below
    reason = f"{tmp_path / what} is {what}" if below else f"it is {what}"
    with pytest.raises(IndexNotFoundError) as caught:
        open_index(place)
    assert str(caught.value) == f"{place} is not an index: {reason}"
    assert caught.value.hint == "name the folder of an index"
    with pytest.raises(IndexWriteError) as refused:
        LocalIndex.create(place)
    assert str(refused.value) == f"{place} cannot be an index: {reason}"
    assert "another folder" in refused.value.hint
    assert "repair" not in refused.value.hint
    with pytest.raises(IndexNotFoundError):
        delete_index(place)
    assert sorted(os.listdir(tmp_path)) == ["a file", "a link that leads nowhere", "a pipe", "a socket"]


def test_advice_for_a_folder_that_is_no_index_can_be_followed(tmp_path: Path) -> None:
    place = tmp_path / "home"
    place.mkdir()

    def advise() -> str:
        with pytest.raises(IndexNotFoundError, match="is not an index") as caught:
            open_index(place)
        return caught.value.hint

    assert f"`retriever index SOURCE... --index {place}`" in advise()
    (place / "a.txt").touch()
    assert f"`retriever index {place} --index NEW`" in advise()
    with pytest.raises(IndexWriteError, match=r"it contains a\.txt"):
        LocalIndex.create(place)
    build(place / "work", {"a": ["tea"]}).close()
    assert advise() == f"name an index in it, such as {place / 'work'}"


def test_a_device_is_no_index() -> None:
    with pytest.raises(IndexNotFoundError, match="it is a device"):
        open_index(Path("/dev/null"))


def test_links_to_folders_are_followed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to("home")
    build(tmp_path / "link" / "index", {"a": ["tea"]}).close()
    (tmp_path / "direct").symlink_to("home/index")
    assert contents(open_index(tmp_path / "direct")) == {"a": ["tea"]}
    with pytest.raises(UsageError, match="is a link"):
        delete_index(tmp_path / "direct")


def test_a_path_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    """Neither tantivy nor SQLite can be given one."""
    place = tmp_path / os.fsdecode(b"index\xff")
    for create, error in ((True, UsageError), (False, IndexNotFoundError)):
        with pytest.raises(error, match="not UTF-8") as caught:
            open_anywhere(place, create=create)
        assert caught.value.hint
    with pytest.raises(IndexNotFoundError, match="not UTF-8"):
        local_folder(place)
    assert os.listdir(tmp_path) == []
