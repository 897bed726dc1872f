"""A file that cannot be read, or only in part, is read once: later syncs say the same of it without reading it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from scanning import scan
from small_index import run_sync, sources, sync_index, write

from retriever.documents import IsolatedReader
from retriever.documents.interface import Member, Source
from retriever.index.cache.access import IndexCache
from retriever.index.cache.contents import REMARKS, prune
from retriever.index.local.index import LocalIndex
from retriever.ingest.changes import ChangedFile
from retriever.ingest.identity import file_digest
from retriever.ingest.options import SyncOptions
from retriever.ingest.remarks import FileRemarks, Remark
from retriever.reports import Notice, SkippedSource, WaitingPages
from retriever.types import Document

NOISE = bytes(range(256)) * 8
ROW = b'{"id": "ferry", "text": "The ferry crosses at eight."}\n'


@contextmanager
def reads() -> Iterator[list[str]]:
    """The files that are read while this lasts."""
    read: list[str] = []
    real = IsolatedReader.read

    def note(self: IsolatedReader, request: Any, **options: Any) -> Iterator[Document]:
        read.append(request.source)
        return real(self, request, **options)

    with mock.patch.object(IsolatedReader, "read", note):
        yield read


@pytest.fixture
def odd(docs: Path) -> list[str]:
    """Files in ``docs`` that are not read, or in part."""
    (docs / "noise.txt").write_bytes(NOISE)
    (docs / "letter.docx").write_text("no archive at all")
    (docs / "empty.md").touch()
    (docs / "rows.jsonl").write_bytes(ROW + b'{"id": "broken\n')
    for name, members in (("land.zip", ["a.txt", "b.docx"]), ("music.zip", ["a.mp3"])):
        with zipfile.ZipFile(docs / name, "w") as package:
            for member in members:
                package.writestr(member, "The bridge is closed to carts in winter.")
    return [f"docs/{name}" for name in ("empty.md", "land.zip", "letter.docx", "music.zip", "noise.txt", "rows.jsonl")]


def test_they_are_read_once(index: LocalIndex, encoder: FakeEncoder, docs: Path, odd: list[str]) -> None:
    first = sync_index(index, encoder, docs)
    assert {item.source for item in first.skipped} == {
        "docs/land.zip!b.docx",
        "docs/letter.docx",
        "docs/noise.txt",
        "docs/rows.jsonl:2",
    }
    for checksum in (False, True):
        with reads() as read:
            report = run_sync(index, encoder, docs, options=SyncOptions(checksum=checksum, max_file_size=None))
        assert read == []
        assert (report.skipped, report.notices) == (first.skipped, first.notices)
        assert (report.unchanged, report.committed) == (5, False)
    # A dry run, too, and what is read beside them.
    (docs / "lock.txt").write_text("The lock has two gates.")
    with reads() as read:
        dry = run_sync(index, encoder, docs, options=SyncOptions(dry_run=True, max_file_size=None))
        report = sync_index(index, encoder, docs)
    assert read == ["docs/lock.txt"] * 2
    assert (dry.skipped, report.skipped, report.added) == (first.skipped, first.skipped, 1)


@pytest.mark.parametrize("name", ["noise.txt", "rows.jsonl", "land.zip", "empty.md"])
def test_new_contents_are_read(index: LocalIndex, encoder: FakeEncoder, docs: Path, odd: list[str], name: str) -> None:
    sync_index(index, encoder, docs)
    if name.endswith(".zip"):
        shutil.copy(docs / "music.zip", docs / name)
    else:
        (docs / name).write_bytes(ROW)
    with reads() as read:
        report = sync_index(index, encoder, docs)
    assert read == [f"docs/{name}"]
    assert not [item for item in report.skipped if item.source.startswith(f"docs/{name}")]


@pytest.mark.parametrize(
    "options",
    [{"rebuild": True}, {"encoding": "utf-8"}, {"max_file_size": 1 << 20}],
    ids=["rebuild", "encoding", "limit"],
)
def test_they_are_read_again_with_other_options(
    index: LocalIndex, encoder: FakeEncoder, docs: Path, odd: list[str], options: dict[str, Any]
) -> None:
    first = sync_index(index, encoder, docs)
    with reads() as read:
        report = sync_index(index, encoder, docs, **options)
    assert set(odd) <= set(read)
    # Why one was left out may depend on the options: "noise.txt" is not UTF-8, or looks binary.
    assert [one.source for one in report.skipped] == [one.source for one in first.skipped]


def test_they_are_read_again_by_other_readers(
    index: LocalIndex, encoder: FakeEncoder, docs: Path, odd: list[str]
) -> None:
    """Such as those of an extra that has been installed."""
    sync_index(index, encoder, docs)
    for expected in (odd, []):
        with mock.patch("retriever.documents.fingerprint.is_installed", return_value="other"), reads() as read:
            report = sync_index(index, encoder, docs)
        assert read == expected
        # That the index has all that these readers can give is written with a document.
        assert (report.unchanged, report.embedded, report.committed) == (5, 0, bool(expected))


def test_they_are_read_again_without_the_cache(
    index: LocalIndex, encoder: FakeEncoder, docs: Path, odd: list[str]
) -> None:
    first = sync_index(index, encoder, docs)
    for path in index.path.glob("cache.sqlite*"):
        path.unlink()
    with reads() as read:
        report = sync_index(index, encoder, docs)
    assert (read, report.skipped, report.committed) == (odd, first.skipped, False)


def test_a_compaction_keeps_what_was_said(index: LocalIndex, encoder: FakeEncoder, docs: Path, odd: list[str]) -> None:
    sync_index(index, encoder, docs)
    cache = IndexCache(index)
    cache.open()._run(lambda connection: prune(connection, []))  # type: ignore[attr-defined]
    cache.close()
    with reads() as read:
        sync_index(index, encoder, docs)
    assert read == []


def test_a_file_that_was_refused_and_another_of_its_name_are_told_apart(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    """What was said names the file: under another name it is read, and that one's name is said."""
    (docs / "noise.txt").write_bytes(NOISE)
    sync_index(index, encoder, docs)
    os.rename(docs / "noise.txt", docs / "static.txt")
    for _ in range(2):
        assert [item.source for item in sync_index(index, encoder, docs).skipped] == ["docs/static.txt"]


