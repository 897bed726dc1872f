"""Files in archives: a member is a document that comes, changes and goes by its path in the archive."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from retriever import Retriever
from retriever.documents import IsolatedReader, ReadRequest, Report
from retriever.reports import SkippedSource
from retriever.types import Document

FILES = {
    "ferry.txt": "The ferry crosses at eight and at five.",
    "east/bridge.md": "The bridge is closed to carts in winter.",
    "east/rows.jsonl": json.dumps({"id": "a!b#c", "text": "The ford is marked with white stones."}),
}


def pack(files: Mapping[str, str], name: str = "docs/land.zip") -> None:
    with zipfile.ZipFile(name, "w") as package:
        for member, text in files.items():
            package.writestr(zipfile.ZipInfo(member), text)


@pytest.fixture
def retriever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Retriever]:
    """An index of ``docs``, named from ``tmp_path``."""
    monkeypatch.chdir(tmp_path)
    Path("docs").mkdir()
    pack(FILES)
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        report = opened.sync("docs")
        assert (report.added, report.skipped) == (3, ())
        yield opened


def texts(retriever: Retriever) -> dict[str, str]:
    return {document.id: document.text for document in retriever.read_documents()}


def test_an_archive_that_is_the_same_is_not_read(retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime("docs/land.zip", (1, 1))
    monkeypatch.setattr("retriever.ingest.read.IsolatedReader.read", None)
    report = retriever.sync()
    assert (report.unchanged, report.committed) == (3, False)


def test_members_come_change_and_go_alone(retriever: Retriever) -> None:
    bridge = "The bridge is open to carts."
    pack({"ferry.txt": FILES["ferry.txt"], "east/bridge.md": bridge, "well.txt": "The well is deep."})
    report = retriever.sync()
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 1)
    assert report.embedded == 2
    assert texts(retriever) == {
        "docs/land.zip!ferry.txt": FILES["ferry.txt"],
        "docs/land.zip!east/bridge.md": bridge,
        "docs/land.zip!well.txt": "The well is deep.",
    }
    pack({})
    assert retriever.sync().removed == 3
    assert texts(retriever) == {}


def test_the_members_of_a_moved_or_deleted_archive_go_with_it(retriever: Retriever) -> None:
    os.rename("docs/land.zip", "docs/country.zip")
    report = retriever.sync()
    assert (report.moved, report.embedded) == (3, 0)
    assert [(change.source, change.before) for change in report.files] == [("docs/country.zip", "docs/land.zip")]
    os.unlink("docs/country.zip")
    assert retriever.sync(allow_empty=True).removed == 3


def test_hits_in_an_archive_are_cited_and_lead_there(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hit,) = retriever.search("bridge closed carts", k=1)
    assert hit.path == str(tmp_path / "docs" / "land.zip")
    assert (hit.source, hit.document) == ("docs/land.zip!east/bridge.md", "docs/land.zip!east/bridge.md")
    assert hit.citation == "docs/land.zip!east/bridge.md:1"
    monkeypatch.chdir(tmp_path / "docs")
    assert hit.citation == "land.zip!east/bridge.md:1"
    monkeypatch.chdir(tmp_path / "index")
    assert hit.citation == f"{tmp_path}/docs/land.zip!east/bridge.md:1"
    (row,) = retriever.search("ford white stones", k=1)
    assert (row.document, row.source) == ("a!b#c", "docs/land.zip!east/rows.jsonl")


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("extension = md", ["east/bridge.md"]),
        ("name = ferry.txt", ["ferry.txt"]),
        ("folder = east", ["east/bridge.md", "east/rows.jsonl"]),
        ("folder = land.zip", ["east/bridge.md", "east/rows.jsonl", "ferry.txt"]),
        ('source ~ "land.zip!east/*"', ["east/bridge.md", "east/rows.jsonl"]),
        ("name = land.zip", []),
    ],
)
def test_filters_see_the_path_of_a_member(retriever: Retriever, where: str, names: list[str]) -> None:
    found = retriever.read_documents(where=where)
    assert sorted(document.source for document in found) == [f"docs/land.zip!{name}" for name in names]


def test_an_archive_that_a_link_leads_to(retriever: Retriever, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    pack({"a.txt": "The isle has a lamp."}, "far/isle.zip")
    Path("docs/link!.zip").symlink_to(tmp_path / "far" / "isle.zip")
    retriever.sync("docs", follow=True)
    (hit,) = retriever.search("isle lamp", k=1)
    assert (hit.citation, hit.path) == ("docs/link!.zip!a.txt:1", str(tmp_path / "far" / "isle.zip"))
    assert retriever.sync("docs").removed == 1


def test_members_that_cannot_be_read_this_time_keep_their_documents(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as package:
        package.writestr("quay.txt", "The quay is of oak.")
    with zipfile.ZipFile("docs/land.zip", "a") as package:
        package.writestr("port.zip", inner.getvalue())
    retriever.sync()
    before = texts(retriever)
    assert before["docs/land.zip!port.zip!quay.txt"] == "The quay is of oak."

    def read(files: IsolatedReader, request: ReadRequest, *, report: Report, **_: object) -> Iterator[Document]:
        for member in ("east/rows.jsonl", "port.zip"):
            report(SkippedSource(f"{request.source}!{member}", "it takes too much memory", unfinished=True))
        report(SkippedSource(f"{request.source}!ferry.txt", "the document is encrypted", unfinished=False))
        yield Document("docs/land.zip!east/bridge.md", FILES["east/bridge.md"], source="docs/land.zip!east/bridge.md")

    with monkeypatch.context() as context:
        context.setattr(IsolatedReader, "read", read)
        os.utime("docs/land.zip", (1, 1))
        Path("docs/land.zip").write_bytes(Path("docs/land.zip").read_bytes() + b" ")
        report = retriever.sync()
    assert (report.unchanged, report.removed, len(report.skipped)) == (3, 1, 3)
    del before["docs/land.zip!ferry.txt"]
    assert texts(retriever) == before
    assert retriever.sync().added == 1
