"""Entries in the settings of clients: planned, written in one step, and never at the cost of what is there."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from without_rights import closed

from retriever.errors import UsageError
from retriever.serving.mcp.clients import (
    CLIENTS,
    Client,
    ServerCommand,
    find_client,
    find_command,
    make_plan,
    toml,
    write_plan,
)

COMMAND = ServerCommand("/opt/bin/retriever", ("mcp", "--index", "/data/reports"), {})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any client."""
    for variable in ("XDG_CONFIG_HOME", "CODEX_HOME", "COPILOT_HOME", "CLAUDE_CONFIG_DIR", "APPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def install(client: Client, name: str = "retriever", command: ServerCommand = COMMAND) -> Path | None:
    return write_plan(make_plan(client, name, command.to_entry(client.fields)))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_without_settings_gets_them(client: Client) -> None:
    assert not client.is_found()
    assert install(client) is None
    assert client.is_found()
    plan = make_plan(client, "retriever", COMMAND.to_entry(client.fields))
    assert not plan.is_needed
    assert plan.after == plan.entry
    if client.form == "json":
        entry = json.loads(plan.after)[client.key]["retriever"]
        assert entry == {**client.fields, "command": "/opt/bin/retriever", "args": ["mcp", "--index", "/data/reports"]}
    assert stat.S_IMODE(client.settings().stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("platform", "name", "place"),
    [
        ("linux", "claude-desktop", ".config/Claude/claude_desktop_config.json"),
        ("darwin", "claude-desktop", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("win32", "claude-desktop", "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("linux", "vscode", ".config/Code/User/mcp.json"),
        ("darwin", "vscode", "Library/Application Support/Code/User/mcp.json"),
        ("win32", "vscode", "AppData/Roaming/Code/User/mcp.json"),
        ("linux", "zed", ".config/zed/settings.json"),
        ("darwin", "zed", ".config/zed/settings.json"),
        ("win32", "zed", "AppData/Roaming/Zed/settings.json"),
        ("linux", "claude-code", ".claude.json"),
        ("darwin", "cursor", ".cursor/mcp.json"),
        ("linux", "windsurf", ".codeium/windsurf/mcp_config.json"),
        ("linux", "gemini-cli", ".gemini/settings.json"),
        ("win32", "codex", ".codex/config.toml"),
    ],
)
def test_settings_are_where_the_platform_has_them(
    home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, name: str, place: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert find_client(name).settings() == home / place


def test_variables_move_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, name, place in [
        ("CODEX_HOME", "codex", "config.toml"),
        ("CLAUDE_CONFIG_DIR", "claude-code", ".claude.json"),
        ("XDG_CONFIG_HOME", "zed", "zed/settings.json"),
    ]:
        monkeypatch.setenv(variable, str(home / "moved"))
        assert find_client(name).settings() == home / "moved" / place


def test_what_is_there_stays_and_is_backed_up(home: Path) -> None:
    settings = home / ".claude.json"
    former = '{"projects": {"/x": {"mcpServers": {}}}, "mcpServers": {"other": {"command": "o"}}, "n": 1.0}'
    settings.write_text(former, encoding="utf-8")
    settings.chmod(0o640)
    backup = install(find_client("claude-code"))
    assert backup is not None
    assert backup.read_text(encoding="utf-8") == former
    assert stat.S_IMODE(backup.stat().st_mode) == stat.S_IMODE(settings.stat().st_mode) == 0o640
    values = json.loads(settings.read_text(encoding="utf-8"))
    assert values["mcpServers"].pop("retriever")["type"] == "stdio"
    assert values == json.loads(former)
    second = install(find_client("claude-code"), "laws")
    assert second is not None
    assert (second.name, backup.read_text(encoding="utf-8")) == (".claude.json.bak2", former)


def test_a_link_to_settings_stays_a_link(home: Path) -> None:
    kept = home / "dotfiles" / "mcp.json"
    kept.parent.mkdir()
    kept.write_text("{}", encoding="utf-8")
    (home / ".cursor").mkdir()
    (home / ".cursor" / "mcp.json").symlink_to(kept)
    install(find_client("cursor"))
    assert (home / ".cursor" / "mcp.json").is_symlink()
    assert "retriever" in kept.read_text(encoding="utf-8")


def test_a_byte_order_mark_stays(home: Path) -> None:
    settings = home / ".cursor" / "mcp.json"
    settings.parent.mkdir()
    settings.write_bytes(b"\xef\xbb\xbf{}")
    install(find_client("cursor"))
    assert settings.read_bytes().startswith(b"\xef\xbb\xbf{\n")
    assert not make_plan(find_client("cursor"), "retriever", COMMAND.to_entry({})).is_needed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cursor", b'{"mcpServers": {'),
        ("cursor", b'{"mcpServers": []}'),
        ("cursor", b"[]"),
        ("cursor", b'{"mcpServers": "\xff"}'),
        ("codex", b"a = "),
        ("codex", b"mcp_servers = 7"),
        ("codex", b"[[mcp_servers]]\nx = 1"),
        ("codex", b"a = 1\na = 2"),
        ("codex", b"a = " + b"[" * 5000),
        ("cursor", '{"mcpServers": {}}'.encode("utf-16")),
    ],
)
def test_settings_that_cannot_be_edited_safely_are_left_alone(home: Path, name: str, text: bytes) -> None:
    client = find_client(name)
    client.settings().parent.mkdir()
    client.settings().write_bytes(text)
    with pytest.raises(UsageError, match="cannot be") as caught:
        install(client)
    assert "by hand" in caught.value.hint
    assert client.settings().read_bytes() == text
    assert os.listdir(client.settings().parent) == [client.settings().name]


@pytest.mark.parametrize(
    "text",
    [
        b'mcp_servers = { retriever = { command = "x" } }',
        b'[mcp_servers]\nretriever.command = "x"',
        b'text = """\n[mcp_servers.retriever]\n"""\n',
        b'[mcp_servers.retriever]\ncommand = "x"\n[a]\nb = 1\n[mcp_servers.other]\ncommand = "y"\n',
    ],
)
def test_a_table_is_set_however_it_is_written(text: bytes) -> None:
    client = find_client("codex")
    client.settings().parent.mkdir()
    client.settings().write_bytes(text)
    install(client)
    expected = toml.parse(text.decode())
    expected.setdefault("mcp_servers", {})["retriever"] = COMMAND.to_entry({})
    assert toml.parse(client.settings().read_text(encoding="utf-8")) == expected


def test_lines_end_as_they_did(home: Path) -> None:
    for name, text in (("cursor", b'{\r\n  "a": 1\r\n}\r\n'), ("codex", b"a = 1\r\n")):
        settings = find_client(name).settings()
        settings.parent.mkdir()
        settings.write_bytes(text)
        install(find_client(name))
        assert settings.read_bytes().count(b"\r\n") == settings.read_bytes().count(b"\n") > text.count(b"\n")


def test_what_is_no_file_is_refused_at_once(home: Path) -> None:
    folder = home / ".cursor"
    folder.mkdir()
    settings = folder / "mcp.json"
    for make in (lambda: os.mkfifo(settings), settings.mkdir, lambda: settings.symlink_to(settings)):
        make()
        with pytest.raises(UsageError, match="cannot be read"):
            install(find_client("cursor"))
        if settings.is_dir():
            settings.rmdir()
        else:
            settings.unlink()
    settings.symlink_to(home / "dotfiles.json")
    assert install(find_client("cursor")) is None
    assert "retriever" in (home / "dotfiles.json").read_text(encoding="utf-8")


def test_settings_that_are_closed_on_purpose_stay(home: Path) -> None:
    settings = find_client("cursor").settings()
    settings.parent.mkdir()
    settings.write_text("{}", encoding="utf-8")
    settings.chmod(0o444)
    with pytest.raises(UsageError, match="is read-only"):
        install(find_client("cursor"))
    assert settings.read_text(encoding="utf-8") == "{}"
    assert os.listdir(settings.parent) == [settings.name]


def test_of_installations_at_the_same_time_none_is_lost(home: Path) -> None:
    names = [f"laws-{number}" for number in range(4)]
    words = [sys.executable, "-m", "retriever_cli", "mcp", "--install", "cursor", "--yes", "--name"]
    running = [
        subprocess.Popen([*words, name], env={**os.environ, "RETRIEVER_LANG": "en"}, stderr=subprocess.PIPE, text=True)
        for name in names
    ]
    log = {name: process.communicate(timeout=60)[1] for name, process in zip(names, running, strict=True)}
    done = {name for name, process in zip(names, running, strict=True) if process.returncode == 0}
    assert json.loads(find_client("cursor").settings().read_text(encoding="utf-8"))["mcpServers"].keys() == done
    assert done
    assert all("was changed in the meantime" in log[name] for name in set(names) - done)


def test_settings_that_changed_after_they_were_shown_are_not_overwritten(home: Path) -> None:
    client = find_client("cursor")
    client.settings().parent.mkdir()
    client.settings().write_text("{}", encoding="utf-8")
    plan = make_plan(client, "retriever", COMMAND.to_entry({}))
    client.settings().write_text('{"new": 1}', encoding="utf-8")
    with pytest.raises(UsageError, match="was changed in the meantime"):
        write_plan(plan)
    assert client.settings().read_text(encoding="utf-8") == '{"new": 1}'


def test_a_folder_that_may_not_be_written_is_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    client = find_client("cursor")
    folder = client.settings().parent
    folder.mkdir()
    plan = make_plan(client, "retriever", COMMAND.to_entry({}))
    with closed(folder), pytest.raises(UsageError, match=r"cannot be (written|read)"):
        write_plan(plan)


def test_the_command_is_absolute_and_brings_the_variables_that_it_needs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    found = find_command(["mcp"])
    assert Path(found.command).is_absolute()
    assert Path(found.command).exists()
    assert found.environment["XDG_STATE_HOME"] == str(home / "state")


@pytest.mark.parametrize("written", ["mine", "~/mine"])
def test_a_variable_that_holds_a_relative_path_is_absolute_in_the_entry(
    home: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.chdir(home)
    for name in ("RETRIEVER_CACHE", "RETRIEVER_CONFIG", "HF_HOME"):
        monkeypatch.setenv(name, written)
        assert find_command(["mcp"]).environment[name] == str(home / "mine")


def test_an_entry_keeps_that_there_is_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVER_CONFIG", "")
    monkeypatch.setenv("RETRIEVER_CACHE", "")
    environment = find_command(["mcp"]).environment
    assert environment["RETRIEVER_CONFIG"] == ""
    assert "RETRIEVER_CACHE" not in environment  # as if it were not set


@pytest.mark.parametrize(
    ("location", "path", "plain", "secret"),
    [
        ("milvus://host:19530/docs", "RETRIEVER_MILVUS_CA", "RETRIEVER_MILVUS_TLS", "RETRIEVER_MILVUS_TOKEN"),
        ("s3://bucket/docs", "AWS_CONFIG_FILE", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_an_index_elsewhere_is_reached_from_the_entry_which_holds_no_secret(
    home: Path, monkeypatch: pytest.MonkeyPatch, location: str, path: str, plain: str, secret: str
) -> None:
    monkeypatch.chdir(home)
    for name in (path, plain, secret):
        monkeypatch.setenv(name, "value")
    found = find_command(["mcp", "--index", location])
    assert (found.environment[path], found.environment[plain]) == (str(home / "value"), "value")
    assert found.secrets == (secret,)
    assert secret not in found.environment
    local = find_command(["mcp", "--index", "/indexes/docs"])
    assert local.secrets == ()
    assert not {path, plain, secret} & local.environment.keys()
    left_out = find_command(["mcp", "--index", location], leave_out={plain, secret})
    assert left_out.secrets == ()
    assert plain not in left_out.environment


def test_an_unknown_client_is_refused_with_the_near_one() -> None:
    with pytest.raises(UsageError, match="unknown client 'vs-code'") as caught:
        find_client("vs-code")
    assert "vscode" in caught.value.hint
