"""An index remembers its sources: it refreshes them from anywhere, and forgets what only they brought."""

from __future__ import annotations

import os
import shutil
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import write

from retriever import Document, Retriever, Source
from retriever.errors import IndexCorruptError, UsageError
from retriever.ingest.sources import locate, resolve_source, show_path
from retriever.types import DEFAULT_MAX_FILE_SIZE

pytestmark = pytest.mark.usefixtures("read_here")

STORED = Path(__file__).parents[1] / "data" / "index-format-2.zip"


@pytest.fixture
def retriever(docs: Path, tmp_path: Path) -> Iterator[Retriever]:
    """An index of nothing yet, beside ``docs``."""
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        yield opened


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def names(retriever: Retriever) -> list[str]:
    return [source.name for source in retriever.sources()]


def documents(retriever: Retriever) -> set[str]:
    return {document.source for document in retriever.documents()}


def counts(retriever: Retriever) -> dict[str, int]:
    return {item.source.name: item.documents for item in retriever.status().sources}


RIVER, ORCHARD, BAKERY = "docs/river.txt", "docs/orchard.md", "docs/town/bakery.txt"


def test_sources_are_remembered_with_their_names_and_options(retriever: Retriever, docs: Path, tmp_path: Path) -> None:
    retriever.sync("docs/town/", encoding="gb18030", max_file_size=None)
    retriever.sync(tmp_path / "docs/river.txt", "docs/*.md")
    retriever.sync("docs/town", max_file_size=1000)
    path = str(tmp_path / "docs")
    assert retriever.sources() == (
        Source(f"{path}/river.txt", f"{path}/river.txt", None, DEFAULT_MAX_FILE_SIZE),
        Source(f"{path}/*.md", "docs/*.md", None, DEFAULT_MAX_FILE_SIZE),
        Source(f"{path}/town", "docs/town", None, 1000),
    )


