"""``retriever mcp``: what it refuses, and what ``--install`` shows, asks and writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_kit import Run, environment
from terminal import Terminal


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config"), "XDG_STATE_HOME": str(tmp_path / "s")}


def test_the_clients_are_listed(run: Run, home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".cursor").mkdir()
    listed = run("mcp", "--install", cwd=tmp_path, env=home)
    assert listed.code == 0
    found, others = listed.out.split("not found\n")
    assert found.startswith("found\n  cursor ")
    assert str(tmp_path / ".config" / "Claude") in others


def test_the_entry_is_shown_and_written_after_a_yes(home: dict[str, str], tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "zed" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('// mine\n{ "theme": "One" }\n', encoding="utf-8")
    with Terminal("mcp", "--install", "zed", "--index", "./laws", cwd=tmp_path, env=home) as terminal:
        assert "context_servers" in terminal.expect("[y/N]")
        terminal.send("\n")
        assert terminal.end() == 1
    assert settings.read_text(encoding="utf-8") == '// mine\n{ "theme": "One" }\n'
    with Terminal("mcp", "--install", "zed", "--index", "./laws", cwd=tmp_path, env=home) as terminal:
        terminal.expect("[y/N]")
        terminal.send("y\n")
        assert terminal.end() == 0
    text = settings.read_text(encoding="utf-8")
    assert text.startswith("// mine\n")
    entry = json.loads(text.partition("\n")[2])["context_servers"]["retriever"]
    assert entry["args"] == ["mcp", "--index", str(tmp_path / "laws")]
    assert (tmp_path / ".config" / "zed" / "settings.json.bak").exists()


def test_print_shows_the_entry_and_writes_nothing(run: Run, home: dict[str, str], tmp_path: Path) -> None:
    shown = run("mcp", "--install", "--print", "--name", "laws", "--max-tokens", "900", cwd=tmp_path, env=home)
    entry = json.loads(shown.out)["mcpServers"]["laws"]
    assert entry["args"][-2:] == ["--max-tokens", "900"]
    assert entry["env"]["XDG_STATE_HOME"] == home["XDG_STATE_HOME"]
    codex = run("mcp", "--install", "codex", "--print", cwd=tmp_path, env=home)
    assert codex.out.startswith("[mcp_servers.retriever]\ncommand = ")
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_named_and_not_written_unless_the_file_of_settings_has_it(
    run: Run, home: dict[str, str], tmp_path: Path
) -> None:
    words = ("mcp", "--install", "--print", "--index", "milvus://host:19530/docs")
    secret = {**home, "RETRIEVER_MILVUS_TOKEN": "root:secret", "RETRIEVER_MILVUS_TLS": "1"}
    shown = run(*words, cwd=tmp_path, env=secret)
    assert "the entry leaves out RETRIEVER_MILVUS_TOKEN: put a token into" in shown.err
    assert "root:secret" not in shown.out + shown.err
    assert json.loads(shown.out)["mcpServers"]["retriever"]["env"]["RETRIEVER_MILVUS_TLS"] == "1"
    (tmp_path / "mine.toml").write_text('milvus_token = "root:secret"\nmilvus_tls = true\n', encoding="utf-8")
    shown = run(*words, cwd=tmp_path, env={**home, "RETRIEVER_CONFIG": "mine.toml"})
    assert "root:secret" not in shown.out
    assert "leaves out" not in shown.err
    variables = json.loads(shown.out)["mcpServers"]["retriever"]["env"]
    assert variables["RETRIEVER_CONFIG"] == str(tmp_path / "mine.toml")
    assert "RETRIEVER_MILVUS_TLS" not in variables


def test_settings_that_cannot_be_read_are_left_and_the_entry_is_shown(
    run: Run, home: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".cursor").mkdir()
    settings = tmp_path / ".cursor" / "mcp.json"
    settings.write_text("{ broken", encoding="utf-8")
    result = run("mcp", "--install", "cursor", "--yes", cwd=tmp_path, env=home)
    assert result.code == 2
    assert json.loads(result.out)["mcpServers"]
    assert "error: the settings of Cursor cannot be edited" in result.err
    assert "by hand" in result.err
    assert settings.read_text(encoding="utf-8") == "{ broken"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cursor"], "CLIENT is only for --install"),
        (["--print"], "--print is only for --install"),
        (["--name", "laws"], "--name is only for --install"),
        (["--port", "9000"], "--port is only for --http"),
        (["--install", "cursr", "--yes"], "unknown client 'cursr'"),
        (["--install", "cursor"], "has to be confirmed"),
        (["--max-tokens", "10"], "expected an integer of at least 500"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Run, home: dict[str, str], tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = run("mcp", *arguments, cwd=tmp_path, env=home)
    assert result.code == 2
    assert message in result.err


def test_without_the_extra_the_error_has_the_command(tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['mcp'] = None; from retriever_cli.__main__ import main; main()"
    words = [sys.executable, "-c", blocked, "mcp", "--index", "./x"]
    done = subprocess.run(words, env=environment(), cwd=tmp_path, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "error: the MCP server needs mcp, which is not installed" in done.stderr
    assert "[mcp]" in done.stderr
