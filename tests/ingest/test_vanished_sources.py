"""A source that holds no file any more may not be mounted: what came from it stays until the user says otherwise."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from threading import Event
from unittest import mock

import pytest
from fake_encoder import FakeEncoder
from small_index import write

from retriever import Retriever
from retriever.errors import UsageError

FILES = {"river.txt": "The river froze in January.", "town/bakery.txt": "The bakery opens at six."}


@pytest.fixture
def retriever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Retriever:
    monkeypatch.chdir(tmp_path)
    write(Path("docs"), FILES)
    write(Path("other"), {"hill.txt": "The hill is bare."})
    retriever = Retriever.open("index", create=True, model=FakeEncoder())
    retriever.sync("docs", "other")
    return retriever


def empty(folder: str) -> None:
    for path in list(Path(folder).iterdir()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("sources", [(), ("docs",), ("docs", "other")])
@pytest.mark.parametrize("prune", [False, True])
def test_an_empty_source_keeps_its_documents_and_says_so(
    retriever: Retriever, sources: tuple[str, ...], prune: bool
) -> None:
    empty("docs")
    report = retriever.sync(*sources, prune=prune)
    assert [item.source for item in report.skipped] == ["docs"]
    assert "the 2 files that were there stay" in report.skipped[0].reason
    assert {document.source for document in retriever.documents()} >= {f"docs/{name}" for name in FILES}
    report = retriever.sync(*sources, prune=prune, allow_empty=True)
    assert (report.removed, report.skipped) == (2, ())


def test_it_is_found_again_as_it_was(retriever: Retriever) -> None:
    shutil.move("docs", "aside")
    Path("docs").mkdir()
    retriever.sync()
    Path("docs").rmdir()
    shutil.move("aside", "docs")
    report = retriever.sync()
    assert (report.unchanged, report.removed, report.added, report.skipped) == (3, 0, 0, ())


def test_a_disk_that_goes_while_files_are_read_keeps_what_was_indexed(retriever: Retriever) -> None:
    """The files were there when the folder was scanned, so that the source did not seem empty."""
    write(Path("docs"), {name: f"{text} Again." for name, text in FILES.items()})
    with mock.patch("retriever.documents.read.find_reader", side_effect=FileNotFoundError):
        report = retriever.sync()
    assert [item.reason for item in report.skipped] == ["the file no longer exists"] * 2
    assert (report.removed, len(list(retriever.documents()))) == (0, 3)
    assert retriever.sync().changed == 2


def test_a_source_that_lost_some_of_its_files_lets_them_go(retriever: Retriever) -> None:
    shutil.rmtree("docs/town")
    report = retriever.sync()
    assert (report.removed, report.skipped) == (1, ())


def test_files_that_have_moved_to_another_source_are_no_loss(retriever: Retriever) -> None:
    for path in list(Path("docs").iterdir()):
        shutil.move(path, "other")
    report = retriever.sync()
    assert (report.moved, report.removed, report.unchanged, report.skipped) == (2, 0, 1, ())
    assert {document.source for document in retriever.documents()} == {
        *("other/river.txt", "other/town/bakery.txt", "other/hill.txt")
    }


def test_copies_elsewhere_of_some_files_do_not_empty_it(retriever: Retriever) -> None:
    shutil.move("docs/river.txt", "other")
    empty("docs")
    report = retriever.sync()
    assert [item.source for item in report.skipped] == ["docs"]
    assert {"docs/river.txt", "other/river.txt"} <= {document.source for document in retriever.documents()}


def test_a_rebuild_without_it_is_refused(retriever: Retriever) -> None:
    empty("docs")
    with pytest.raises(UsageError, match="cannot rebuild without docs") as raised:
        retriever.sync("docs", "other", rebuild=True)
    assert "--allow-empty" in str(raised.value.hint)
    assert "allow_empty=True" in str(raised.value.hint)
    assert len(retriever.documents()) == 3
    assert retriever.sync("docs", "other", rebuild=True, allow_empty=True).documents == 1


def test_a_dry_run_says_what_stays(retriever: Retriever) -> None:
    empty("docs")
    report = retriever.sync(dry_run=True)
    assert ([item.source for item in report.skipped], report.removed, report.documents) == (["docs"], 0, 3)


def test_watching_keeps_them_too(retriever: Retriever) -> None:
    stop = Event()
    empty("docs")
    for report in retriever.watch("docs", "other", stop=stop):
        assert report.removed == 0
        stop.set()
    assert len(retriever.documents()) == 3


MOUNTED = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from fake_encoder import FakeEncoder
from retriever import Retriever
def mount(*arguments): subprocess.run(["mount", *arguments], check=True)
mount("--bind", "disk", "docs")
with Retriever.open("index", create=True, model=FakeEncoder()) as retriever:
    assert retriever.sync("docs").added == 2
    subprocess.run(["umount", "docs"], check=True)
    assert os.listdir("docs") == []
    for _ in range(2):
        report = retriever.sync()
        assert (report.removed, report.documents, len(report.skipped)) == (0, 2, 1), report
    mount("--bind", "disk", "docs")
    report = retriever.sync()
    assert (report.unchanged, report.skipped) == (2, ()), report
"""


def test_a_disk_that_is_taken_away_and_brought_back(tmp_path: Path) -> None:
    apart = ["unshare", "--mount", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False, capture_output=True).returncode:
        pytest.skip("mounting needs a namespace of its own, which cannot be made here")
    write(tmp_path / "disk", FILES)
    (tmp_path / "docs").mkdir()
    helpers = Path(__file__).parent.parent
    command = [*apart, sys.executable, "-c", MOUNTED, str(helpers)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
