"""Hostile input ends in the right status, and the server answers everybody else meanwhile and afterwards."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from server_process import ServerProcess, start

WAIT = 60.0


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ServerProcess]:
    with start(folder, "--index", "town", "--rate", "0") as running:
        yield running


@pytest.fixture(scope="module")
def impatient(folder: Path) -> Iterator[ServerProcess]:
    with start(folder, "--index", "town", "--rate", "0", "--timeout", "1") as running:
        yield running


@pytest.fixture(autouse=True)
def healthy_after(server: ServerProcess) -> Iterator[None]:
    """Whatever was sent, the server then answers as before, and has no defect in its log."""
    yield
    answer = httpx.post(f"{server.url}/v1/search", json={"query": "permit", "mode": "lexical"}, timeout=WAIT)
    assert answer.status_code == 200
    assert answer.json()["hits"]
    assert [line for line in server.log() if "trace" in line or line.get("status") == 500] == []


def exchange(server: ServerProcess, sent: bytes) -> bytes:
    """What a raw connection gets until the server closes it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT) as connection:
        received = b""
        with contextlib.suppress(ConnectionError):  # closed before all was sent
            connection.sendall(sent)
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                received += part
        return received


def status_of(response: bytes) -> int:
    match = re.match(rb"HTTP/1\.1 (\d+)", response)
    return int(match[1]) if match else 0


def head(path: str = "/v1/search", **headers: str | int) -> bytes:
    fields = {"Host": "localhost", "Content-Type": "application/json", "Connection": "close"}
    fields |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode()


def test_a_body_that_is_declared_too_large_is_refused_before_it_comes(server: ServerProcess) -> None:
    response = exchange(server, head(Content_Length=1 << 40))
    assert status_of(response) == 413
    assert b'"type":"too_large"' in response


def test_a_body_that_turns_out_too_large_is_broken_off(server: ServerProcess) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    response = exchange(server, head(Transfer_Encoding="chunked") + chunk * 200)
    assert status_of(response) in (413, 0)  # 0: the connection was reset while it was still sending


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "\xff\xfe"}',
        b"\xff\xfe{\x00",
        b'{"query": "\xed\xa0\x80"}',
        b'{"query": "\\ud800"}',
        b"[" * 1_000_000,
        b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 200_000,
        b'{"query": "x", "k": ' + b"9" * 100_000 + b"}",
        b'{"query": "x", "k": 1e999}',
        b'{"query": "x", "min_score": NaN}',
        b'{"query": "x", "k": true}',
        b'{"query": "x", "query": 7}',
        b'{"query": {"$ne": null}}',
        b'{"query": "x"}{"query": "y"}',
        b"query=x",
        b"null",
        b"[]",
        b'"x"',
        b"",
        b'{"query": "' + b"x" * 10_001 + b'"}',
        b'{"query": "x", "k": 201}',
        b'{"query": "x", "__proto__": {}}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_question_is_refused(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/v1/search", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"type", "message", "hint"}
    assert answer.json()["error"]["hint"]
    assert len(answer.content) < 2_000  # it does not give back what it was sent


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"query": "\xff"}', "the body is not UTF-8 at byte 11"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b'{"k": ' + b"9" * 5_000 + b"}", "the body has a number of too many digits"),
        (b'{"query": "x"', "the body is not JSON: expecting ',' delimiter at character 13"),
    ],
)
def test_what_is_wrong_with_a_body_is_told(client: httpx.Client, body: bytes, message: str) -> None:
    answer = client.post("/v1/search", content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["error"]["message"] == message


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_what_a_form_can_send_is_refused(client: httpx.Client, kind: str) -> None:
    answer = client.post("/v1/search", content=b'{"query": "permit"}', headers={"Content-Type": kind} if kind else {})
    assert (answer.status_code, answer.json()["error"]["type"]) == (415, "unsupported_type")


PATHS = (
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows",
    "%2e%2e/",
    "~",
    "file:///etc/passwd",
    "\0",
    "town/..",
    ".",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_field_is_taken_for_a_path(client: httpx.Client, path: str) -> None:
    question = {"query": "permit", "question": "permit"}
    for route, fields in (("/v1/search", ("query",)), ("/v1/context", ("question",))):
        body = {name: question[name] for name in fields} | {"index": path}
        assert client.post(route, json=body).status_code == 404
    for route in ("/v1/status", "/v1/sources", "/v1/facets", "/v1/documents"):
        assert client.get(route, params={"index": path}).status_code == 404
    for route in ("/v1/document", "/v1/document/file"):
        assert client.get(route, params={"id": path}).status_code == 404
        assert client.get(route, params={"id": "harbour.md", "source": path}).status_code == 404
    for model in ({"input": "x", "model": path},):
        assert client.post("/v1/embeddings", json=model).status_code == 404


@pytest.mark.parametrize(
    "target",
    [
        "/../../../../etc/passwd",
        "/static/../../http/app.py",
        "/static/%2e%2e/%2e%2e/http/app.py",
        "/static/..%5c..%5chttp%5capp.py",
        "//etc/passwd",
        "/v1/passages/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/passages/%00",
        "/%ff%fe",
        "/" + "a" * 8_000,
    ],
)
def test_no_path_leads_out_of_the_page(server: ServerProcess, target: str) -> None:
    response = exchange(server, f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert status_of(response) in (400, 404), response[:200]
    assert b"root:" not in response
    assert b"import" not in response


@pytest.mark.parametrize(
    "where",
    [
        "year = 2021' OR '1'='1",
        "1=1; DROP TABLE passages; --",
        "year = 2021 UNION SELECT text FROM passages",
        "__class__.__mro__ = 1",
        "{{7*7}} = 49",
        "year = `id`",
        "(" * 5_000 + "year = 1" + ")" * 5_000,
        "not " * 2_000 + "year = 1",
        " or ".join(["year = 1"] * 1_100),
        "title ~ '" + "a*" * 2_000 + "b'",
        "year = '\x00'",
        "𝕪ear = 1",
    ],
    ids=lambda where: repr(where[:24]),
)
def test_a_filter_finds_nothing_that_it_does_not_name(client: httpx.Client, where: str) -> None:
    answer = client.post("/v1/search", json={"query": "permit", "mode": "lexical", "where": where})
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert answer.json()["hits"] == []
    else:
        assert answer.json()["error"]["type"] in ("filter", "usage")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00" * 10_000,
        b"GET /" + b"a" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=lambda sent: repr(sent[:24]),
)
def test_what_is_no_http_is_refused(impatient: ServerProcess, sent: bytes) -> None:
    assert status_of(exchange(impatient, sent)) in (0, 400, 405, 413, 421, 431)


def test_upgrades_are_ignored(server: ServerProcess) -> None:
    sent = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert status_of(exchange(server, sent)) == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "GET\u0020", "X" * 5_000])
