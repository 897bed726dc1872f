"""``retriever sources``, ``retriever forget``, and ``retriever index`` without sources."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_kit import LIFTS, Run, Work

from retriever import Document, IndexStatistics, RemoveReport, Retriever, Source, SourceStatistics
from retriever_cli.render.sources import format_forgotten, format_options, format_sources, list_sources


@pytest.fixture
def place(run: Run, work: Work, tmp_path: Path) -> Path:
    """A working folder whose index has the sources ``docs`` and ``old``, the latter with an encoding."""
    shutil.copytree(work.folder / "docs", tmp_path / "docs")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "plan.txt").write_text(LIFTS.replace("电梯", "扶梯"), encoding="gb18030")
    assert run("index", "docs", cwd=tmp_path).code == 0
    assert run("index", "old/", "--encoding", "gb18030", cwd=tmp_path).code == 0
    return tmp_path


def names(run: Run, place: Path) -> list[str]:
    return [source["name"] for source in json.loads(run("sources", "-f", "json", cwd=place).out)["sources"]]


def test_sources_are_listed(run: Run, place: Path) -> None:
    result = run("sources", cwd=place)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "docs: 2 documents",
        f"  {place / 'docs'}",
        "old: 1 document",
        f"  {place / 'old'}",
        "  encoding gb18030",
    ]


def test_sources_as_json(run: Run, place: Path) -> None:
    with Retriever.open(place / "indexes" / "default") as retriever:
        retriever.add([Document(id="note", text="A note of its own.")])
    shutil.rmtree(place / "old")
    values = json.loads(run("sources", "--index", "default", "--format", "json", cwd=place).out)
    assert set(values) == {"index", "generation", "sources", "program_documents"}
    assert values["program_documents"] == 1
    assert values["sources"][1] == {
        "path": str(place / "old"),
        "name": "old",
        "encoding": "gb18030",
        "max_file_size": 64 * 1024 * 1024,
        "follow": False,
        "documents": 1,
        "exists": False,
    }
    assert "added by programs: 1 document" in run("sources", cwd=place).out.splitlines()


def test_status_lists_the_sources(run: Run, place: Path) -> None:
    lines = run("status", cwd=place).out.splitlines()
    at = lines.index("sources     docs: 2 documents")
    assert lines[at + 1] == "            old: 1 document"
    listed = json.loads(run("sources", "-f", "json", cwd=place).out)["sources"]
    assert json.loads(run("status", "-f", "json", cwd=place).out)["sources"] == listed


def test_index_without_sources_refreshes_all(run: Run, place: Path) -> None:
    (place / "docs" / "library.md").write_text("# The library\n\nIt is closed.\n")
    (place / "old" / "plan.txt").write_text(LIFTS.replace("电梯", "滑梯"), encoding="gb18030")
    planned = run("index", "--dry-run", cwd=place)
    assert planned.code == 0
    assert planned.out.startswith("~ docs/library.md\n~ old/plan.txt\n")
    result = run("index", "--index", place / "indexes" / "default", "--wait", "5", "--checksum", cwd=place / "old")
    assert (result.code, "2 changed, 1 unchanged" in result.out) == (0, True)
    assert "notice" not in result.err
    assert "滑梯" in run("search", "滑梯", "--mode", "lexical", cwd=place).out
    report = json.loads(run("index", "--rebuild", "--format", "json", cwd=place).out)
    assert (report["added"], names(run, place)) == (3, ["docs", "old"])


def test_a_source_that_is_gone_keeps_its_documents_and_exits_with_4(run: Run, place: Path) -> None:
    shutil.rmtree(place / "old")
    result = run("index", cwd=place)
    assert result.code == 4
    assert "  old: no longer there" in result.out
    assert "扶梯" in run("search", "扶梯", "--mode", "lexical", cwd=place).out
    assert "  no longer there; to remove its documents: retriever forget SOURCE\n" in run("sources", cwd=place).out
    refused = run("index", "--rebuild", cwd=place)
    assert (refused.code, refused.out) == (2, "")
    assert "are gone: old" in refused.err
    assert "retriever forget" in refused.err


def test_index_without_sources_says_what_to_do_where_there_are_none(run: Run, place: Path) -> None:
    missing = run("index", "--index", "other", cwd=place)
    assert (missing.code, missing.out) == (3, "")
    assert "retriever index SOURCE..." in missing.err
    assert not (place / "indexes" / "other").exists()
    assert run("forget", "docs", "old", cwd=place).code == 0
    for options in ([], ["--watch"], ["--rebuild"], ["--dry-run"]):
        result = run("index", *options, cwd=place)
        assert (result.code, result.out) == (2, "")
        assert f"error: the index {place / 'indexes' / 'default'} remembers no sources\n" in result.err
        assert "retriever index SOURCE..." in result.err
    assert run("sources", cwd=place).out == "no sources remembered; name them: retriever index SOURCE...\n"


@pytest.mark.parametrize("options", [["--encoding", "utf-8"], ["--max-file-size", "64MB"]])
def test_options_of_a_source_need_one(run: Run, place: Path, options: list[str]) -> None:
    result = run("index", *options, cwd=place)
    assert (result.code, f"{options[0]} needs a SOURCE" in result.err) == (2, True)


def test_forget_removes_the_documents_and_says_how_many(run: Run, place: Path) -> None:
    result = run("forget", "docs/", "--wait", "5", cwd=place)
    assert (result.code, result.err) == (0, "")
    assert result.out == "forgotten  docs/\ndocuments  2 removed, 1 left, generation 3\n"
    assert (names(run, place), (place / "docs" / "library.md").exists()) == (["old"], True)
    report = json.loads(run("forget", place / "old", "--index", "default", "--format", "json", cwd=place).out)
    assert (report["removed"], report["documents"], report["sources"]) == (1, 0, [str(place / "old")])


def test_forget_of_an_unknown_source_changes_nothing(run: Run, place: Path) -> None:
    result = run("forget", "docs", "nope", cwd=place)
    assert (result.code, result.out) == (2, "")
    assert "has no source 'nope'" in result.err
    assert "hint: its sources: docs, old\n" in result.err
    assert names(run, place) == ["docs", "old"]


@pytest.mark.parametrize("command", [["sources"], ["forget", "docs"]])
def test_a_missing_index(run: Run, tmp_path: Path, command: list[str]) -> None:
    result = run(*command, cwd=tmp_path)
    assert (result.code, result.out) == (3, "")
    assert "there is no index" in result.err


def test_options_that_differ_from_the_default() -> None:
    assert format_options(Source("/a", "a")) == ""
    assert format_options(Source("/a", "a", "big5", None)) == "encoding big5, no file size limit"
    assert format_options(Source("/a", "a", None, 2048)) == "files up to 2.0 kB"


def test_names_cannot_break_lines() -> None:
    source = SourceStatistics(Source("/a\nb", "a\nb"), 1, False)
    status = IndexStatistics("x", 1, "", 3, 3, 0, 1, 8, {}, {}, sources=(source,), program_documents=2)
    assert len(format_sources(status, option="").splitlines()) == 4
    assert list_sources(status)[1:] == ["added by programs: 2 documents"]
    assert len(format_forgotten(["a\nb"], RemoveReport(1, True, 1, (), 2)).splitlines()) == 2
