"""A folder that may not be entered: every way in says so, and nothing that may lie in it is taken to be gone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import create_index, run_sync, sync_index, write
from without_rights import closed

from retriever import (
    Retriever,
    compact_index,
    export_index,
    import_index,
    index_history,
    repair_index,
    rollback_index,
    verify_index,
)
from retriever.errors import IndexReadError, IndexWriteError, ModelError, UsageError
from retriever.index.local.index import LocalIndex
from retriever.ingest.options import SyncOptions
from retriever.models import load
from retriever_cli.home import find_indexes

pytestmark = pytest.mark.usefixtures("read_here")

READS: list[Callable[[str], object]] = [
    Retriever.open,
    partial(Retriever.open, create=True),
    verify_index,
    partial(verify_index, deep=False),
    index_history,
    rollback_index,
    compact_index,
    repair_index,
    partial(export_index, file="out.jsonl"),
]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder that others may enter, too, with a folder in it that is to be closed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o777)
        write(folder, {"docs/a.txt": "The bridge is closed.", "closed/b.txt": "The library is open."})
        monkeypatch.chdir(folder)
        yield folder


@pytest.mark.parametrize("name", ["closed/index", "closed/new"])
@pytest.mark.parametrize("read", READS)
def test_an_index_there_cannot_be_read(place: Path, read: Callable[[str], object], name: str) -> None:
    create_index(place / "closed/index", FakeEncoder(), place / "docs").close()
    with closed(place / "closed"), pytest.raises(IndexReadError, match="Permission denied") as caught:
        read(name)
    assert "permissions" in caught.value.hint


def test_every_file_of_an_index_can_be_read_by_who_can_read_one(place: Path) -> None:
    create_index(place / "index", FakeEncoder(), place / "docs").close()
    modes = {path.stat().st_mode for path in (place / "index/segments").rglob("*") if path.is_file()}
    assert len(modes) == 1


@pytest.mark.parametrize("name", ["passages.sqlite", "ids.npy"])
def test_what_may_not_be_read_is_not_taken_for_damaged(place: Path, name: str) -> None:
    """Nobody is sent to build it anew, and no older generation takes its place."""
    index = create_index(place / "index", FakeEncoder(), place / "docs")
    write(place, {"docs/more.txt": "The harbour is full."})
    assert sync_index(index, FakeEncoder(), place / "docs").generation == 2
    index.close()
    (newest,) = (place / "index/segments").glob(f"00000002-*/{name}")
    with closed(newest):
        [found] = verify_index("index")
        if name == "passages.sqlite":
            with pytest.raises(IndexReadError, match="Permission denied"):
                repair_index("index")
    assert "permissions" in found.hint
    assert verify_index("index") == []


def test_nothing_is_exported_to_it_or_imported(place: Path) -> None:
    create_index(place / "index", FakeEncoder(), place / "docs").close()
    export_index("index", "closed/out.jsonl")
    with closed(place / "closed"):
        for use in (
            lambda: export_index("index", "closed/out.jsonl", overwrite=True),
            lambda: import_index("closed/new", "out.jsonl"),
        ):
            with pytest.raises(IndexWriteError, match="Permission denied"):
                use()
        with pytest.raises(UsageError, match="Permission denied"):
            import_index("new", "closed/out.jsonl")
    assert not (place / "new").exists()


def test_no_model_is_there(place: Path) -> None:
    (place / "closed/model").mkdir()
    with closed(place / "closed"):
        with pytest.raises(ModelError):
            load("./closed/model")
        Retriever.open("new", create=True, model="./closed/model")


@pytest.mark.parametrize("source", ["closed/b.txt", "closed/*.txt", "closed/deep"])
def test_a_source_in_it_is_refused(place: Path, source: str) -> None:
    with closed(place / "closed"), pytest.raises(UsageError, match="Permission denied"):
        run_sync(LocalIndex.plan(place / "index"), FakeEncoder(), source, options=SyncOptions())
    assert not (place / "index").exists()


@pytest.mark.parametrize("source", [".", "*/*.txt", "**/*.txt", "closed"])
@pytest.mark.parametrize("prune", [False, True])
def test_documents_in_it_are_not_gone(place: Path, source: str, prune: bool) -> None:
    options = SyncOptions(dry_run=True, prune=prune)
    index = create_index(place / "index", FakeEncoder(), source)
    before = run_sync(index, FakeEncoder(), source, options=options)
    with closed(place / "closed"):
        report = run_sync(index, FakeEncoder(), source, options=options)
    assert (report.removed, report.documents) == (0, before.documents)
    assert [(item.source, item.reason) for item in report.skipped] == [("closed", "permission denied")]


def test_what_a_link_leads_to_is_not_gone(place: Path) -> None:
    (place / "docs/b.txt").symlink_to(place / "closed/b.txt")
    index = create_index(place / "index", FakeEncoder(), "docs")
    with closed(place / "closed"):
        report = run_sync(index, FakeEncoder(), "docs", options=SyncOptions(dry_run=True))
    assert (report.removed, report.unchanged) == (0, 1)
    assert [item.reason for item in report.skipped] == ["permission denied"]


def test_an_ignore_file_that_cannot_be_read_has_its_folder_skipped(place: Path) -> None:
    write(place, {".gitignore": "*.md\n", ".git/HEAD": "", "docs/b.md": "# Notes"})
    index = LocalIndex.create(place / "index")
    with closed(place / ".gitignore"):
        report = run_sync(index, FakeEncoder(), "docs", options=SyncOptions(dry_run=True))
    assert [(item.source, item.reason) for item in report.skipped] == [("docs", "permission denied")]
    assert sync_index(index, FakeEncoder(), "docs").added == 1


def test_a_closed_index_is_not_among_those_of_the_home(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_HOME", str(place))
    for name in ("open", "shut"):
        create_index(place / name, FakeEncoder(), place / "docs").close()
    with closed(place / "shut"):
        assert find_indexes() == [("open", place / "open")]
    monkeypatch.setenv("RETRIEVER_HOME", str(place / "closed"))
    with closed(place / "closed"):
        assert find_indexes() == []
