"""The server over streamable HTTP: the same tools, and guards against pages of other sites."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@contextmanager
def serving(ferries: Path, **variables: str) -> Iterator[str]:
    """The URL of a server, which has to end well when it is told to."""
    words = [sys.executable, "-m", "retriever_cli", "mcp", "--http", "--port", "0", "--index", str(ferries)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, env={**os.environ, **variables}) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://\S+", process.stderr.readline().decode())
            assert found
            yield found[0]
            process.terminate()
            assert process.wait(timeout=60) == 0
            assert b"Traceback" not in process.stderr.read()
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url(ferries: Path) -> Iterator[str]:
    with serving(ferries) as url:
        yield url


def post(url: str, body: bytes, **headers: str) -> int:
    host, port = url.split("/")[2].split(":")
    connection = HTTPConnection(host, int(port), timeout=60)
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    # A server that refuses a body need not take all of it: its answer is there nevertheless.
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.request("POST", "/mcp", body, {name.replace("_", "-"): value for name, value in sent.items()})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1@evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
    ],
)
def test_requests_of_other_sites_are_refused(url: str, headers: dict[str, str], status: int) -> None:
    assert post(url, json.dumps(HELLO).encode(), **headers) == status


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"x" * 2_000_000, 413), (b"not json", 400), (b"[" * 100_000, 400), (b"\xff\xfe", 400), (b"{}", 400)],
    ids=["large", "text", "deep", "bytes", "empty"],
)
def test_broken_bodies_are_refused_and_the_server_goes_on(url: str, body: bytes, status: int) -> None:
    assert post(url, body) == status
    assert post(url, json.dumps(HELLO).encode()) == 200


def open_session(client: httpx.Client, url: str) -> dict[str, str]:
    """The headers of requests of a client that has shaken hands."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    session = client.post(url, json=HELLO, headers=headers).headers["Mcp-Session-Id"]
    return headers | {"Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-06-18"}


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        (b'{"jsonrpc": "2.0", "id": 8.0, "method": "ping"}', 200, b'"id":8,"result":{}'),
        (b'\xef\xbb\xbf{"jsonrpc": "2.0", "id": 9, "method": "ping"}', 200, b'"id":9,"result":{}'),
        (b'{"jsonrpc": "2.0", "id": 9, "method": "ping", "params": {"x": "\\ud83d"}}', 200, b'"id":9,"result":{}'),
        (b'{"jsonrpc": "2.0", "id": 7.5, "method": "ping"}', 400, b'"id":null,"error":{"code":-32600'),
        (b'{"jsonrpc": "1.0", "id": 7, "method": "ping"}', 400, b'"id":7,"error":{"code":-32600'),
        (b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 8.0}}', 202, b""),
    ],
    ids=["decimals", "byte order mark", "half a character", "fraction", "other version", "notification"],
)
def test_every_request_is_answered(url: str, body: bytes, status: int, answer: bytes) -> None:
    with httpx.Client(timeout=60) as client:
        given = client.post(url, content=body, headers=open_session(client, url))
    assert given.status_code == status
    assert answer in given.content


def test_a_client_that_leaves_within_a_body_is_nothing_to_log(ferries: Path) -> None:
    with serving(ferries) as url:
        head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\n"
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2].partition("/")[0]))) as connection:
            connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{{".encode())
        assert post(url, json.dumps(HELLO).encode()) == 200


def test_a_token_is_asked_for_where_there_is_one(ferries: Path) -> None:
    token = "0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a"
    with serving(ferries, RETRIEVER_TOKEN=token) as url:
        hello = json.dumps(HELLO).encode()
        assert [post(url, hello), post(url, hello, Authorization="Bearer wrong")] == [401, 401]
        assert post(url, hello, Authorization=f"Bearer {token}") == 200


def test_a_port_that_is_taken_is_an_error(ferries: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = ["mcp", "--http", "--port", str(taken.getsockname()[1]), "--index", str(ferries)]
        done = subprocess.run(
            [sys.executable, "-m", "retriever_cli", *words], capture_output=True, text=True, check=False, timeout=60
        )
    assert done.returncode == 2
    assert "error: cannot serve on 127.0.0.1 port" in done.stderr
    assert "hint: give another --port" in done.stderr
