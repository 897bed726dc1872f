"""Documents added, replaced and removed over HTTP; syncs whose clients leave, meet each other or are stopped."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from server_process import ServerProcess, build_index, start
from small_index import paragraph, write

from retriever import Retriever

TOKEN = "t" * 32
FILES = 4
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "docs", {"pier.txt": "The lamp on the pier is lit at dusk."})
    build_index(tmp_path / "indexes" / "port", tmp_path / "docs")
    return tmp_path


@pytest.fixture
def writable(place: Path) -> Iterator[ServerProcess]:
    with start(place, "--index", "port", "--writable", RETRIEVER_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture
def writer(writable: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=writable.url, headers=HEADERS, timeout=60) as client:
        yield client


def add(client: httpx.Client, *documents: dict[str, Any]) -> httpx.Response:
    return client.post("/v1/documents", json={"documents": list(documents)})


def remove(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.request("DELETE", "/v1/documents", json=body)


def read_events(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    blocks = "".join(response.iter_text()).split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":") for block in blocks if block]
    return [(field["event"], json.loads(field["data"])) for field in fields if field]


def test_documents_are_added_replaced_found_and_removed(writer: httpx.Client) -> None:
    first = {"id": "faq", "text": "Rents rise in May.", "title": "Rents", "metadata": {"team": "housing"}}
    second = {"id": "运费", "text": "运费由买方承担。", "source": "https://shop.example/faq#运费", "language": "zh"}
    assert add(writer, first, second).json()["added"] == 2
    assert add(writer, {**first, "text": "Rents rise in June."}).json()["replaced"] == 1
    [hit] = writer.post("/v1/search", json={"query": "When do rents rise?", "where": "team = housing"}).json()["hits"]
    assert hit["text"] == "Rents rise in June."
    removed = remove(writer, ids=["faq", "nothing"]).json()
    assert (removed["removed"], removed["missing"]) == (1, ["nothing"])
    assert remove(writer, where="language = zh").json()["removed"] == 1
    assert writer.get("/v1/documents").json()["total"] == 1


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client that may write, of a server whose index no test changes."""
    place = tmp_path_factory.mktemp("unchanged")
    write(place / "docs", {"pier.txt": "The lamp on the pier is lit at dusk."})
    build_index(place / "indexes" / "port", place / "docs")
    with (
        start(place, "--index", "port", "--writable", RETRIEVER_TOKEN=TOKEN) as running,
        httpx.Client(base_url=running.url, headers=HEADERS, timeout=60) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"id": "a"}, "text: field required"),
        ({"id": "", "text": "x"}, "id: "),
        ({"id": "a", "text": 7}, "text: "),
        ({"id": "a", "text": "x", "language": "English"}, "language: "),
        ({"id": "a", "text": "x", "path": "/etc/passwd"}, "unknown field 'documents.1.path'"),
        ({"id": "a", "text": "x", "metadata": {"m": {"deep": {"er": 1}}}}, ""),
    ],
)
def test_a_wrong_document_is_refused_and_none_is_added(
    unchanged: httpx.Client, document: dict[str, Any], words: str
) -> None:
    answer = add(unchanged, {"id": "good", "text": "Good."}, document)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert unchanged.get("/v1/documents").json()["total"] == 1


def test_documents_of_files_stay_and_wrong_filters_are_refused(unchanged: httpx.Client) -> None:
    [listed] = unchanged.get("/v1/documents").json()["documents"]
    assert remove(unchanged, ids=[listed["document"]]).status_code == 400
    assert remove(unchanged).status_code == 400
    for injected in ("team = 'x' or", "1=1; drop table documents", "team = x' OR '1'='1", "(" * 500, "team = '\0"):
        assert remove(unchanged, where=injected).status_code == 400, injected
    assert unchanged.get("/v1/documents").json()["total"] == 1


def test_a_sync_tells_its_progress_and_at_the_end_its_report(writer: httpx.Client, place: Path) -> None:
    write(place / "docs", {"quay.txt": "The north quay is closed."})
    with writer.stream("POST", "/v1/sync", json={"dry_run": True}) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert read_events(response)[-1][1]["dry_run"] is True
    with writer.stream("POST", "/v1/sync", json={}) as response:
        *progress, (last, report) = read_events(response)
    assert {name for name, _ in progress} == {"progress"}
    assert (last, report["added"], report["unchanged"]) == ("report", 1, 1)
    assert writer.get("/v1/documents").json()["total"] == 2


def test_a_sync_that_cannot_begin_has_a_status(unchanged: httpx.Client) -> None:
    assert unchanged.post("/v1/sync", json={"index": "elsewhere"}).status_code == 404
    assert unchanged.post("/v1/sync", json={"sources": ["/etc"]}).status_code == 400


def write_much(place: Path) -> None:
    """Files whose sync takes seconds after it has begun."""
    texts = {f"{at}.txt": "\n\n".join(paragraph(20 * at + number) for number in range(20)) for at in range(FILES)}
    write(place / "docs", texts)


def begin_sync(port: int) -> socket.socket:
    """A connection that has asked for a sync, in Chinese, and read the first event."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    head = f"POST /v1/sync HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    head += "Content-Type: application/json\r\nAccept-Language: zh-CN\r\n"
    connection.sendall(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
    received = b""
    while b"event: " not in received:
        received += connection.recv(4096)
    assert received.startswith(b"HTTP/1.1 200")
    return connection


def test_a_client_that_leaves_does_not_break_the_sync_and_a_second_one_waits(
    writable: ServerProcess, writer: httpx.Client, place: Path
) -> None:
    write_much(place)
    begin_sync(writable.port).close()
    refused = writer.post("/v1/sync", json={})
    assert (refused.status_code, refused.json()["error"]["type"]) == (409, "index_locked")
    assert refused.headers["Retry-After"]
    assert add(writer, {"id": "faq", "text": "Rents rise."}).status_code == 409
    assert writer.get("/v1/search", params={"q": "lamp", "mode": "lexical"}).status_code == 200
    with Retriever.open(place / "indexes" / "port") as other:
        assert other.sync(wait=60).unchanged == 1 + FILES
    assert add(writer, {"id": "faq", "text": "Rents rise."}).json()["added"] == 1


def test_a_server_that_is_stopped_ends_its_sync_and_leaves_the_index_as_it_was(
    writable: ServerProcess, place: Path
) -> None:
    write_much(place)
    with begin_sync(writable.port) as connection:
        assert writable.stop() == 0
        received = b""
        while part := connection.recv(65536):
            received += part
    assert 'event: error\ndata: {"error":{"type":"stopped","message":"服务器正在停止"' in received.decode()
    with Retriever.open(place / "indexes" / "port") as retriever:
        assert retriever.status().generation == 1
        assert retriever.verify() == []
        assert retriever.sync().added == FILES


def test_new_generations_of_other_processes_are_answered_from(writer: httpx.Client, place: Path) -> None:
    before = writer.post("/v1/search", json={"query": "lamp"}).json()["generation"]
    with Retriever.open(place / "indexes" / "port") as other:
        write(place / "docs", {"quay.txt": "The north quay is closed."})
        other.sync()
    after = writer.post("/v1/search", json={"query": "Which quay is closed?"}).json()
    assert (before, after["generation"], after["hits"][0]["text"]) == (1, 2, "The north quay is closed.")
