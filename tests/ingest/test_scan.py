"""Scanning: every file once, in one order, whatever the folders hold."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scanning import scan

from retriever import system
from retriever.errors import UsageError
from retriever.ingest.origins import make_path_test
from retriever.ingest.scan import ScanResult
from retriever.ingest.sources import resolve_source
from retriever.reports import Notice, SkippedSource


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, so that sources can be typed relative to it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*names: str, text: str = "words") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def sources(result: ScanResult) -> list[str]:
    return [file.source for file in result.files]


def list_ignored(result: ScanResult) -> dict[str, str]:
    """What was left out, by source."""
    return {notice.source: notice.message.split(": ")[1] for notice in result.ignored}


def test_a_folder_is_walked_in_order(here: Path) -> None:
    put("docs/b.txt", "docs/a.md", "docs/sub/deep/c.HTML", "docs/.hidden.txt", "docs/.git/x.txt", "docs/run.exe")
    result = scan(["docs"])
    assert sources(result) == ["docs/a.md", "docs/b.txt", "docs/sub/deep/c.HTML"]
    assert (result.skipped, list_ignored(result), result.empty) == ((), {"docs": "1 .exe"}, ())
    first = result.files[0]
    assert first.path == here / "docs/a.md"
    assert (first.size, first.changed_ns) == (5, os.stat("docs/a.md").st_ctime_ns)


def test_a_disk_that_ignores_case_has_one_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders with the same file stand for the two spellings of one, and the system tells the stored name."""
    put("Docs/a.txt")
    os.mkdir("docs")
    os.link("Docs/a.txt", "docs/a.txt")

    def ask(handle: int, command: int, buffer: bytes) -> bytes:
        return os.readlink(os.fsencode(f"/proc/self/fd/{handle}")).replace(b"/docs", b"/Docs") + b"\0" * 9

    monkeypatch.setattr(system, "_fcntl", lambda: SimpleNamespace(F_GETPATH=50, fcntl=ask))
    monkeypatch.setattr(sys, "platform", "darwin")
    for named in (["Docs", "docs"], ["docs", "Docs"], ["docs/a.txt", "Docs"], ["docs/*.txt", "Docs/a.txt"]):
        (file,) = scan(named).files
        assert file.real == str(here / "Docs/a.txt")
    assert make_path_test([resolve_source("docs")])(str(here / "Docs/a.txt"))


def test_sources_are_named_as_they_were_typed(here: Path) -> None:
    put("docs/a.txt")
    assert sources(scan(["docs/"])) == ["docs/a.txt"]
    assert sources(scan(["./docs"])) == ["docs/a.txt"]
    assert sources(scan(["."])) == ["docs/a.txt"]
    assert sources(scan([here / "docs"])) == [f"{here}/docs/a.txt"]
    os.chdir("docs")
    assert sources(scan([".."])) == ["../docs/a.txt"]


def test_a_named_file_is_taken_whatever_it_is(here: Path) -> None:
    put("run.exe", ".hidden", "ignored.txt")
    Path(".gitignore").write_text("ignored.txt\n")
    assert sources(scan(["run.exe", ".hidden", "ignored.txt"])) == [".hidden", "ignored.txt", "run.exe"]


def test_patterns_match_at_any_depth(here: Path) -> None:
    put("r/a.txt", "r/x/b.txt", "r/x/y/c.txt", "r/x/d.md", "r/[1].txt")
    assert sources(scan(["r/**/*.txt"])) == ["r/[1].txt", "r/a.txt", "r/x/b.txt", "r/x/y/c.txt"]
    assert sources(scan(["r/x/?.*"])) == ["r/x/b.txt", "r/x/d.md"]
    assert sources(scan(["r/x*"])) == ["r/x/b.txt", "r/x/d.md", "r/x/y/c.txt"]
    assert sources(scan(["r/[1].txt"])) == ["r/[1].txt"]
    assert sources(scan(["r/x/**.md"])) == ["r/x/d.md"]