def test_a_refresh_from_another_folder_keeps_names_and_options(
    retriever: Retriever, docs: Path, tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.txt").write_text("面包房每天清晨开门", encoding="gb18030")
    retriever.sync("docs")
    retriever.sync("old", encoding="gb18030")
    before, known = documents(retriever), retriever.sources()
    (tmp_path / "old" / "a.txt").write_text("面包房每天傍晚关门", encoding="gb18030")
    write(docs, {"river.txt": "The river is dry.", "town/mill.txt": "The mill stands still."})
    (tmp_path / "docs/orchard.md").unlink()
    monkeypatch.chdir(elsewhere)
    report = retriever.sync()
    assert (report.added, report.changed, report.removed, report.skipped) == (1, 2, 1, ())
    assert documents(retriever) == before - {ORCHARD} | {"docs/town/mill.txt"}
    assert retriever.sources() == known
    assert "傍晚" in retriever.document("old/a.txt").passages[0].text
    assert not retriever.sync().committed


def test_a_refresh_from_another_folder_keeps_what_it_cannot_look_at(
    retriever: Retriever, docs: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever.sync("docs")
    listing, town = os.scandir, os.path.abspath("docs/town")

    def refuse(path: str) -> object:
        if os.path.abspath(path) == town:
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.chdir(elsewhere)
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        report = retriever.sync()
    assert [item.source for item in report.skipped] == ["docs/town"]
    assert documents(retriever) == {RIVER, ORCHARD, BAKERY}


def test_a_refresh_from_another_folder_drops_a_linked_file_that_is_gone(
    retriever: Retriever, docs: Path, tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "far", {"isle.txt": "The isle has a lamp of its own."})
    (docs / "isle.txt").symlink_to(tmp_path / "far" / "isle.txt")
    retriever.sync("docs", follow=True)
    assert "docs/isle.txt" in documents(retriever)
    shutil.rmtree(tmp_path / "far")
    (docs / "isle.txt").unlink()
    monkeypatch.chdir(elsewhere)
    assert retriever.sync().removed == 1


def test_a_source_that_is_gone_is_reported_and_keeps_its_documents(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs/town", "docs/river.txt", "docs/*.md")
    shutil.rmtree(docs / "town")
    (docs / "orchard.md").unlink()
    write(docs, {"river.txt": "The river is dry."})
    report = retriever.sync()
    assert [item.source for item in report.skipped] == ["docs/town", "docs/*.md"]
    assert "no longer there" in report.skipped[0].reason
    assert (report.changed, report.removed, report.documents) == (1, 0, 3)
    assert [(item.documents, item.exists) for item in retriever.status().sources] == [(1, False), (1, True), (1, False)]


def test_forgetting_keeps_what_another_source_brings(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs", "docs/town", "docs/*.md")
    assert counts(retriever) == {"docs": 3, "docs/town": 1, "docs/*.md": 1}
    report = retriever.forget("docs/town")
    assert (report.removed, report.documents, report.committed) == (0, 3, True)
    report = retriever.forget("docs")
    assert (report.removed, report.documents) == (2, 1)
    assert (names(retriever), documents(retriever)) == (["docs/*.md"], {ORCHARD})
    assert retriever.forget("docs/*.md").removed == 1
    assert retriever.sources() == ()


def test_a_deleted_folder_is_forgotten_from_anywhere(
    retriever: Retriever, docs: Path, tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever.sync("docs/town", "docs/river.txt")
    shutil.rmtree(docs / "town")
    monkeypatch.chdir(elsewhere)
    assert retriever.forget("docs/town/").removed == 1
    assert documents(retriever) == {RIVER}
    assert retriever.forget(tmp_path / "docs/river.txt").removed == 1


def test_several_are_forgotten_in_one_commit_or_none(retriever: Retriever, docs: Path) -> None:
    before = retriever.sync("docs/town", "docs/river.txt", "docs/*.md").generation
    with pytest.raises(UsageError, match=r"has no source 'nope', 'neither'") as raised:
        retriever.forget("docs/town", "nope", "neither")
    assert raised.value.hint == "its sources: docs/town, docs/river.txt, docs/*.md"
    with pytest.raises(UsageError, match="no source to forget"):
        retriever.forget()
    assert (len(names(retriever)), retriever.status().generation) == (3, before)
    report = retriever.forget("docs/town", "docs/*.md", "docs/town")
    assert (report.removed, report.generation) == (2, before + 1)


def test_sources_of_one_name_are_told_apart_by_the_folder_that_one_stands_in(
    retriever: Retriever, docs: Path, tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever.sync("docs")
    write(elsewhere / "docs", {"reef.txt": "No boat goes to the reef."})
    write(elsewhere / "far", {"isle.txt": "The isle has a lamp of its own."})
    (elsewhere / "docs" / "isle.txt").symlink_to(elsewhere / "far" / "isle.txt")
    monkeypatch.chdir(elsewhere)
    retriever.sync("docs", follow=True)
    assert [item.documents for item in retriever.status().sources] == [3, 2]
    monkeypatch.chdir(elsewhere / "far")
    with pytest.raises(UsageError, match="several sources 'docs'") as raised:
        retriever.forget("docs")
    assert str(tmp_path / "docs") in str(raised.value.hint)
    monkeypatch.chdir(elsewhere)
    other = Retriever.open(retriever.location, model=FakeEncoder())
    assert retriever.forget("docs").removed == 2
    assert documents(retriever) == {RIVER, ORCHARD, BAKERY}
    retriever.sync("docs", follow=True)
    assert other.forget(tmp_path / "docs").removed == 3
    assert documents(retriever) == {"docs/reef.txt", "docs/isle.txt"}
    other.close()


@pytest.mark.parametrize("name", ["docs", "docs/*.txt", "docs/link.txt"])
def test_forgetting_takes_a_linked_file_along(retriever: Retriever, docs: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path / "far", {"isle.txt": "The isle has a lamp of its own."})
    (docs / "link.txt").symlink_to(tmp_path / "far" / "isle.txt")
    retriever.sync(name, follow=True)
    assert "docs/link.txt" in documents(retriever)
    retriever.forget(name)
    assert documents(retriever) == set()


def test_prune_forgets_the_other_sources(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs/town", "docs/river.txt")
    retriever.add([Document(id="note", text="A note of its own.")])
    report = retriever.sync("docs/*.md", prune=True)
    assert (report.removed, names(retriever)) == (2, ["docs/*.md"])
    assert documents(retriever) == {ORCHARD, "note"}


@pytest.mark.parametrize("option", ["prune", "rebuild"])
def test_nothing_is_pruned_or_rebuilt_while_a_source_is_gone(retriever: Retriever, docs: Path, option: str) -> None:
    retriever.sync("docs/town", "docs/river.txt")
    shutil.rmtree(docs / "town")
    with pytest.raises(UsageError, match=f"cannot {option} .* that are gone: docs/town") as raised:
        retriever.sync(prune=option == "prune", rebuild=option == "rebuild")
    assert "retriever forget" in str(raised.value.hint)
    assert documents(retriever) == {RIVER, BAKERY}
    retriever.sync("docs/river.txt", prune=option == "prune", rebuild=option == "rebuild")
    assert (documents(retriever), names(retriever)) == ({RIVER}, ["docs/river.txt"])


def test_a_rebuild_without_sources_keeps_all_of_them(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs/town", encoding="utf-8")
    retriever.sync("docs/river.txt")
    retriever.add([Document(id="note", text="A note of its own.")])
    known, before = retriever.sources(), documents(retriever)
    assert retriever.sync(rebuild=True).added == 2
    assert (retriever.sources(), documents(retriever)) == (known, before)


def test_a_rebuild_with_sources_remembers_only_those(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs/town", "docs/river.txt")
    retriever.sync("docs/*.md", rebuild=True)
    assert (names(retriever), documents(retriever)) == (["docs/*.md"], {ORCHARD})


def test_a_damaged_index_is_not_taken_for_one_without_sources(retriever: Retriever, docs: Path, tmp_path: Path) -> None:
    retriever.sync("docs")
    (tmp_path / "index" / "CURRENT").write_text("{")
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        with pytest.raises(IndexCorruptError):
            opened.sync(rebuild=True)
        assert opened.sync("docs", rebuild=True).added == 3


def test_a_dry_run_remembers_nothing(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs/town")
    retriever.sync("docs/river.txt", dry_run=True)
    assert names(retriever) == ["docs/town"]
    write(docs, {"town/mill.txt": "The mill stands still."})
    report = retriever.sync(dry_run=True)
    assert (report.added, report.committed, documents(retriever)) == (1, False, {BAKERY})


def test_files_are_read_again_where_a_source_is_named_with_another_encoding(
    retriever: Retriever, tmp_path: Path
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.txt").write_text("面包房每天清晨开门，每天傍晚关门，每天都有新面包", encoding="gb18030")
    retriever.sync("old", encoding="cp1251")
    assert not retriever.search("面包", mode="lexical")
    report = retriever.sync("old")
    assert (report.changed, report.unchanged) == (1, 0)
    assert len(retriever.search("面包", mode="lexical")) == 1
    report = retriever.sync("old")
    assert (report.changed, report.unchanged, report.committed) == (0, 1, False)


def test_a_source_keeps_its_name_until_a_rebuild(
    retriever: Retriever, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever.sync("docs")
    monkeypatch.chdir("docs")
    write(Path(), {"town/mill.txt": "The mill stands still."})
    retriever.sync(".", max_file_size=None)
    assert [(source.name, source.max_file_size) for source in retriever.sources()] == [("docs", None)]
    assert documents(retriever) == {RIVER, ORCHARD, BAKERY, "docs/town/mill.txt"}
    found = retriever.search("mill", mode="lexical", where='folder = "docs"')
    assert [hit.citation for hit in found] == ["town/mill.txt:1"]
    retriever.sync(".", rebuild=True)
    assert names(retriever) == ["."]
    assert documents(retriever) == {"river.txt", "orchard.md", "town/bakery.txt", "town/mill.txt"}


KITCHEN = "Die Küche ist groß, und die Tür ist grün."


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    """A file in an encoding that no guess finds, in a folder of a folder."""
    path = tmp_path / "old" / "deep" / "kitchen.txt"
    path.parent.mkdir(parents=True)
    write(tmp_path / "old", {"a.txt": "Nobody lives here.", "deep/b.txt": "Nobody else lives here."})
    path.write_text(KITCHEN, encoding="cp037")
    return path


def is_right(retriever: Retriever) -> bool:
    return [hit.text for hit in retriever.search("Küche", mode="lexical")] == [KITCHEN]


@pytest.mark.parametrize("outer", ["old", "old/**/*.txt"])
def test_a_file_is_read_by_the_options_of_its_nearest_source(retriever: Retriever, kitchen: Path, outer: str) -> None:
    retriever.sync(outer)
    assert not is_right(retriever)
    assert retriever.sync("old/deep", encoding="cp037").changed == 2
    assert is_right(retriever)
    report = retriever.sync()
    assert (report.changed, report.unchanged, report.committed) == (0, 3, False)
    # Whichever source is looked at: a change does not bring the options of the other one.
    for sources in ([], [outer]):
        kitchen.write_text(KITCHEN + " " * len(sources), encoding="cp037")
        os.utime(kitchen, (len(sources), len(sources)))
        assert retriever.sync(*sources, checksum=True).skipped == ()
        assert is_right(retriever)
    retriever.sync(rebuild=True)
    assert is_right(retriever)


def test_files_are_read_again_where_another_source_becomes_the_nearest(retriever: Retriever, kitchen: Path) -> None:
    retriever.sync("old", encoding="cp037")
    assert is_right(retriever)
    report = retriever.sync("old/deep/kitchen.txt")
    assert (report.changed, is_right(retriever)) == (1, False)
    assert retriever.sync("old", encoding="cp037", prune=True).changed == 1
    assert is_right(retriever)
    retriever.sync("old/deep/*.txt", max_file_size=10)
    assert retriever.status().documents == 1


def test_what_a_forgotten_source_shared_is_read_again_by_the_other_one(retriever: Retriever, kitchen: Path) -> None:
    retriever.sync("old", encoding="cp037")
    retriever.sync("old/deep")
    assert not is_right(retriever)
    assert retriever.forget("old/deep").removed == 0
    assert retriever.status().documents == 3
    report = retriever.sync()
    assert (report.changed, report.unchanged, is_right(retriever)) == (2, 1, True)
    assert retriever.sync().committed is False


def test_other_options_are_remembered_once_all_was_read_again(
    retriever: Retriever, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever.sync("docs", encoding="cp1251")
    monkeypatch.setattr("retriever.ingest.sync.FEW", 0)
    write(docs, {"mill.txt": "The mill stands still."})
    # In steps, an interruption after the first would leave the other files as they were read before.
    assert retriever.sync("docs").generation == 2


def test_a_smaller_maximum_size_holds_for_what_is_there(retriever: Retriever, docs: Path) -> None:
    write(docs, {"town/long.txt": "The river is wide. " * 100})
    retriever.sync("docs/town")
    report = retriever.sync("docs/town", max_file_size=1000)
    assert (report.removed, [item.source for item in report.skipped]) == (1, ["docs/town/long.txt"])
    assert documents(retriever) == {BAKERY}
    assert retriever.sync("docs/town").added == 1
    assert documents(retriever) == {BAKERY, "docs/town/long.txt"}


def test_options_of_a_source_need_the_source(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs")
    for options in ({"encoding": "gb18030"}, {"max_file_size": 10}, {"follow": True}):
        with pytest.raises(UsageError, match="belong to the sources"):
            retriever.sync(**options)  # type: ignore[arg-type]


def watched(retriever: Retriever, sources: Sequence[str] = ()) -> list[tuple[int, list[str]]]:
    """How many documents the first report of a watch has, and what it skipped."""
    stop, found = threading.Event(), []
    for report in retriever.watch(*sources, stop=stop):
        found.append((report.documents, [item.source for item in report.skipped]))
        stop.set()
    return found


def test_a_watch_without_sources_follows_those_that_come_meanwhile(
    retriever: Retriever, docs: Path, tmp_path: Path
) -> None:
    retriever.sync("docs/river.txt")
    stop, reports = threading.Event(), retriever.watch()
    assert next(reports).documents == 1
    with Retriever.open(tmp_path / "index", model=FakeEncoder()) as other:
        other.sync("docs/town")
    write(docs, {"town/mill.txt": "The mill stands still."})
    assert next(report for report in reports if "docs/town/mill.txt" in documents(retriever)).removed == 0
    stop.set()


@pytest.mark.parametrize("allow_empty", [False, True])
def test_a_watch_empties_a_source_only_where_it_may(retriever: Retriever, docs: Path, allow_empty: bool) -> None:
    reports = retriever.watch("docs/town", allow_empty=allow_empty)
    assert next(reports).added == 1
    (docs / "town" / "bakery.txt").unlink()
    assert next(reports).removed == allow_empty
    assert documents(retriever) == (set() if allow_empty else {BAKERY})


def test_a_watch_without_sources_keeps_names_and_options(
    retriever: Retriever, docs: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever.sync("docs/town", encoding="utf-8", max_file_size=None)
    retriever.sync("docs/river.txt")
    known = retriever.sources()
    write(docs, {"town/mill.txt": "The mill stands still."})
    monkeypatch.chdir(elsewhere)
    assert watched(retriever) == [(3, [])]
    assert retriever.sources() == known
    assert documents(retriever) == {RIVER, BAKERY, "docs/town/mill.txt"}


def test_a_watch_without_sources_goes_on_without_those_that_are_gone(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs/town", "docs/river.txt")
    shutil.rmtree(docs / "town")
    assert watched(retriever) == [(2, ["docs/town"])]
    with pytest.raises(UsageError, match=r"no such file or folder: .*docs/town"):
        watched(retriever, ["docs/town"])


def test_a_watch_of_an_index_without_sources_is_refused(retriever: Retriever) -> None:
    with pytest.raises(UsageError, match="remembers no sources"):
        watched(retriever)


def test_each_index_has_its_own_sources(retriever: Retriever, docs: Path, tmp_path: Path) -> None:
    with Retriever.open(tmp_path / "second", create=True, model=FakeEncoder()) as second:
        retriever.sync("docs/town")
        second.sync("docs/river.txt")
        second.sync("docs/town", encoding="utf-8")
        assert second.forget("docs/town").removed == 1
        assert (names(retriever), names(second)) == (["docs/town"], ["docs/river.txt"])
        assert documents(retriever) == {BAKERY}


def test_documents_of_programs_belong_to_no_source(retriever: Retriever, docs: Path) -> None:
    retriever.sync("docs")
    retriever.add([Document(id=RIVER, text="A note of its own.", source=RIVER)])
    status = retriever.status()
    assert (counts(retriever), status.program_documents) == ({"docs": 3}, 1)
    assert retriever.forget("docs").removed == 3
    assert retriever.status().program_documents == 1


def test_an_index_of_format_2_knows_no_sources(tmp_path: Path) -> None:
    with zipfile.ZipFile(STORED) as archive:
        archive.extractall(tmp_path / "stored")
    (folder,) = (path.parent for path in (tmp_path / "stored").rglob("CURRENT"))
    with Retriever.open(folder, model=FakeEncoder()) as stored:
        assert (stored.sources(), stored.status().sources) == ((), ())
        with pytest.raises(UsageError, match="remembers no sources") as raised:
            stored.sync()
        assert "retriever index SOURCE..." in str(raised.value.hint)
        with pytest.raises(UsageError, match="has no source 'docs'") as raised:
            stored.forget("docs")
        assert raised.value.hint == "its sources: none"


@pytest.mark.parametrize("name", [".", "..", "docs", "docs/", "../a[1]/docs", "docs/*.txt", "docs/**", "*/river.txt"])
@pytest.mark.parametrize("absolute", [False, True])
def test_what_a_source_shows_is_located_from_anywhere(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, name: str, absolute: bool
) -> None:
    file = tmp_path / "a[1]" / "docs" / "river.txt"
    write(tmp_path, {"a[1]/docs/river.txt": "The river."})
    monkeypatch.chdir(tmp_path / "a[1]")
    source = resolve_source(f"{tmp_path}/a[1]/{name}" if absolute else name)
    shown = show_path(source, str(file))
    if not absolute:
        assert os.path.realpath(shown) == str(file)
    monkeypatch.chdir(elsewhere)
    assert locate(source, shown) == str(file)
    assert locate(source, "other/river.txt") != str(file)


@pytest.mark.parametrize("name", [".", "docs", "docs/*.txt", "docs/**/*.txt"])
def test_a_folder_with_brackets_in_its_name_is_no_pattern(
    retriever: Retriever, tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write(tmp_path, {"a[1]/docs/reef.txt": "No boat goes to the reef."})
    monkeypatch.chdir(tmp_path / "a[1]")
    retriever.sync(name)
    assert documents(retriever) == {"docs/reef.txt"}
    monkeypatch.chdir(elsewhere)
    (tmp_path / "a[1]" / "docs" / "reef.txt").write_text("A boat goes to the reef.")
    assert retriever.sync().changed == 1
    assert retriever.forget(name if name != "." else tmp_path / "a[1]").removed == 1
