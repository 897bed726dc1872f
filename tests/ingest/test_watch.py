"""A watch follows files as they really change: real events, real threads, conditions waited for and never a pause."""

from __future__ import annotations

import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import sources, sync_index, write

from retriever.errors import IndexLockedError, RetrieverError, UsageError
from retriever.index.local.index import LocalIndex
from retriever.ingest.watch import Watcher, watch
from retriever.reports import SyncReport

LONG = 60.0  # seconds until a test gives up


@dataclass
class Followed:
    """A watch in a thread of its own, and what has come of it."""

    index: LocalIndex
    reports: queue.Queue[SyncReport] = field(default_factory=queue.Queue)
    errors: queue.Queue[RetrieverError] = field(default_factory=queue.Queue)

    def until(self, holds: Callable[[SyncReport], bool]) -> SyncReport:
        """The first report from here on of which it holds."""
        while True:
            report = self.reports.get(timeout=LONG)
            if holds(report):
                return report

    def until_it_has(self, *names: str) -> SyncReport:
        """Wait for the generation that holds exactly these documents."""
        return self.until(lambda _: {Path(name).name for name in sources(self.index)} == {*names})


@contextmanager
def following(
    index: LocalIndex, *names: str | Path, sync: Callable[[Sequence[str | Path]], SyncReport] | None = None
) -> Iterator[Followed]:
    followed, stop, encoder = Followed(index), threading.Event(), FakeEncoder()

    def follow() -> None:
        run = sync or (lambda there: sync_index(index, encoder, *there))
        for report in watch(names, run, exclude=index.path, stop=stop, on_error=followed.errors.put):
            followed.reports.put(report)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield followed
    finally:
        stop.set()
        thread.join(LONG)
    assert not thread.is_alive()
    assert followed.errors.empty()