def test_deep_patterns_survive_loops_of_links(here: Path) -> None:
    put("r/a.txt", "r/x/b.txt", "r/.hidden/c.txt", "r/.d.txt")
    for number in range(12):
        os.symlink(here / "r", f"r/x/link{number}")
        os.symlink(here / "r/x", f"r/back{number}")
    for pattern in ("r/**", "r/**/*", "**/*.txt", f"{here}/r/**/*.txt"):
        assert [file.path.name for file in scan([pattern]).files] == ["a.txt", "b.txt"]


def test_each_file_comes_once(here: Path) -> None:
    put("docs/a.txt", "docs/sub/b.txt")
    expected = scan(["docs", "docs/sub", here / "docs/a.txt", "docs/**/*.txt"])
    assert sources(expected) == [f"{here}/docs/a.txt", "docs/sub/b.txt"]
    for order in permutations(["docs", "docs/sub", here / "docs/a.txt", "docs/**/*.txt"]):
        assert scan(order) == expected


def test_links_are_followed_and_loops_survived(here: Path) -> None:
    put("docs/a.txt", "docs/sub/b.txt", "elsewhere/c.txt")
    os.symlink(here / "docs", "docs/sub/back")
    os.symlink("../sub", "docs/sub/self")
    os.symlink(here / "elsewhere", "docs/more")
    os.symlink("a.txt", "docs/again.txt")
    os.symlink("nowhere.txt", "docs/broken.txt")
    os.symlink("loop.txt", "docs/loop.txt")
    result = scan(["docs"], follow=True)
    assert sources(result) == ["docs/a.txt", "docs/more/c.txt", "docs/sub/b.txt"]
    assert [file.path.name for file in result.files] == ["a.txt", "c.txt", "b.txt"]
    assert result.files[1].path == here / "elsewhere/c.txt"
    assert result.skipped == ()
    assert result.broken == (
        Notice("docs/broken.txt", "a broken or circular link"),
        Notice("docs/loop.txt", "a broken or circular link"),
    )


LEFT_BEHIND = [
    *("~$minutes.docx", ".~lock.minutes.docx#", "~WRL0001.tmp", "._minutes.docx", ".DS_Store", "Thumbs.db"),
    *("desktop.ini", "notes.txt~", "#notes.txt#", ".notes.txt.swp", "book.pdf.part", "book.pdf.crdownload"),
    *("__MACOSX/notes.txt", "$RECYCLE.BIN/notes.txt", "@eaDir/notes.txt"),
]


def test_what_programs_leave_behind_is_left_out_without_a_word(here: Path) -> None:
    put("docs/~notes.txt", "docs/notes$~.txt", *(f"docs/{name}" for name in LEFT_BEHIND))
    result = scan(["docs"])
    assert sources(result) == ["docs/notes$~.txt", "docs/~notes.txt"]
    assert (result.skipped, result.ignored, result.broken) == ((), (), ())
    assert sources(scan(["docs/*.*"])) == ["docs/notes$~.txt", "docs/~notes.txt"]
    assert sources(scan(["docs/~$minutes.docx"])) == ["docs/~$minutes.docx"]


def test_links_out_of_a_folder_are_listed_and_not_followed(here: Path) -> None:
    put("docs/a.txt", "docs/sub/b.txt", "elsewhere/c.txt", "elsewhere/key.md", "elsewhere/tool.exe")
    os.symlink(here / "elsewhere", "docs/more")
    os.symlink(here / "elsewhere/key.md", "docs/sub/note.md")
    os.symlink(here / "elsewhere/tool.exe", "docs/tool.exe")
    os.symlink("../sub", "docs/sub/self")
    os.symlink("/proc/self/environ", "docs/environ.txt")
    result = scan(["docs"])
    assert sources(result) == ["docs/a.txt", "docs/sub/b.txt"]
    ((source, message),) = [(notice.source, notice.message) for notice in result.outside]
    assert (source, message.rpartition(": ")[2]) == ("docs", "docs/environ.txt, docs/more, docs/sub/note.md")
    assert sources(scan(["docs", "elsewhere"])) == [
        *("docs/a.txt", "docs/sub/b.txt", "elsewhere/c.txt", "elsewhere/key.md"),
    ]


