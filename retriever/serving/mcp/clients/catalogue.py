"""The clients that an entry can be written for: where each keeps its settings on each platform, and in which form."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from retriever.errors import UsageError


@dataclass(frozen=True, slots=True)
class Client:
    """A client and its settings.

    - ``name``: what users call it on the command line; ``title`` is its own name
    - ``settings``: finds the file
    - ``key``: the object in it that holds the servers by name
    - ``fields``: what an entry has besides command, arguments and environment
    - ``form``: JSON, with comments or without, or TOML
    - ``signs``: files and folders that show that the client is there, besides the settings and their folder
    - ``restart``: what to do for the entry to count
    """

    name: str
    title: str
    settings: Callable[[], Path]
    key: str = "mcpServers"
    fields: dict[str, Any] = field(default_factory=dict)
    form: Literal["json", "toml"] = "json"
    signs: Callable[[], tuple[Path, ...]] = tuple
    restart: str = "restart it"

    def is_found(self) -> bool:
        """Whether the client seems to be there for this user."""
        path = self.settings()
        folder = path.parent
        return path.exists() or (folder != Path.home() and folder.is_dir()) or any(map(Path.exists, self.signs()))


def _home(*parts: str) -> Callable[[], Path]:
    return lambda: Path.home().joinpath(*parts)


def _named(variable: str, default: str, name: str) -> Callable[[], Path]:
    """A file in the folder that a variable names, or in one of the home."""
    return lambda: (Path(os.environ[variable]) if os.environ.get(variable) else Path.home() / default) / name


def _application(*parts: str) -> Callable[[], Path]:
    """A file in the folder where applications of the desktop keep their settings."""
    return lambda: _application_folder().joinpath(*parts)


def _application_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _zed() -> Path:
    if sys.platform == "darwin":  # It keeps to the folder of other systems.
        return Path.home() / ".config" / "zed" / "settings.json"
    return _application_folder() / ("Zed" if sys.platform == "win32" else "zed") / "settings.json"


def _claude_code() -> Path:
    folder = os.environ.get("CLAUDE_CONFIG_DIR")
    return (Path(folder) if folder else Path.home()) / ".claude.json"


CLIENTS = (
    Client(
        "claude-desktop",
        "Claude Desktop",
        _application("Claude", "claude_desktop_config.json"),
        restart="quit it and start it again",
    ),
    Client(
        "claude-code",
        "Claude Code",
        _claude_code,
        fields={"type": "stdio"},
        signs=lambda: (Path.home() / ".claude",),
        restart="start a new session; /mcp lists the servers",
    ),
    Client("cursor", "Cursor", _home(".cursor", "mcp.json"), restart="switch it on in the settings, under MCP"),
    Client(
        "vscode",
        "VS Code",
        _application("Code", "User", "mcp.json"),
        key="servers",
        fields={"type": "stdio"},
        restart="start it by “MCP: List Servers”",
    ),
    Client(
        "vscode-insiders",
        "VS Code Insiders",
        _application("Code - Insiders", "User", "mcp.json"),
        key="servers",
        fields={"type": "stdio"},
        restart="start it by “MCP: List Servers”",
    ),
    Client(
        "zed",
        "Zed",
        _zed,
        key="context_servers",
        fields={"source": "custom"},
        restart="nothing to do: it reads its settings when they change",
    ),
    Client("windsurf", "Windsurf", _home(".codeium", "windsurf", "mcp_config.json"), restart="refresh the MCP servers"),
    Client("gemini-cli", "Gemini CLI", _home(".gemini", "settings.json"), restart="start a new session"),
    Client(
        "codex",
        "Codex",
        _named("CODEX_HOME", ".codex", "config.toml"),
        key="mcp_servers",
        form="toml",
        restart="start a new session",
    ),
    Client(
        "copilot-cli",
        "GitHub Copilot CLI",
        _named("COPILOT_HOME", ".copilot", "mcp-config.json"),
        fields={"type": "local", "tools": ["*"]},
        restart="start a new session",
    ),
    Client(
        "lm-studio",
        "LM Studio",
        _home(".lmstudio", "mcp.json"),
        restart="nothing to do: it reads its settings when they change",
    ),
)


def find_client(name: str) -> Client:
    """The client of that name. Raises UsageError for another one."""
    by_name = {client.name: client for client in CLIENTS}
    if name not in by_name:
        near = get_close_matches(name.lower(), by_name, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the clients are {', '.join(by_name)}"
        raise UsageError(f"unknown client {name!r}", hint=f"{hint}; for others, --install --print shows the entry")
    return by_name[name]
