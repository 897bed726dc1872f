"""What the user hands in is read up to a limit: a device or a pipe may never end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from cli_kit import Run

from retriever.errors import UsageError
from retriever_cli import inputs
from retriever_cli.messages import localise

ENDLESS = Path("/dev/zero")
pytestmark = pytest.mark.skipif(not ENDLESS.exists(), reason="there is no endless device")


@pytest.mark.parametrize(
    "arguments",
    [
        ("context", "lifts", "--history-file", "/dev/zero"),
        ("check", "/dev/zero", "--context", "/dev/zero"),
        ("check", "answer.md", "--context", "/dev/zero", "--model", "none"),
    ],
)
def test_a_file_that_does_not_end_is_refused(arguments: tuple[str, ...], tmp_path: Path, run: Run) -> None:
    (tmp_path / "answer.md").write_text("Lifts are paid for by the owners.", encoding="utf-8")
    done = run(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert "cannot read '/dev/zero': it has more than 64 MB" in done.err


@pytest.mark.parametrize("read", [inputs.read_input, inputs.read_line, lambda: inputs.read_query(["-"])])
def test_standard_input_that_does_not_end_is_refused(read: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST", 100)
    monkeypatch.setattr("sys.stdin", io.StringIO("电" * 101))
    with pytest.raises(UsageError, match="standard input has more than 100 characters"):
        read()  # type: ignore[operator]


def test_what_is_as_long_as_it_may_be_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST", 4)
    (tmp_path / "file").write_bytes(b"four")
    monkeypatch.setattr("sys.stdin", io.StringIO("four"))
    assert (inputs.read_file(tmp_path / "file", hint=""), inputs.read_input()) == (b"four", "four")


def test_both_are_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_LANG", "zh")
    assert localise("cannot read '/dev/zero': it has more than 64 MB") == "无法读取 '/dev/zero'：超过 64 MB"
    assert localise("standard input has more than 67,108,864 characters") == "标准输入超过 67,108,864 个字符"
