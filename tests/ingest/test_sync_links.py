"""What links bring goes with them, keeps a name by which it is known, and stays where it cannot be told."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import write

from retriever import Retriever
from retriever.reports import Notice

pytestmark = pytest.mark.usefixtures("read_here")
RIVER, ORCHARD, BAKERY = "docs/river.txt", "docs/orchard.md", "docs/town/bakery.txt"


@pytest.fixture
def links(docs: Path, tmp_path: Path) -> Path:
    """A folder whose only documents are links to those of ``docs``, which is not a source at first."""
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "water.txt").symlink_to(tmp_path / RIVER)
    (tmp_path / "links" / "village").symlink_to(tmp_path / "docs" / "town")
    return Path("links")


@pytest.fixture
def retriever(links: Path, tmp_path: Path) -> Iterator[Retriever]:
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        opened.sync(links, follow=True)
        assert names(opened) == {"links/water.txt", "links/village/bakery.txt"}
        yield opened


def names(retriever: Retriever) -> set[str]:
    return {document.source for document in retriever.documents()}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_link_that_is_removed_takes_its_documents_along(retriever: Retriever, links: Path, elsewhere: bool) -> None:
    for name in ("water.txt", "village"):
        (links / name).unlink()
        if elsewhere:
            (links / name).symlink_to(write_other(links.absolute().parent / "other" / name))
    write(links, {"own.txt": "A text of its own."})
    report = retriever.sync()
    assert (report.removed, report.skipped) == (2, ())
    assert names(retriever) == {"links/own.txt"} | ({"links/water.txt", "links/village/x.txt"} if elsewhere else set())


def write_other(path: Path) -> Path:
    write(path if path.name == "village" else path.parent, {"x.txt": "Another text.", "water.txt": "Other water."})
    (path / "water.txt").unlink() if path.name == "village" else (path.parent / "x.txt").unlink()
    return path


def test_what_another_source_brings_stays_by_a_name_of_that(retriever: Retriever, links: Path) -> None:
    retriever.sync("docs")
    assert names(retriever) == {"links/water.txt", "links/village/bakery.txt", ORCHARD}
    (links / "water.txt").unlink()
    assert retriever.sync(links, follow=True).removed == 0
    report = retriever.sync()
    assert (report.changed, report.removed, report.embedded) == (1, 0, 0)
    assert names(retriever) == {RIVER, "links/village/bakery.txt", ORCHARD}
    retriever.forget(links)
    report = retriever.sync()
    assert (report.changed, report.removed, report.embedded) == (1, 0, 0)
    assert names(retriever) == {RIVER, BAKERY, ORCHARD}
    assert retriever.sync().unchanged == 3


def test_a_folder_of_links_that_is_not_mounted_keeps_its_documents(retriever: Retriever, links: Path) -> None:
    shutil.rmtree(links)
    links.mkdir()
    report = retriever.sync()
    assert [item.source for item in report.skipped] == ["links"]
    assert "2 files that were there stay" in report.skipped[0].reason
    assert retriever.status().documents == 2
    assert retriever.sync(allow_empty=True).removed == 2


def test_links_in_a_folder_that_cannot_be_read_keep_their_documents(
    retriever: Retriever, links: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(links / "inner", {"own.txt": "A text of its own."})
    (links / "inner" / "pears.md").symlink_to(tmp_path / ORCHARD)
    assert retriever.sync().added == 2
    list_folder = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("inner"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return list_folder(path)

    monkeypatch.setattr("retriever.ingest.scan.os.scandir", refuse)
    report = retriever.sync()
    assert [item.source for item in report.skipped] == ["links/inner"]
    assert (report.removed, report.documents) == (0, 4)


def test_a_link_that_leads_nowhere_keeps_its_documents_and_says_so(retriever: Retriever, links: Path) -> None:
    shutil.rmtree("docs")
    write(links, {"own.txt": "A text of its own."})
    (links / "libm.so").symlink_to("nowhere")
    report = retriever.sync()
    message = "a broken or circular link; what it led to stays in the index until the link is removed"
    assert report.notices == (Notice("links/village", message), Notice("links/water.txt", message))
    assert report.documents == 3
    (links / "village").unlink()
    assert retriever.sync().removed == 1
