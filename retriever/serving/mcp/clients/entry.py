"""The entry of the server in the settings of a client: how to start it, from anywhere and with a bare environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

# Clients start servers with a few variables only; these say where the model, what is remembered and settings are kept.
PATHS = (
    "RETRIEVER_CACHE", "RETRIEVER_CONFIG", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HF_HOME",
    "HF_HUB_CACHE",
)  # fmt: skip
# An empty one says something, too: that there is no such file.
EMPTY = ("RETRIEVER_CONFIG",)


class Needs(NamedTuple):
    """The variables that it takes to reach an index that is not a folder; secrets go into no settings of a client."""

    paths: tuple[str, ...]
    others: tuple[str, ...]
    secrets: tuple[str, ...]


NEEDS: Mapping[str, Needs] = {
    "milvus:": Needs(
        paths=("RETRIEVER_MILVUS_CA",),
        others=("RETRIEVER_MILVUS_TLS", "RETRIEVER_MILVUS_DATABASE"),
        secrets=("RETRIEVER_MILVUS_TOKEN",),
    ),
    "s3:": Needs(
        paths=("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"),
        others=("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
        secrets=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    ),
}
"""By the beginning of a location."""


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """A command with its arguments and the variables that it needs; nothing in it is relative.

    ``secrets`` names the variables that are set here and that the server needs, but that an entry does not hold.
    """

    command: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: tuple[str, ...] = ()

    def to_entry(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The entry as JSON-ready values, with the fields that a client wants besides."""
        entry = {**fields, "command": self.command, "args": list(self.arguments)}
        return {**entry, "env": dict(self.environment)} if self.environment else entry


def find_command(arguments: Sequence[str], leave_out: Collection[str] = ()) -> ServerCommand:
    """How to start ``retriever`` with some arguments: the command of this installation, by its absolute path.

    ``leave_out`` names variables that the server finds elsewhere.
    """
    set_here = {name: value for name, value in os.environ.items() if name not in leave_out}
    given = {name: value for name, value in set_here.items() if value}
    needed = [needs for kind, needs in NEEDS.items() if any(word.startswith(kind) for word in arguments)]
    paths = [*PATHS, *(name for needs in needed for name in needs.paths)]
    others = [name for needs in needed for name in needs.others]
    secrets = tuple(name for needs in needed for name in needs.secrets if name in given)
    environment = {name: os.path.abspath(os.path.expanduser(given[name])) for name in paths if name in given}
    environment |= {name: given[name] for name in others if name in given}
    environment |= {name: "" for name in EMPTY if set_here.get(name) == ""}
    # Beside the interpreter, and not what its link leads to: that of a virtual environment has no packages.
    folder = Path(os.path.abspath(sys.executable)).parent
    script = folder / ("retriever.exe" if sys.platform == "win32" else "retriever")
    if script.is_file():
        return ServerCommand(str(script), tuple(arguments), environment, secrets)
    return ServerCommand(os.path.abspath(sys.executable), ("-m", "retriever_cli", *arguments), environment, secrets)