def test_a_link_that_is_named_is_followed(here: Path) -> None:
    put("elsewhere/c.txt")
    os.symlink(here / "elsewhere", "docs")
    os.symlink(here / "elsewhere/c.txt", "note.txt")
    assert sources(scan(["docs", "note.txt"])) == ["docs/c.txt"]
    assert sources(scan(["*.txt"])) == ["note.txt"]


def test_what_linux_says_of_processes_is_no_document(here: Path) -> None:
    put("docs/a.txt")
    os.symlink("/proc/self/environ", "docs/environ.txt")
    os.symlink("/proc/self", "docs/process")
    for result in (scan(["docs"], follow=True), scan(["docs/*.txt", "/proc/self/environ"])):
        assert sources(result) == ["docs/a.txt"]
        assert {"docs/environ.txt"} <= {item.source for item in result.skipped}
        assert all("operating system" in item.reason for item in result.skipped)


def test_a_broken_link_that_is_named_is_an_error(here: Path) -> None:
    os.symlink("nowhere", "gone")
    os.symlink("loop", "loop")
    for name in ("gone", "loop"):
        with pytest.raises(UsageError, match=f"{name} is a broken or circular link"):
            scan([name])
    assert [item.source for item in scan(["*o*"]).broken] == ["gone", "loop"]


