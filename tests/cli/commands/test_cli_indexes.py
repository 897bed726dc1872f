"""``retriever documents``, ``indexes`` and ``delete``, at the command line."""

from __future__ import annotations

import io
import json
import shlex
import shutil
from pathlib import Path

import pytest
from cli_kit import Run, Work
from terminal import Terminal

from retriever import DeleteReport, IndexStatistics
from retriever_cli.commands.indexes import delete
from retriever_cli.commands.status import describe


@pytest.fixture
def folder(work: Work, tmp_path: Path) -> Path:
    shutil.copytree(work.folder / "indexes", tmp_path / "indexes")
    return tmp_path


def test_documents_are_listed_with_what_tells_them_apart(run: Run, work: Work, tmp_path: Path) -> None:
    lines = run("documents", cwd=work.folder).out.splitlines()
    assert lines[0].startswith("docs/library.md: 2 passages, en")
    assert lines[1:3] == ["  Opening hours of the Harrow Lane library", f"  {work.folder / 'docs' / 'library.md'}"]
    values = json.loads(run("documents", "-f", "json", cwd=work.folder).out)
    assert [one["source"] for one in values["documents"]] == ["docs/library.md", "docs/电梯.txt"]
    known = {"document", "source", "title", "language", "passages", "path", "date", "metadata"}
    assert set(values["documents"][0]) == known

    (tmp_path / "rows.jsonl").write_text('{"id": "r1", "text": "The heron stands at dawn.", "date": "2021-03"}\n')
    (tmp_path / "minutes 2020-05-06.txt").write_text("The lamp burns at dusk.")
    assert run("index", "rows.jsonl", "minutes 2020-05-06.txt", cwd=tmp_path).code == 0
    first, second = [line for line in run("documents", cwd=tmp_path).out.splitlines() if line[0] != " "]
    assert first == "minutes 2020-05-06.txt: 1 passage, 2020-05-06, en"
    assert second == "rows.jsonl#r1: 1 passage, 2021-03, en"


def test_passages_are_counted_in_the_users_language(run: Run, work: Work) -> None:
    listed = run("documents", cwd=work.folder, env={"RETRIEVER_LANG": "zh_CN"}).out.splitlines()
    assert listed[0].startswith("docs/library.md: 2 个段落, en")
    assert listed[1] == "  Opening hours of the Harrow Lane library"


def test_indexes_are_listed_also_those_that_cannot_be_used(run: Run, folder: Path) -> None:
    shutil.copytree(folder / "indexes" / "default", folder / "indexes" / "broken")
    (folder / "indexes" / "broken" / "CURRENT").write_text("{}")
    (folder / "indexes" / "no-index").mkdir()
    result = run("indexes", cwd=folder)
    assert result.code == 0
    names = [line.partition(":")[0] for line in result.out.splitlines() if line[0] != " "]
    assert names == ["broken", "default"]
    assert "default: 2 documents, 5 passages, " in result.out
    assert "  model multilingual-e5-small; sources docs" in result.out
    broken, default = json.loads(run("indexes", "-f", "json", cwd=folder).out)["indexes"]
    assert (broken["problem"] != "", default["problem"], default["documents"]) == (True, "", 2)
    assert default["bytes"] > 0


def test_without_indexes_the_home_is_named(run: Run, tmp_path: Path) -> None:
    result = run("indexes", cwd=tmp_path)
    assert (result.code, result.out) == (0, "")
    assert result.err == "no indexes in indexes; make one: retriever index SOURCE...\n"


def test_deleting_has_to_be_confirmed(run: Run, folder: Path) -> None:
    refused = run("delete", "default", cwd=folder)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    with Terminal("delete", "default", cwd=folder) as terminal:
        assert "2 documents, " in terminal.expect("[y/N]")
        terminal.send("\n")
        assert terminal.end() == 1
    assert (folder / "indexes" / "default").exists()
    with Terminal("delete", "default", cwd=folder) as terminal:
        terminal.expect("[y/N]")
        terminal.send("y\n")
        assert terminal.end() == 0
    assert not (folder / "indexes" / "default").exists()


def test_nothing_is_asked_about_a_name_without_an_index(run: Run, folder: Path) -> None:
    told, asked = (run("delete", "defualt", *options, cwd=folder) for options in (("--yes",), ()))
    assert (asked.code, asked.err) == (told.code, told.err)
    assert "there is no index at" in asked.err
    with Terminal("delete", "defualt", cwd=folder) as terminal:
        terminal.expect("there is no index at")
        assert terminal.end() == 3


def test_several_are_deleted_with_yes(run: Run, folder: Path) -> None:
    shutil.copytree(folder / "indexes" / "default", folder / "other")
    result = run("delete", "default", "./other", "--yes", "-f", "json", cwd=folder)
    assert (result.code, len(json.loads(result.out)["deleted"])) == (0, 2)
    assert not (folder / "other").exists()
    missing = run("delete", "default", "--yes", cwd=folder)
    assert (missing.code, "there is no index" in missing.err) == (3, True)


def test_a_folder_of_documents_is_never_deleted(run: Run, work: Work, folder: Path) -> None:
    shutil.copytree(work.folder / "docs", folder / "docs")
    assert run("delete", "./docs", "--yes", cwd=folder).code == 3
    shutil.copy(folder / "docs" / "library.md", folder / "indexes" / "default")
    refused = run("delete", "default", "--yes", cwd=folder)
    assert (refused.code, "library.md" in refused.err) == (2, True)
    assert (folder / "indexes" / "default" / "CURRENT").exists()
    assert len(list((folder / "docs").iterdir())) == 2


def test_a_size_that_an_engine_does_not_tell_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizeless = IndexStatistics("x", 3, "", 5, 20, 0, 1, 384, {"vectors": 0}, {}, "m", {})
    assert "on disk" not in describe(sizeless, option="")
    monkeypatch.setattr("retriever_cli.commands.indexes._read_status", lambda _: (sizeless, ""))
    monkeypatch.setattr("retriever.delete_index", lambda path, **_: DeleteReport(str(path), 4, 0), raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    delete(["milvus+file:///a/b.db"])
    told = capsys.readouterr()
    assert told.out == "milvus+file:///a/b.db: deleted\n"
    assert told.err == "delete the index milvus+file:///a/b.db (5 documents)? [y/N]\n"


def test_a_folder_of_documents_that_is_taken_for_an_index(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my notes").mkdir()
    (tmp_path / "my notes" / "a.txt").write_text("The heron stands at dawn.")
    _, hint, *_ = run("search", "heron", "--index", "./my notes", cwd=tmp_path).err.splitlines()
    command = hint.partition("`")[2].rstrip("`")
    assert run(*shlex.split(command)[1:], cwd=tmp_path).code == 0
    assert run("search", "heron", "--index", "NEW", cwd=tmp_path).code == 0
