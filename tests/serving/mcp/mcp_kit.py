"""The server in a process of its own, driven by the SDK's client from a thread, so that tests stay plain functions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fork_server import ForkedPopen
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


class RawServer:
    """The server over standard input and output, spoken to in bytes."""

    def __init__(self, *indexes: Path) -> None:
        started = command(indexes)
        self.process = ForkedPopen(
            [started.command, *started.args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=started.env,
        )
        self.output: list[bytes] = []

    def __enter__(self) -> RawServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def send(self, message: bytes | dict[str, Any]) -> None:
        """Send a line, or a message."""
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def initialize(self) -> None:
        """Shake hands."""
        about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        self.send({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": about})
        assert "result" in self.receive("hello")
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def receive(self, id: str | int | None) -> dict[str, Any]:
        """The answer to the request of that id. Every line before it has to be a message as well."""
        assert self.process.stdout is not None
        while True:
            line = self.process.stdout.readline()
            self.output.append(line)
            message = json.loads(line)
            if message.get("id") == id:
                return dict(message)

    def end(self) -> tuple[int, str]:
        """Close its input. Returns its exit code and its log."""
        rest, log = self.process.communicate(timeout=60)
        self.output += rest.splitlines()
        return self.process.returncode, log.decode()