def test_other_methods_are_refused(server: ServerProcess, method: str) -> None:
    sent = f"{method} /v1/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    assert status_of(exchange(server, sent)) in (400, 405)


def test_a_thousand_idle_connections_do_not_keep_others_out(folder: Path) -> None:
    with start(folder, "--index", "town", "--rate", "0") as server, contextlib.ExitStack() as stack:
        for number in range(1_000):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=WAIT))
            if number % 2:
                connection.sendall(b"POST /v1/search HTTP/1.1\r\nHost: local")
        for _ in range(3):
            assert httpx.get(f"{server.url}/v1/search?q=permit&mode=lexical", timeout=WAIT).status_code == 200
        assert server.stop() == 0


def test_clients_that_are_slow_are_let_go(impatient: ServerProcess) -> None:
    """Each in its way: no head, half a head, half a body. All wait at once."""
    place = ("127.0.0.1", impatient.port)
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(place, timeout=WAIT)) for _ in range(3)]
        slow[1].sendall(b"GET / HTTP/1.1\r\nHost: loc")
        slow[2].sendall(head(Content_Length=100) + b'{"query": ')
        answers = [_read_to_end(connection) for connection in slow]
    assert [status_of(answer) for answer in answers] == [0, 0, 408]


def test_a_client_that_does_not_read_is_let_go(impatient: ServerProcess) -> None:
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100

    def ask_for_ever(connection: socket.socket) -> None:
        while True:
            connection.sendall(asked)

    place = ("127.0.0.1", impatient.port)
    with socket.create_connection(place, timeout=WAIT) as connection, pytest.raises(ConnectionError):
        ask_for_ever(connection)


def test_pipelined_requests_are_answered_in_order(server: ServerProcess) -> None:
    one = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert exchange(server, one * 20 + last).count(b"HTTP/1.1 200") == 21


def test_too_many_requests_of_one_address_wait(folder: Path) -> None:
    with start(folder, "--index", "town", "--rate", "5") as server, httpx.Client(base_url=server.url) as client:
        answers = [client.get("/v1/indexes") for _ in range(40)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert refused[0].headers["Retry-After"] == "1"
        assert refused[0].json()["error"]["type"] == "too_many_requests"
        assert client.get("/health").status_code == 200  # whoever watches the server is not kept out


def test_metrics_have_bounded_labels(client: httpx.Client) -> None:
    for number in range(30):
        client.get(f"/v1/passages/{number}")
        client.get(f"/nothing/{number}")
        client.request(f"METHOD{number}", "/v1/search")
    text = client.get("/metrics").text
    lines = [line for line in text.splitlines() if line.startswith("retriever_requests_total")]
    assert 'method="GET",route="/v1/passages/{id}",status="404"} ' in "".join(lines)
    assert 'method="other",route="/v1/search",status="405"} ' in "".join(lines)
    assert len(lines) < 60
    assert "METHOD" not in text
    assert "nothing" not in text


def _read_to_end(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            received += part
    return received
