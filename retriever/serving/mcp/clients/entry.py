"""The entry of the server in the settings of a client: how to start it, from anywhere and with a bare environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Clients start servers with a few variables only; these say where the model and what is remembered are kept.
VARIABLES = ("RETRIEVER_CACHE", "XDG_CACHE_HOME", "XDG_STATE_HOME", "HF_HOME", "HF_HUB_CACHE")


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """A command with its arguments and the variables that it needs; nothing in it is relative."""

    command: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]

    def to_entry(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The entry as JSON-ready values, with the fields that a client wants besides."""
        entry = {**fields, "command": self.command, "args": list(self.arguments)}
        return {**entry, "env": dict(self.environment)} if self.environment else entry


def find_command(arguments: Sequence[str]) -> ServerCommand:
    """How to start ``retriever`` with some arguments: the command of this installation, by its absolute path."""
    environment = {name: value for name in VARIABLES if (value := os.environ.get(name))}
    # Beside the interpreter, and not what its link leads to: that of a virtual environment has no packages.
    folder = Path(os.path.abspath(sys.executable)).parent
    script = folder / ("retriever.exe" if sys.platform == "win32" else "retriever")
    if script.is_file():
        return ServerCommand(str(script), tuple(arguments), environment)
    return ServerCommand(os.path.abspath(sys.executable), ("-m", "retriever_cli", *arguments), environment)
