"""docs/mcp.md agrees with the server."""

from __future__ import annotations

import re
from pathlib import Path

from retriever.serving.mcp.clients import CLIENTS
from retriever.serving.mcp.tools import TOOLS

PAGE = (Path(__file__).parents[3] / "docs" / "mcp.md").read_text(encoding="utf-8")


def test_the_table_of_tools_is_complete() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE)
    listed = {name: sorted(re.findall(r"`(\w+)`", arguments)) for name, arguments in rows}
    assert listed == {tool.name: sorted(tool.arguments.model_fields) for tool in TOOLS}
    assert [name for name, _ in rows] == [tool.name for tool in TOOLS]


def test_the_table_of_clients_is_complete() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| `([\w-]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert [(title, name) for title, name, _ in rows] == [(client.title, client.name) for client in CLIENTS]
    for client, (_, _, place) in zip(CLIENTS, rows, strict=True):
        assert client.settings().name in place
