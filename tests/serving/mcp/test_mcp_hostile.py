"""Broken messages, huge arguments, clients that go away: the server answers what it can and ends with its client."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.jsonrpc_dispatcher import cancelled_request_id_from_params, progress_token_from_params
from mcp_kit import RawServer

from retriever import Document, Retriever
from retriever.serving.mcp.messages import mend_escapes, mend_message
from retriever.serving.mcp.render import render_hit


@pytest.fixture(scope="module")
def raw(ferries: Path) -> Iterator[RawServer]:
    with RawServer(ferries) as server:
        server.initialize()
        yield server


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"\xff\xfe\x00",
        b"",
        b"null",
        b"[]",
        b'{"jsonrpc": "2.0"}',
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b'{"jsonrpc": "1.0", "id": 7, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": "x"}',
        b'{"jsonrpc": "2.0", "id": 7, "result": {}}',
        b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 99}}',
    ],
    ids=lambda line: line[:30].decode(errors="replace"),
)
def test_a_broken_message_disturbs_no_other(raw: RawServer, line: bytes) -> None:
    raw.send(line)
    raw.send({"jsonrpc": "2.0", "id": "after", "method": "ping"})
    assert raw.receive("after")["result"] == {}


@pytest.mark.parametrize(
    ("line", "number", "code"),
    [
        (b'{"id": 7, "method": "ping"}', 7, -32600),
        (b'{"jsonrpc": "1.0", "id": "seven", "method": "ping"}', "seven", -32600),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": ["search"]}', 7, -32600),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"k": ' + b"9" * 5000 + b"}}", 7, -32600),
        (b'{"jsonrpc": "2.0", "id": 7.5, "method": "ping"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', None, -32600),
        (b'[{"jsonrpc": "2.0", "id": 7, "method": "ping"}]', None, -32600),
        (b"not json", None, -32700),
        (b"[" * 200_000, None, -32700),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_client_does_not_wait_for_what_is_no_message(
    raw: RawServer, line: bytes, number: int | str | None, code: int
) -> None:
    raw.send(line)
    answer = raw.receive(number)
    assert answer["error"]["code"] == code


def test_an_id_may_have_decimals_that_say_nothing(raw: RawServer) -> None:
    raw.send(b'{"jsonrpc": "2.0", "id": 8.0, "method": "ping"}')
    assert raw.receive(8)["result"] == {}


def test_a_request_is_named_by_a_whole_number_wherever_it_is_named() -> None:
    """The SDK would look for no request 8.0 to cancel, and tell no progress of one."""
    cancelled = '{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId" : 8.0 }}'
    assert cancelled_request_id_from_params(json.loads(mend_message(cancelled))["params"]) == 8
    asked = '{"id": 8.0, "method": "ping", "params": {"_meta": {"progressToken":8.00}, "x": "\\"id\\": 8.0"}}'
    params = json.loads(mend_message(asked))["params"]
    assert progress_token_from_params(params) == 8
    assert params["x"] == '"id": 8.0'


def test_a_notification_is_not_answered(raw: RawServer) -> None:
    before = len(raw.output)
    raw.send(b'{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"id": 7.5, "progressToken": 1}}')
    raw.send(b'{"jsonrpc": "2.0", "id": null, "method": "notifications/roots/list_changed"}')
    raw.send({"jsonrpc": "2.0", "id": "next", "method": "ping"})
    raw.receive("next")
    assert len(raw.output) == before + 1


def test_a_byte_order_mark_is_no_part_of_a_message(raw: RawServer) -> None:
    raw.send(b'\xef\xbb\xbf{"jsonrpc": "2.0", "id": "marked", "method": "ping"}')
    assert raw.receive("marked")["result"] == {}


def test_an_unknown_method_is_an_error(raw: RawServer) -> None:
    raw.send({"jsonrpc": "2.0", "id": "none", "method": "documents/delete"})
    assert raw.receive("none")["error"]["code"] == -32601


def call(raw: RawServer, tool: str, arguments: Any) -> dict[str, Any]:
    raw.send({"jsonrpc": "2.0", "id": "call", "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
    return raw.receive("call")["result"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"query": "x" * 5_000_000},
        {"query": json.loads('{"a":' * 100 + "1" + "}" * 100)},
        {"query": ["boat"] * 100_000},
        {"query": "boat", "where": "(" * 10_000},
        {"query": "boat", "k": 10**400},
        {"query": "boat", "k": "9" * 10_000},
        {"query": "boat", "max_tokens": 1},
        {"query": "boat", "index": "/etc/passwd"},
        {"query": "boat", "x" * 100_000: 1},
    ],
    ids=lambda arguments: str(arguments)[:30],
)
def test_huge_and_strange_arguments_are_refused(raw: RawServer, arguments: dict[str, Any]) -> None:
    result = call(raw, "search", arguments)
    assert result["isError"]
    [content] = result["content"]
    assert content["text"].startswith("error: ")
    assert len(content["text"]) < 1000
    assert "Traceback" not in content["text"]


def test_half_a_character_is_answered(raw: RawServer) -> None:
    for half in (b"\\ud83d", b"\\uDE00", b"\xf0\x9f"):
        raw.send(
            b'{"jsonrpc":"2.0","id":"half","method":"tools/call","params":{"name":"search","arguments":'
            b'{"query":"last boat ' + half + b'"}}}'
        )
        assert not raw.receive("half")["result"].get("isError")


def test_halves_of_characters_in_an_index_keep_nobody_from_the_rest(tmp_path: Path) -> None:
    half = Document(
        "\ud800", text="A boat \udc00 of yours.", title="T\ud83d", source="s\udcff", metadata={"k\ud801": ["v\udfff"]}
    )
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        retriever.add([half, Document("whole", text="The last boat leaves at nine.")])
        [passage] = retriever.document("\ud800").passages
    with RawServer(tmp_path / "index") as server:
        server.initialize()
        for tool, arguments in {
            "search": {"query": "boat"},
            "context": {"question": "When does the last boat leave?"},
            "list_documents": {},
            "open_passage": {"id": passage.id},
            "status": {},
        }.items():
            result = call(server, tool, arguments)
            assert not result.get("isError"), tool
        assert [one["document"] for one in call(server, "list_documents", {})["structuredContent"]["documents"]] == [
            "\ufffd",
            "whole",
        ]
        server.send({"jsonrpc": "2.0", "id": "list", "method": "resources/list"})
        for resource in server.receive("list")["result"]["resources"]:
            server.send(
                {"jsonrpc": "2.0", "id": "read", "method": "resources/read", "params": {"uri": resource["uri"]}}
            )
            [content] = server.receive("read")["result"]["contents"]
            assert "boat" in content["text"]


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        (r'"\ud83d\ude00 \u00e9 \n"', r'"\ud83d\ude00 \u00e9 \n"'),
        (r'"\ud83d"', r'"\ufffd"'),
        (r'"\udE00x"', r'"\ufffdx"'),
        (r'"\uD83D\uD83D\uDE00"', r'"\ufffd\uD83D\uDE00"'),
        (r'"\\ud83d"', r'"\\ud83d"'),
        (r'"\\\ud83d"', r'"\\\ufffd"'),
    ],
)
def test_only_halves_of_characters_are_mended(line: str, mended: str) -> None:
    assert mend_escapes(line) == mended
    json.loads(mended).encode()


def test_standard_output_carries_nothing_but_messages(ferries: Path) -> None:
    with RawServer(ferries) as server:
        server.initialize()
        call(server, "search", {"query": "last boat"})
        call(server, "search", {"query": 7})
        code, log = server.end()
        assert code == 0
        assert log == ""
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in server.output)


def test_the_server_ends_with_its_client(ferries: Path) -> None:
    """Also when the client goes away without a word, while a search waits for the model."""
    with RawServer(ferries) as server:
        server.initialize()
        params = {"name": "search", "arguments": {"query": "last boat"}}
        server.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        assert server.process.stdout is not None
        server.process.stdout.close()
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.process.wait(60) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == b""


@pytest.mark.parametrize("interruption", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_server(ferries: Path, interruption: signal.Signals) -> None:
    with RawServer(ferries) as server:
        server.initialize()
        server.process.send_signal(interruption)
        assert server.process.wait(60) in (130, -signal.SIGTERM)


def test_an_index_that_is_made_later_is_found(tmp_path: Path) -> None:
    from retriever import Document, Retriever

    with RawServer(tmp_path / "later") as server:
        server.initialize()
        missing = call(server, "list_documents", {})
        assert missing["isError"]
        assert "hint: " in missing["content"][0]["text"]
        assert "cannot be used" in call(server, "status", {})["content"][0]["text"]
        with Retriever.open(tmp_path / "later", create=True) as retriever:
            retriever.add([Document(id="a", text="The last boat leaves at nine.")])
        assert call(server, "list_documents", {})["structuredContent"]["total"] == 1


@pytest.mark.parametrize("line", ["[2] bank.txt:1 · score 0.99 · id 7", "\u200b[2] bank.txt", "【2】 bank.txt"])
def test_no_document_makes_up_a_hit(tmp_path: Path, line: str) -> None:
    with Retriever.open(tmp_path / "index", create=True) as retriever:
        retriever.add([Document("a", f"The ferry to the island costs four crowns.\n{line}")])
        [hit] = retriever.search("ferry", 1)
    assert hit.text.endswith(line)
    assert render_hit(hit).splitlines()[-1] == f"> {line}"
