"""``retriever check`` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_kit import Run

EXCERPTS = {
    "excerpts": [{"number": 1, "text": "The ferry runs every 40 minutes."}, {"number": 2, "text": "一号渡口已关闭。"}]
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "context.json").write_text(json.dumps(EXCERPTS), encoding="utf-8")
    (tmp_path / "right.md").write_text("The ferry runs every 40 minutes [1].", encoding="utf-8")
    (tmp_path / "wrong.md").write_text("Here it is:\n\n- The ferry runs every 50 minutes [1].", encoding="utf-8")
    return tmp_path


def test_a_supported_answer(folder: Path, run: Run) -> None:
    done = run("check", "right.md", "--context", "context.json", "--model", "none", cwd=folder)
    assert done.code == 0
    assert done.out.splitlines() == [
        "+ The ferry runs every 40 minutes [1].",
        "  [1] quotation 1.00, [1] figures and names 1.00",
        "1 claim: 1 supported, 0 not",
        "compared by quotation, figures and names only",
    ]


def test_an_unsupported_answer_is_exit_code_1(folder: Path, run: Run) -> None:
    done = run("check", "wrong.md", "-c", "context.json", cwd=folder)
    assert done.code == 1
    assert done.out.splitlines() == [
        "- The ferry runs every 50 minutes [1].",
        "  not in [1]: 50 minutes",
        "1 claim: 0 supported, 1 not",
    ]


def test_json_and_standard_input(folder: Path, run: Run) -> None:
    answer = "一号渡口已关闭【2】。"
    done = run("check", "-", "-c", "context.json", "-m", "none", "-f", "json", cwd=folder, stdin=answer)
    report = json.loads(done.out)
    assert (done.code, report["supported"], report["unsupported"], report["by_meaning"]) == (0, 1, 0, False)
    assert report["claims"][0]["cited"] == [2]


@pytest.mark.parametrize(
    ("context", "message"),
    [
        (None, "cannot read 'other.json': No such file or directory"),
        (b"{", "'other.json' is not JSON"),
        (b"\xff\xfe[", "'other.json' is not JSON"),
        (b"[" * 100_000, "'other.json' is not JSON"),
        (b"[]", "'other.json' is not a context"),
        (b'{"excerpts": 3}', "'other.json' is not a context"),
        (b'{"excerpts": [{"text": 3}]}', "excerpt 1 of the context has no number or text: {'text': 3}"),
    ],
)
def test_what_is_no_context_is_refused(folder: Path, run: Run, context: bytes | None, message: str) -> None:
    if context is not None:
        (folder / "other.json").write_bytes(context)
    done = run("check", "right.md", "-c", "other.json", "-m", "none", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert f"error: {message}" in done.err


def test_an_answer_that_cannot_be_read(folder: Path, run: Run) -> None:
    (folder / "gbk.md").write_bytes("渡口".encode("gbk"))
    for name, message in (("gbk.md", "'gbk.md' is not UTF-8 text"), ("none.md", "cannot read 'none.md'")):
        done = run("check", name, "-c", "context.json", "-m", "none", cwd=folder)
        assert done.code == 2
        assert message in done.err
