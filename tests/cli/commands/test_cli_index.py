from __future__ import annotations

import inspect
import json
import signal
import subprocess
from pathlib import Path

from cli_kit import COMMAND, LIFTS, Run, Work, environment, write_documents
from terminal import Terminal

from retriever import Retriever, SyncReport
from retriever_cli.commands.index import DEFAULT_MAX_FILE_SIZE
from retriever_cli.options import parse_size
from retriever_cli.render.report import format_summary


def report(run: Run, *arguments: str | Path, cwd: Path) -> tuple[int, dict[str, object]]:
    result = run("index", *arguments, "--format", "json", cwd=cwd)
    return result.code, json.loads(result.out)


def test_the_first_run_reports_what_it_did(work: Work) -> None:
    assert work.first.code == 0
    assert "2 added" in work.first.out
    assert "2 documents" in work.first.out
    assert "indexing" in work.first.err
    assert "\x1b" not in work.first.out + work.first.err
    assert work.index.is_dir()


def test_a_second_run_embeds_nothing(run: Run, work: Work) -> None:
    code, values = report(run, "docs", cwd=work.folder)
    assert code == 0
    assert (values["unchanged"], values["embedded"], values["added"]) == (2, 0, 0)


def test_the_json_report_is_that_of_the_library(run: Run, work: Work) -> None:
    _, values = report(run, "docs", cwd=work.folder)
    assert set(values) == {"index", *SyncReport.__slots__}
    assert values["index"] == "indexes/default"


def test_unreadable_files_are_listed_and_the_rest_is_indexed(run: Run, tmp_path: Path) -> None:
    docs = write_documents(tmp_path / "docs")
    (docs / "binary.txt").write_bytes(bytes(range(256)) * 64)
    (docs / "nuls.txt").write_bytes(bytes(4096))
    (docs / "large.txt").write_text("长。" * 4000, encoding="utf-8")
    (docs / "broken.docx").write_bytes(b"no zip")
    result = run("index", "docs", "--max-file-size", "20kB", cwd=tmp_path)
    assert result.code == 4
    assert "2 added" in result.out
    assert "4 skipped" in result.out
    skipped = result.out[result.out.index("\nskipped\n") :]
    for name in ("binary.txt", "nuls.txt", "large.txt", "broken.docx"):
        assert f"{name}: " in skipped
    assert run("search", "装电梯谁出钱", cwd=tmp_path).code == 0


def test_legacy_encodings_are_detected_and_the_guess_is_reported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "gbk.txt").write_bytes(LIFTS.encode("gb18030"))
    (tmp_path / "docs" / "utf16.txt").write_bytes(LIFTS.replace("电梯", "扶梯").encode("utf-16"))
    result = run("index", "docs", cwd=tmp_path)
    assert result.code == 0
    assert "gbk.txt: " in result.err
    assert "gbk.txt" not in result.out
    hits = json.loads(run("search", "加装电梯", "--format", "json", cwd=tmp_path).out)["hits"]
    assert any("加装电梯" in hit["text"] for hit in hits)


def test_the_encoding_can_be_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Größe und Länge der Brücke".encode("cp1252"))
    assert run("index", "a.txt", "--encoding", "cp1252", cwd=tmp_path).code == 0
    assert "Brücke" in run("search", "Brücke", cwd=tmp_path).out
    unknown = run("index", "a.txt", "--encoding", "klingon", cwd=tmp_path)
    assert unknown.code == 2
    assert "klingon" in unknown.err


def test_a_missing_source_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    result = run("index", "nowhere", cwd=tmp_path)
    assert result.code == 2
    assert "nowhere" in result.err
    assert result.out == ""


def test_an_empty_folder_makes_an_empty_index(run: Run, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    result = run("index", "docs", cwd=tmp_path)
    assert result.code == 0
    assert "nothing to index" in result.out
    assert run("search", "谁", cwd=tmp_path).code == 1


def test_unsupported_types_are_reported_and_change_no_exit_code(run: Run, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "table.djvu").write_bytes(b"x")
    result = run("index", "docs", cwd=tmp_path)
    assert result.code == 0
    assert "notice: docs: not indexed (unsupported type): 1 .djvu\n" in result.err


def test_rebuilding_with_another_passage_size_changes_the_passages(run: Run, tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    _, before = report(run, "docs", cwd=tmp_path)
    code, after = report(run, "docs", "--rebuild", "--passage-tokens", "24", cwd=tmp_path)
    assert code == 0
    assert after["passages"] > before["passages"]  # type: ignore[operator]
    assert after["documents"] == 2


def test_an_unknown_model_is_refused(run: Run, tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    result = run("index", "docs", "--model", "./no-such-model", cwd=tmp_path)
    assert result.code == 3
    assert "no-such-model" in result.err
    assert "Traceback" not in result.err


def test_a_folder_of_documents_is_no_index(run: Run, tmp_path: Path) -> None:
    docs = write_documents(tmp_path / "docs")
    result = run("index", "docs", "--index", "./docs", cwd=tmp_path)
    assert result.code == 3
    assert sorted(path.name for path in docs.iterdir()) == ["library.md", "电梯.txt"]


def test_a_home_that_cannot_hold_an_index(run: Run, tmp_path: Path) -> None:
    docs = write_documents(tmp_path / "docs")
    result = run("index", "docs", cwd=tmp_path, env={"RETRIEVER_HOME": str(docs / "library.md")})
    assert result.code == 3
    assert "library.md" in result.err
    assert "Traceback" not in result.err


def test_a_terminal_gets_a_bar_and_the_same_summary(tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    with Terminal("index", "docs", cwd=tmp_path) as terminal:
        assert terminal.end() == 0
        assert "━" in terminal.output
        assert "2 added" in terminal.output


def test_an_interruption_is_safe(run: Run, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(400):
        (docs / f"{number}.txt").write_text(f"第{number}号文件。" + LIFTS * 4, encoding="utf-8")
    process = subprocess.Popen(
        [COMMAND, "index", "docs"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("indexing"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert "run the same command again to continue" in err
    assert "Traceback" not in err
    assert run("index", "docs/0.txt", cwd=tmp_path).code == 0


def test_the_default_limit_is_that_of_the_library() -> None:
    assert parse_size(DEFAULT_MAX_FILE_SIZE) == inspect.signature(Retriever.sync).parameters["max_file_size"].default


def test_an_empty_report_reads_well() -> None:
    text = format_summary(SyncReport(generation=0, committed=False), Path("indexes/x"))
    assert text.splitlines()[0] == "documents  nothing to index"