def test_what_may_pass_is_not_remembered(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    (docs / "orchard.md").unlink()

    def failing(source: Source) -> Iterator[Document | Member]:
        if source.name == "docs/river.txt":
            yield Document("river", "The river has dried up.", source=source.name)
            yield Member("part.txt", lambda: b"The river")
        else:
            raise OSError(errno.EIO, "Input/output error")

    for _ in range(2):
        with mock.patch("retriever.documents.read.find_reader", return_value=failing), reads() as read:
            report = sync_index(index, encoder, docs)
        assert read == ["docs/river.txt", "docs/town/bakery.txt"]
        assert {item.source for item in report.skipped} == {
            "docs/river.txt!part.txt",
            "docs/town/bakery.txt",
        }
    report = sync_index(index, encoder, docs)
    assert (report.skipped, len(sources(index))) == ((), 2)


def test_a_file_that_changes_as_it_is_read_is_not_remembered(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    """It was compared as one file, and refused as another."""
    path = docs / "noise.txt"
    path.write_text("The weir hums.")

    def spoil(*_: object, **__: object) -> Iterator[Document]:
        path.write_bytes(NOISE)
        return real(*_, **__)  # type: ignore[arg-type]

    real = IsolatedReader.read
    with mock.patch.object(IsolatedReader, "read", spoil):
        assert len(sync_index(index, encoder, docs).skipped) == 1
    path.write_text("The weir hums.")
    assert sync_index(index, encoder, docs).added == 1


CONTENTS = [b"", NOISE, b"The weir hums.", ROW, ROW + b"{\n", ROW + b'{"id": "ford", "text": "White stones."}\n{\n']


@settings(max_examples=5)
@given(st.lists(st.tuples(st.sampled_from(["a.txt", "b.jsonl"]), st.sampled_from(CONTENTS)), min_size=1, max_size=4))
def test_an_index_says_what_a_new_one_would(steps: list[tuple[str, bytes]]) -> None:
    """Whatever files become: the documents and what is skipped, and a second sync reads nothing."""
    with TemporaryDirectory() as base:
        folder = write(Path(base, "docs"), {"always.txt": "The quay is dry."})
        index = LocalIndex.create(Path(base, "index"))
        for name, data in steps:
            (folder / name).write_bytes(data)
            report = sync_index(index, FakeEncoder(), folder)
            with reads() as read:
                again = sync_index(index, FakeEncoder(), folder)
            assert (read, again.committed, again.skipped) == ([], False, report.skipped)
        fresh = LocalIndex.create(Path(base, "fresh"))
        assert report.skipped == sync_index(fresh, FakeEncoder(), folder).skipped
        assert sources(index) == sources(fresh)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[IndexCache, ChangedFile]:
    folder = tmp_path_factory.mktemp("refused")
    path = folder / "noise.txt"
    path.write_bytes(NOISE)
    cache = IndexCache(LocalIndex.create(folder / "index"))
    return cache, ChangedFile(scan([path]).files[0], file_digest(path), ())


NAMES = st.text() | st.just("\udcff")
ITEMS = st.one_of(
    st.builds(Notice, NAMES, NAMES),
    st.builds(SkippedSource, NAMES, NAMES),
    st.builds(WaitingPages, NAMES, st.integers(0, 1 << 40), st.integers(0, 1 << 40)),
)


@settings(max_examples=15)
@given(said=st.lists(ITEMS, max_size=4))
def test_what_is_recalled_is_what_was_said(refused: tuple[IndexCache, ChangedFile], said: list[Remark]) -> None:
    cache, changed = refused
    FileRemarks(cache.open()).remember(changed, said, holds=False)
    remarks = FileRemarks(cache.open())
    remarks.begin([changed])
    assert remarks.recall(changed) == said
    # Without a document in the index, what was said of a file that has some is no reason not to read it.
    remarks.remember(changed, said, holds=True)
    remarks.begin([changed])
    assert remarks.recall(changed) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["notice", "skipped", "waiting"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=30)
@given(remarks=JSON | st.lists(st.lists(JSON, max_size=4), max_size=2), raw=st.binary() | st.just(b"[" * 100_000))
def test_whatever_the_cache_holds_is_taken_or_read_anew(
    refused: tuple[IndexCache, ChangedFile], remarks: object, raw: bytes
) -> None:
    cache, changed = refused
    known = FileRemarks(cache.open())
    known.remember(changed, [], holds=False)
    known.begin([changed])
    [key] = known._known
    value = {**json.loads(known._known[key]), "remarks": remarks}
    for data in (json.dumps(value).encode(), raw, json.dumps(remarks).encode()):
        cache.open().put_bytes(REMARKS, [key], [data])
        known.begin([changed])
        found = known.recall(changed)
        assert found is None or all(type(item) in (Notice, SkippedSource, WaitingPages) for item in found)