@pytest.mark.parametrize(("typed", "stored"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_is_found_in_whatever_form_of_unicode_it_is_stored(here: Path, typed: str, stored: str) -> None:
    names = ("Übersicht/größe.txt", "Übersicht/한국어/보고서.txt", "가.md")
    put(*(unicodedata.normalize(stored, name) for name in names))
    for name, count in (("Übersicht", 2), ("Übersicht/größe.txt", 1), ("Übersicht/한국어", 1), ("가.md", 1)):
        assert len(scan([unicodedata.normalize(typed, name)]).files) == count
    for pattern in ("Übersicht/größ*.txt", "Übersicht/**/보고*.txt", "*/한국어/*"):
        assert len(scan([unicodedata.normalize(typed, pattern)]).files) == 1


def test_two_names_that_look_the_same_are_told_apart(here: Path) -> None:
    both = [unicodedata.normalize(form, "größe.txt") for form in ("NFC", "NFD")]
    put(*both)
    assert [sources(scan([name])) for name in both] == [[name] for name in both]


def test_ignore_files_hold_as_in_git(here: Path) -> None:
    put(
        *("docs/a.txt", "docs/b.tmp.txt", "docs/build/c.txt", "docs/sub/build/d.txt", "docs/sub/keep.tmp.txt"),
        *("docs/sub/e.txt", "docs/sub/top.txt", "docs/top.txt", "docs/draft/f.txt", "docs/sub/secret.md"),
    )
    Path("docs/.gitignore").write_text("*.tmp.txt\nbuild/\n/top.txt\ndraft/*\n!draft/f.txt\n# none\n")
    Path("docs/sub/.gitignore").write_text("!keep.tmp.txt\nsecret.md\n")
    Path("docs/.retrieverignore").write_text("e.txt\n")
    Path("docs/sub/.retrieverignore").write_text("!secret.md\n")
    assert sources(scan(["docs"])) == [
        "docs/a.txt",
        "docs/draft/f.txt",
        "docs/sub/keep.tmp.txt",
        "docs/sub/secret.md",
        "docs/sub/top.txt",
    ]
    assert sources(scan(["docs/sub"])) == [
        "docs/sub/build/d.txt",
        "docs/sub/e.txt",
        "docs/sub/keep.tmp.txt",
        "docs/sub/secret.md",
        "docs/sub/top.txt",
    ]


def test_rules_of_the_work_tree_hold_in_a_folder_of_it(here: Path) -> None:
    put("tree/docs/a.txt", "tree/docs/b.txt")
    Path("tree/.gitignore").write_text("docs/b.txt\n")
    Path(".gitignore").write_text("a.txt\n")
    assert sources(scan(["tree/docs"])) == ["tree/docs/a.txt", "tree/docs/b.txt"]
    Path("tree/.git").mkdir()
    assert sources(scan(["tree/docs"])) == ["tree/docs/a.txt"]


def test_a_huge_file_of_rules_is_not_read(here: Path) -> None:
    put("docs/a.txt", "docs/sub/b.txt")
    Path("docs/sub/.gitignore").touch()
    os.truncate("docs/sub/.gitignore", 1 << 40)
    result = scan(["docs"])
    assert sources(result) == ["docs/a.txt"]
    assert [(item.source, item.reason) for item in result.skipped] == [("docs/sub", "it has more than 1 mb")]


@pytest.mark.parametrize(("file", "rule"), [("tree", "docs/"), ("tree", "/docs"), ("tree/docs", "*"), ("tree", "*")])
def test_an_ignored_folder_that_is_named_is_read(here: Path, file: str, rule: str) -> None:
    put("tree/docs/sub/a.txt", "tree/docs/sub/b.txt", "tree/other/c.txt")
    Path("tree/.git").mkdir()
    Path(file, ".gitignore").write_text(rule)
    Path("tree/docs/sub/.gitignore").write_text("b.txt\n")
    assert sources(scan(["tree/docs/sub"])) == ["tree/docs/sub/a.txt"]
    assert sources(scan(["tree"])) == ([] if rule == "*" and file == "tree" else ["tree/other/c.txt"])


def test_a_folder_that_a_nearer_rule_takes_back_keeps_the_rules_above_it(here: Path) -> None:
    put("tree/docs/sub/a.txt", "tree/docs/sub/secret.txt")
    Path("tree/.git").mkdir()
    Path("tree/.gitignore").write_text("docs/sub/\n")
    Path("tree/docs/.gitignore").write_text("secret.txt\n")
    assert sources(scan(["tree/docs/sub"])) == ["tree/docs/sub/a.txt", "tree/docs/sub/secret.txt"]
    Path("tree/docs/.gitignore").write_text("!sub/\nsecret.txt\n")
    assert sources(scan(["tree/docs/sub"])) == sources(scan(["tree"])) == ["tree/docs/sub/a.txt"]


def test_a_folder_of_which_the_rules_leave_nothing_says_so(here: Path) -> None:
    put("docs/a.txt", "docs/b.txt", "more/a.txt", "more/c.txt")
    Path("docs/.gitignore").write_text("*.txt\n")
    Path("more/.gitignore").write_text("c.txt\n")
    told = [(notice.source, notice.message) for notice in scan(["docs", "more"]).ignored]
    assert told == [("docs", "left out by .gitignore or .retrieverignore: 2 files and folders")]
    with suppress(OSError, UnicodeEncodeError):  # not every file system has names that are no Unicode
        Path("docs").rename("docs\udcff")
        [notice] = scan(["docs\udcff"]).ignored
        assert notice.source == "docs\\xff"


def test_index_folders_are_never_entered(here: Path) -> None:
    put("docs/a.txt", "docs/index/notes.txt", "docs/other/b.txt", "docs/other/CURRENT")
    put("docs/other/generations/1.txt", "docs/other/segments/2.txt")
    assert sources(scan(["docs"], exclude=[here / "docs/index"])) == ["docs/a.txt"]
    assert sources(scan(["docs/**/*.txt"], exclude=[Path("docs/index")]))[0] == "docs/a.txt"
    assert "docs/index/notes.txt" not in sources(scan(["docs/index/notes.txt"], exclude=[here / "docs/index"]))


@pytest.mark.parametrize("source", ["missing", "missing/a.txt", "docs/*.pdf", "[", "docs/a.txt/b"])
def test_what_is_not_there_is_a_usage_error(here: Path, source: str) -> None:
    put("docs/a.txt")
    with pytest.raises(UsageError) as caught:
        scan(["docs", source])
    assert source in str(caught.value)
    assert caught.value.hint


def test_sources_without_files_are_named(here: Path) -> None:
    put("docs/a.txt", "code/run.exe")
    Path("empty/deep").mkdir(parents=True)
    result = scan(["empty", "docs", "code"])
    assert [source.name for source in result.empty] == ["empty", "code"]
    assert list_ignored(result) == {"code": "1 .exe"}


def test_what_no_reader_knows_is_counted_by_extension_and_source(here: Path) -> None:
    put("docs/a.txt", "docs/x.HWP", "docs/y.hwp", "docs/z.djvu", "docs/Makefile", "docs/.hidden.hwp", "more/b.vsd")
    put("docs/sub/ruled-out.hwp")
    Path("docs/.gitignore").write_text("ruled-*\n")
    Path("docs/w.hwp").symlink_to("x.HWP")
    counted = {"docs": "2 .hwp, 1 .djvu, 1 without one", "more": "1 .vsd"}
    assert list_ignored(scan(["docs/", "more", "./docs"])) == counted
    assert list_ignored(scan(["docs", "docs/x.HWP", "docs/y.hwp"])) == {"docs": "1 .djvu, 1 without one"}
    put(*(f"code/{number}.{letter}q" for letter in "abcdefghijklmno" for number in range(2)), "code/z.djvu")
    named = ", ".join(f"2 .{letter}q" for letter in "abcdefghijk")
    # A document is not hidden by more of what nobody would search.
    assert list_ignored(scan(["code"])) == {"code": f"1 .djvu, {named}, 8 of 4 other types"}


def test_what_cannot_be_listed_is_skipped(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("docs/a.txt", "docs/closed/b.txt")
    listed = os.scandir

    def refuse(path: str) -> Iterable[os.DirEntry[str]]:
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    # The superuser may list everything, so that the refusal has to be played.
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        result = scan(["docs"])
    assert sources(result) == ["docs/a.txt"]
    assert result.skipped == (SkippedSource("docs/closed", "permission denied"),)


def test_what_is_no_regular_file_is_skipped(here: Path) -> None:
    Path("docs").mkdir()
    os.mkfifo("docs/pipe.txt")
    assert scan(["docs"]).skipped == (SkippedSource("docs/pipe.txt", "not a regular file"),)


def test_each_name_that_is_no_text_is_skipped(here: Path) -> None:
    Path("docs").mkdir()
    try:
        for name in (b"docs/\xb0\xa1.txt", b"docs/\xb0\xa2.txt"):
            Path(os.fsdecode(name)).write_text("words")
    except OSError:  # some file systems take no such name
        pytest.skip("the file system takes names in Unicode only")
    result = scan(["docs"])
    assert result.files == ()
    assert [skipped.source for skipped in result.skipped] == ["docs/\\xb0\\xa1.txt", "docs/\\xb0\\xa2.txt"]


def test_very_deep_folders_are_walked(here: Path) -> None:
    depth = 1200
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    put("a.txt")
    os.chdir(here)
    found = scan(["d"])
    # Taken down here: pytest removes its folders by recursion, which such a depth is too much for.
    os.chdir("d/" * depth)
    os.remove("a.txt")
    for _ in range(depth):
        os.chdir("..")
        os.rmdir("d")
    assert len(found.files) == 1


names = st.sampled_from(["a", "b.txt", "c.md", ".d.txt", "e.exe", "f"])


@given(st.sets(st.lists(names, min_size=1, max_size=4).map(tuple), max_size=12))
def test_a_walk_finds_exactly_the_known_visible_files(
    tmp_path_factory: pytest.TempPathFactory, trees: set[tuple[str, ...]]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for parts in sorted(trees):
        path = root.joinpath(*parts)
        if not any(parent.is_file() for parent in path.parents) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("words")
    expected = {
        path
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix in {".txt", ".md"}
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }
    files = scan([root]).files
    assert {file.path for file in files} == {path.resolve() for path in expected}
    assert [file.source for file in files] == sorted(str(path) for path in expected)
