"""What is found at every run and harms nothing is a notice: a program that runs by itself sees no failure."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import sources, sync_index, write

from retriever.index.local.index import LocalIndex
from retriever.reports import Notice


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path / "docs", {"a.txt": "Amber on the shore."})


@pytest.mark.parametrize("name", ["b.txt", "b.md", "b.html", "b.docx", "b.pdf", "b.jsonl", "b.csv"])
def test_an_empty_file_is_a_notice(tmp_path: Path, docs: Path, name: str) -> None:
    (docs / name).touch()
    index = LocalIndex.create(tmp_path / "index")
    for _ in range(2):
        report = sync_index(index, FakeEncoder(), "docs")
        assert report.skipped == ()
        assert [notice.source for notice in report.notices] == [f"docs/{name}"]
    assert list(sources(index)) == ["docs/a.txt"]


@pytest.mark.parametrize("blank", [" \n\t\u3000\n", "<html><body> </body></html>", "{\\rtf1\\ansi\\deff0 }"])
def test_a_file_without_a_word_is_a_notice(tmp_path: Path, docs: Path, blank: str) -> None:
    write(docs, {"b.txt": blank})
    report = sync_index(LocalIndex.create(tmp_path / "index"), FakeEncoder(), "docs")
    assert report.skipped == ()
    assert "contains no text" in {notice.source: notice.message for notice in report.notices}["docs/b.txt"]


def test_a_file_of_zeros_is_broken(tmp_path: Path, docs: Path) -> None:
    (docs / "b.txt").write_bytes(bytes(1000))
    [skipped] = sync_index(LocalIndex.create(tmp_path / "index"), FakeEncoder(), "docs").skipped
    assert skipped.source == "docs/b.txt"


def test_a_file_that_was_emptied_loses_its_documents(tmp_path: Path, docs: Path) -> None:
    write(docs, {"b.md": "Barge on the river."})
    index = LocalIndex.create(tmp_path / "index")
    sync_index(index, FakeEncoder(), "docs")
    write(docs, {"b.md": ""})
    assert sync_index(index, FakeEncoder(), "docs").removed == 1
    assert list(sources(index)) == ["docs/a.txt"]


def test_a_broken_link_in_a_folder_is_a_notice(tmp_path: Path, docs: Path) -> None:
    (docs / "b.txt").symlink_to("nowhere.txt")
    report = sync_index(LocalIndex.create(tmp_path / "index"), FakeEncoder(), "docs")
    assert (report.skipped, report.notices) == ((), (Notice("docs/b.txt", "a broken or circular link"),))
