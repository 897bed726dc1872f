"""The server in a process of its own, driven by the SDK's client from a thread, so that tests stay plain functions."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters, types


class Connect(Protocol):
    def __call__(self, *arguments: str) -> Session: ...


class Session:
    """A client that is connected to a server."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self.client = client
        self._portal = portal

    def call(self, tool: str, **arguments: Any) -> types.CallToolResult:
        """Call a tool. The client checks the values against the tool's schema."""
        return self._portal.call(partial(self.client.call_tool, tool, arguments))

    def ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Await a method of the client."""
        return self._portal.call(partial(getattr(self.client, method), *arguments, **options))


@contextmanager
def connect(server: Any, *, mode: str = "legacy") -> Iterator[Session]:
    """A client of a command or a URL, while the context is open."""
    with start_blocking_portal() as portal:
        client = Client(server, mode=mode, read_timeout_seconds=120)
        with portal.wrap_async_context_manager(client):
            yield Session(portal, client)


def command(indexes: Sequence[Path], *arguments: str) -> StdioServerParameters:
    """The server for some indexes over standard input and output."""
    options = [option for index in indexes for option in ("--index", str(index))]
    words = ["-m", "retriever_cli", "mcp", *options, *arguments]
    return StdioServerParameters(command=sys.executable, args=words, env=dict(os.environ))


def text_of(result: types.CallToolResult) -> str:
    """The text of a result."""
    [content] = result.content
    assert isinstance(content, types.TextContent)
    return content.text
