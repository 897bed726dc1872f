"""What a document holds cannot act on the terminal or change what is beside it, in whatever form it is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_kit import Run

C1 = "\x85\x9b31m\x9d0;t\x9c"
TURNED = "\u202egnp.exe\u202c \u2066x\u2069 \u2067y\u2069 \u202az\u202c"
TEXT = f"flood \x1b[31m red {C1} bidi {TURNED} line\u2028end \x7f of the flood"
UNSAFE = {*"\x1b\x7f\u2028\u2029", *map(chr, range(0x80, 0xA0)), *map(chr, range(0x202A, 0x202F))}
UNSAFE |= set(map(chr, range(0x2066, 0x206A)))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    row = {"text": TEXT, "title": f"T \u202etitle{C1}", "id": f"i{C1}", "author": "\u202eA", f"key{C1}": "v"}
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert run("index", "rows.jsonl", cwd=folder).code == 0
    return folder


@pytest.mark.parametrize("options", [[], ["--short"], ["--full"], ["--explain"], ["-f", "markdown"]])
def test_text_has_no_controls(hostile: Path, run: Run, options: list[str]) -> None:
    done = run("search", "flood", "--mode", "lexical", *options, cwd=hostile)
    assert done.code == 0
    assert not UNSAFE & {*done.out, *done.err}
    shown = "flood" if "--short" in options else "\N{REPLACEMENT CHARACTER}gnp.exe\N{REPLACEMENT CHARACTER}"
    assert shown in done.out


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_json_escapes_controls_and_loses_none(hostile: Path, run: Run, format: str) -> None:
    done = run("search", "flood", "--mode", "lexical", "-f", format, cwd=hostile)
    assert not UNSAFE & {*done.out}
    for escape in ("\\u0085", "\\u009b", "\\u202e", "\\u2066", "\\u2028", "\\u007f"):
        assert escape in done.out
    content = json.loads(done.out)
    hit = content["hits"][0] if format == "json" else content
    assert TURNED in hit["text"]
    assert hit["metadata"][f"key{C1}"] == "v"


def test_json_keeps_what_is_no_control(hostile: Path, run: Run) -> None:
    done = run("search", "洪水\u200dé🌊", "--mode", "lexical", "-f", "json", cwd=hostile)
    assert "洪水\u200dé🌊" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "x", "--index", "a\nhint: b"],
        ["status", "--index", "a\nhint: b"],
        ["delete", "a\nhint: b", "--yes"],
        ["index", "a\nhint: b"],
        ["forget", "a\nhint: b"],
        ["import", "a\nhint: b"],
        ["map", "--out", "a\nhint: b/m.png"],
        ["mcp", "--install", "a\nhint: b"],
    ],
)
def test_a_name_with_a_line_break_makes_no_message(hostile: Path, run: Run, arguments: list[str]) -> None:
    done = run(*arguments, cwd=hostile)
    assert done.code in (2, 3)
    assert "error: " in done.err
    assert not any(line.startswith("hint: b") for line in done.err.splitlines())


def test_a_file_with_a_line_break_in_its_name_makes_no_message(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a\nhint: b.pdf").write_bytes(b"\0\1\2\3")
    done = run("index", ".", cwd=tmp_path)
    assert done.code == 4
    assert "a␊hint: b.pdf: the file is broken" in done.out
    assert "\nhint: b" not in done.out + done.err
