from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from cli_kit import Run, Work

from retriever import IndexStatistics
from retriever_cli.commands.status import describe


def test_status_shows_the_contents_and_the_next_command(run: Run, work: Work) -> None:
    result = run("status", cwd=work.folder)
    assert (result.code, result.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert lines["index"] == str(work.index)
    assert lines["documents"] == "2"
    assert lines["model"].startswith("multilingual-e5-small, 384")
    assert "zh " in lines["languages"]
    assert lines["next"] == "retriever search QUESTION"


def test_status_as_json(run: Run, work: Work) -> None:
    values = json.loads(run("status", "-f", "json", cwd=work.folder).out)
    assert set(values) == set(IndexStatistics.__slots__)
    assert values["documents"] == 2
    assert sum(values["languages"].values()) == values["passages"]


def test_a_missing_index_lists_the_existing_ones(run: Run, work: Work) -> None:
    result = run("status", "--index", "other", cwd=work.folder)
    assert (result.code, result.out) == (3, "")
    assert "indexes in indexes: default" in result.err
    assert "error: " in result.err


def test_an_empty_index_shows_how_to_fill_it() -> None:
    empty = IndexStatistics("indexes/x", 0, "2026-01-01", 0, 0, 0, 0, 384, {}, {}, "m", {})
    assert describe(empty, option=" --index x").splitlines()[-1] == "next        retriever index SOURCE... --index x"
    new = replace(empty, generation=0, created="", model="", dimension=0)
    assert {"generation  0", "model       none yet"} <= set(describe(new, option="").splitlines())


def test_an_index_with_passages_to_embed_shows_how() -> None:
    half = IndexStatistics("x", 3, "2026-01-01", 5, 2000, 0, 1, 384, {}, {}, "m", {}, pending=1200)
    assert describe(half, option=" --index x").splitlines()[-1] == (
        "next        retriever index --index x, to embed 1,200 passages"
    )


def test_verify_finds_no_problems_in_an_intact_index(run: Run, work: Work) -> None:
    for option in ("--deep", "--fast"):
        result = run("verify", option, cwd=work.folder)
        assert (result.code, result.err) == (0, "")
        assert "no problems found" in result.out


def test_verify_lists_a_flipped_byte(run: Run, work: Work, tmp_path: Path) -> None:
    shutil.copytree(work.index, tmp_path / "index")
    (damaged,) = (tmp_path / "index" / "segments").glob("*/dense.faiss")
    data = bytearray(damaged.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    result = run("verify", "--index", tmp_path / "index", "--format", "json")
    assert result.code == 3
    values = json.loads(result.out)
    assert any("dense.faiss" in problem["where"] + problem["message"] for problem in values["problems"])
    assert all(set(problem) == {"where", "message", "hint"} for problem in values["problems"])


def test_a_truncated_file_is_an_error_with_a_remedy(run: Run, work: Work, tmp_path: Path) -> None:
    shutil.copytree(work.index, tmp_path / "index")
    (damaged,) = (tmp_path / "index" / "segments").glob("*/passages.sqlite")
    damaged.write_bytes(damaged.read_bytes()[:100])
    for command in (["search", "x"], ["status"], ["verify"]):
        result = run(*command, "--index", tmp_path / "index")
        assert result.code == 3
        assert "passages.sqlite" in result.out + result.err
        assert "retriever " in (result.out + result.err).partition("hint: ")[2]
        assert "Traceback" not in result.err


def test_an_index_from_a_newer_version(run: Run, work: Work, tmp_path: Path) -> None:
    shutil.copytree(work.index, tmp_path / "index")
    current = tmp_path / "index" / "CURRENT"
    values = json.loads(current.read_text())
    current.write_text(json.dumps({**values, "format": 999}))
    result = run("search", "x", "--index", tmp_path / "index")
    assert result.code == 3
    assert "newer" in result.err


def test_status_counts_the_cache(run: Run, work: Work) -> None:
    values = json.loads(run("status", "-f", "json", cwd=work.folder).out)
    on_disk = sum(path.stat().st_size for path in work.index.glob("cache.sqlite*"))
    assert values["bytes"]["cache"] == on_disk > 0
    assert ", cache " in run("status", cwd=work.folder).out


def test_status_says_what_has_to_be_done(run: Run, work: Work, tmp_path: Path) -> None:
    shutil.copytree(work.folder, tmp_path / "work")
    (tmp_path / "work" / "my docs").mkdir()
    (tmp_path / "work" / "my docs" / "a.txt").write_text("The heron.")
    folder = tmp_path / "work"
    assert run("index", "my docs", "--index", "./indexes/default", cwd=folder).code == 0
    shutil.rmtree(folder / "my docs")
    last = run("status", "--index", "./indexes/default", cwd=folder).out.splitlines()[-1]
    assert last == "next        retriever forget 'my docs' --index ./indexes/default, unless it comes back"
    shutil.move(folder / "indexes" / "default", folder / "an index")
    last = run("status", "--index", "./an index", cwd=folder).out.splitlines()[-1]
    assert last.endswith("--index './an index', unless it comes back")