@pytest.fixture(params=["events", "polling"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system's events, and the polling that takes their place."""
    if request.param == "polling":
        monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
        monkeypatch.setenv("WATCHFILES_POLL_DELAY_MS", "50")


@pytest.mark.usefixtures("way")
def test_files_that_come_change_move_and_go(index: LocalIndex, docs: Path) -> None:
    with following(index, docs) as followed:
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt")
        write(docs, {"new/mill.txt": "The mill is shut."})
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt", "mill.txt")
        write(docs, {"orchard.md": "Apples keep until May."})
        assert followed.until(lambda report: report.changed > 0).changed == 1
        (docs / "river.txt").rename(docs / "new" / "stream.txt")
        shutil.rmtree(docs / "town")
        followed.until_it_has("stream.txt", "orchard.md", "mill.txt")


def test_an_editor_that_writes_aside_and_renames(index: LocalIndex, docs: Path) -> None:
    with following(index, docs, docs / "river.txt") as followed:
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt")
        for number in range(3):
            write(docs, {".river.txt.swp": "half", "river.txt~": "a backup"})
            (docs / "river.txt~").replace(docs / "river.txt")
            write(docs, {"4913": ""})
            write(docs, {"aside.tmp": f"The river stands at {number} metres."})
            os.replace(docs / "aside.tmp", docs / "river.txt")
            followed.until(lambda _, n=number: sources(index)["docs/river.txt"] == f"The river stands at {n} metres.")
        assert len(sources(index)) == 3


def test_a_single_file_is_followed_through_renames_and_absence(index: LocalIndex, docs: Path) -> None:
    with following(index, docs / "river.txt", docs / "orchard.md") as followed:
        followed.until_it_has("river.txt", "orchard.md")
        write(docs, {"aside": "The river has dried up."})
        os.replace(docs / "aside", docs / "river.txt")
        followed.until(lambda report: report.changed == 1)
        (docs / "river.txt").unlink()
        assert "river.txt" in str(followed.errors.get(timeout=LONG))
        assert len(sources(index)) == 2
        write(docs, {"river.txt": "The river is back."})
        followed.until(lambda report: report.changed == 1)


def test_a_folder_that_vanishes_keeps_its_documents_and_is_followed_again(index: LocalIndex, docs: Path) -> None:
    other = write(Path("other"), {"hill.txt": "The hill is bare."})
    with following(index, docs, other) as followed:
        followed.until(lambda report: report.documents == 4)
        docs.rename("away")
        error = followed.errors.get(timeout=LONG)
        assert isinstance(error, UsageError)
        assert "docs" in str(error)
        write(other, {"dale.txt": "The dale is green."})
        followed.until(lambda report: report.documents == 5)
        Path("away").rename(docs)
        write(docs, {"mill.txt": "The mill is shut."})
        followed.until(lambda report: report.documents == 6)


def test_the_index_in_a_source_does_not_wake_its_own_watch(docs: Path) -> None:
    index = LocalIndex.create(docs / "index")
    runs: list[int] = []

    def sync(there: Sequence[str | Path]) -> SyncReport:
        runs.append(len(runs))
        return sync_index(index, FakeEncoder(), *there)

    with following(index, docs, sync=sync) as followed:
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt")
        # The commit of the first run has written to the index: were that a change, a run would come before this one.
        write(docs, {".hidden.txt": "not for us", "mill.txt": "The mill is shut."})
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt", "mill.txt")
    assert runs == [0, 1]


def test_an_error_is_told_and_the_run_tried_again(
    index: LocalIndex, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.ingest.watch.RETRY", 0.0)
    failures = [IndexLockedError("another process is writing")]

    def sync(there: Sequence[str | Path]) -> SyncReport:
        if failures:
            raise failures.pop()
        return sync_index(index, FakeEncoder(), *there)

    with following(index, docs, sync=sync) as followed:
        assert "another process" in str(followed.errors.get(timeout=LONG))
        assert followed.until_it_has("river.txt", "orchard.md", "bakery.txt").added == 3


def test_a_file_that_is_still_being_written_is_waited_for(
    docs: Path, index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = "The ferry crosses at eight. " * 40
    with following(index, docs) as followed:
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt")
        with (docs / "ferry.txt").open("w") as file:
            for start in range(0, len(whole), 28):
                file.write(whole[start : start + 28])
                file.flush()
                # Writing goes on at a steady pace for longer than a change has to rest.
                threading.Event().wait(0.03)
        report = followed.until_it_has("river.txt", "orchard.md", "bakery.txt", "ferry.txt")
        assert report.added == 1
        assert sources(index)["docs/ferry.txt"] == whole.strip()


def test_without_a_way_to_tell_of_errors_the_first_one_ends_the_watch(index: LocalIndex, docs: Path) -> None:
    def sync(there: Sequence[str | Path]) -> SyncReport:
        raise IndexLockedError("another process is writing")

    with pytest.raises(IndexLockedError):
        next(watch([docs], sync, exclude=index.path, stop=threading.Event()))


def test_a_source_that_is_not_there_at_first_is_refused(index: LocalIndex, docs: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        next(watch([docs, "nowhere"], lambda _: SyncReport(0, False), exclude=index.path, stop=threading.Event()))


def test_a_system_without_watches_to_give_is_polled(
    index: LocalIndex, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles

    events, ways = watchfiles.watch, []

    def refusing(*paths: str, force_polling: bool | None, **others: object) -> Iterator[set[object]]:
        ways.append(force_polling)
        if not force_polling:
            raise OSError(28, "No space left on device (os error 28)")
        yield from events(*paths, force_polling=True, poll_delay_ms=50, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(watchfiles, "watch", refusing)
    with following(index, docs) as followed:
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt")
        write(docs, {"mill.txt": "The mill is shut."})
        followed.until_it_has("river.txt", "orchard.md", "bakery.txt", "mill.txt")
    assert ways[:2] == [None, True]


def test_a_stopped_watcher_has_nothing_due(docs: Path, index: LocalIndex) -> None:
    stop = threading.Event()
    stop.set()
    assert list(Watcher(lambda: [docs], index.path, stop).due()) == []
