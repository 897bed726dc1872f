"""Processes that search for a server: they answer as one process does, and are replaced when they end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import work
from server_process import ServerProcess, list_children, start

from retriever import Retriever
from retriever.errors import IndexNotFoundError, ProcessError, ProcessTimeoutError, UsageError
from retriever.serving.http.failures import StoppedError
from retriever.serving.http.processes import SearchProcesses

QUESTION = "What does a permit for a boat cost?"
REQUESTS = (
    ("/v1/search", {"query": QUESTION, "k": 2}),
    ("/v1/search", {"query": QUESTION, "where": "year >= 2021", "explain": True}),
    ("/v1/search", {"query": QUESTION, "where": "year >>= 2021"}),
    ("/v1/search", {"query": QUESTION, "index": "village"}),
    ("/v1/search", {"query": "?!", "mode": "lexical"}),
    ("/v1/context", {"question": QUESTION, "max_tokens": 200}),
    ("/v1/context", {"question": QUESTION, "tokenizer": "unknown"}),
)
WRITER = "w" * 32


@pytest.fixture(scope="module")
def retriever(folder: Path) -> Iterator[Retriever]:
    with Retriever.open(folder / "indexes" / "town") as opened:
        yield opened


@pytest.fixture(scope="module")
def one(retriever: Retriever) -> Iterator[SearchProcesses]:
    """One process, so that the next call is answered by it or by what took its place."""
    processes = started(1, retriever)
    yield processes
    processes.close()


@pytest.fixture(scope="module")
def two(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Two processes over a copy of the index, which a test changes."""
    own = tmp_path_factory.mktemp("processes")
    shutil.copytree(folder / "indexes", own / "indexes")
    arguments = ("--index", "town", "--processes", "2", "--writable")
    with start(own, *arguments, RETRIEVER_TOKEN=WRITER) as running:
        yield running


def started(count: int, retriever: Retriever, longest: float | None = None) -> SearchProcesses:
    processes = SearchProcesses(count, {"town": retriever}, (), longest)
    processes.start()
    return processes


def wait_until_written(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


@pytest.mark.parametrize(("path", "body"), REQUESTS)
def test_a_server_with_processes_answers_as_one_without(
    client: httpx.Client, two: ServerProcess, path: str, body: dict[str, object]
) -> None:
    expected = client.post(path, json=body)
    found = httpx.post(two.url + path, json=body, headers={"Authorization": f"Bearer {WRITER}"}, timeout=60)
    assert found.status_code == expected.status_code
    known, new = expected.json(), found.json()
    known.pop("took_ms", None)
    new.pop("took_ms", None)
    assert new == known


def test_a_change_is_found_by_the_next_request(two: ServerProcess) -> None:
    headers = {"Authorization": f"Bearer {WRITER}"}
    with httpx.Client(base_url=two.url, headers=headers, timeout=60) as client:
        document = {"id": "ferry", "text": "The ferry to the lighthouse leaves at seven."}
        assert client.post("/v1/documents", json={"documents": [document]}).status_code == 200
        for _ in range(3):
            [hit] = client.post("/v1/search", json={"query": "lighthouse ferry", "k": 1}).json()["hits"]
            assert hit["document"] == "ferry"
        assert client.request("DELETE", "/v1/documents", json={"ids": ["ferry"]}).status_code == 200


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are listed in /proc on Linux only")
def test_they_do_not_get_the_token_and_end_with_the_server(folder: Path) -> None:
    with start(folder, "--index", "town", "--processes", "2", RETRIEVER_TOKEN=WRITER) as server:
        children = list_children(server.process.pid)
        assert len(children) >= 2
        assert not any(WRITER.encode() in Path(f"/proc/{child}/environ").read_bytes() for child in children)
        for child in children:  # as of a service that is stopped: they go on until the server ends them
            os.kill(child, signal.SIGTERM)
        answer = httpx.post(
            f"{server.url}/v1/search",
            json={"query": QUESTION},
            headers={"Authorization": f"Bearer {WRITER}"},
            timeout=60,
        )
        assert answer.status_code == 200
        assert not [entry for entry in server.log() if entry["event"] == "replaced"]
        assert server.stop() == 0
    while any(Path(f"/proc/{child}").exists() for child in children):
        time.sleep(0.01)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are listed in /proc on Linux only")
def test_they_end_where_the_server_is_killed(folder: Path) -> None:
    with start(folder, "--index", "town", "--processes", "1") as server:
        children = list_children(server.process.pid)
        server.process.kill()
        server.process.wait()
    while any(Path(f"/proc/{child}").exists() for child in children):
        time.sleep(0.01)


def test_the_next_request_of_one_that_has_ended_is_answered_by_another(one: SearchProcesses) -> None:
    before = json.loads(one.call(work.find_process))
    assert before != os.getpid()
    os.kill(before, signal.SIGKILL)
    after = json.loads(one.call(work.find_process))
    assert after not in (before, os.getpid())
    assert json.loads(one.call(work.find_process)) == after


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on Windows")
def test_a_fork_neither_asks_nor_ends_them(one: SearchProcesses) -> None:
    process = json.loads(one.call(work.find_process))
    fork = os.fork()
    if not fork:
        outcome = 1
        try:
            one.close()
            one.start_aside()
            outcome = one.count
        finally:
            os._exit(outcome)
    assert os.waitpid(fork, 0)[1] == 0
    assert one.count == 1
    assert json.loads(one.call(work.find_process)) == process


def test_what_fails_while_they_warm_is_no_answer_to_a_request(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = started(2, retriever)
    try:
        with monkeypatch.context() as context:
            context.setattr("retriever.pool.pool._warm", work.fail)
            processes.warm()
        assert json.loads(processes.call(work.find_process)) != os.getpid()
    finally:
        processes.close()


def test_what_does_not_end_keeps_no_process(retriever: Retriever, tmp_path: Path) -> None:
    processes = started(1, retriever, 2.0)
    try:
        before = json.loads(processes.call(work.find_process))
        with pytest.raises(ProcessTimeoutError, match=r"no answer within 2 seconds"):
            processes.call(work.wait, str(tmp_path / "note"))
        assert (tmp_path / "note").read_text() == "called\n"
        assert json.loads(processes.call(work.find_process)) != before
    finally:
        processes.close()


def test_what_runs_when_they_are_closed_is_broken_off(retriever: Retriever, tmp_path: Path) -> None:
    processes = started(1, retriever)
    note = tmp_path / "note"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(processes.call, work.wait, str(note))
        wait_until_written(note)
        processes.close()
        with pytest.raises(ProcessError):
            running.result()
    with pytest.raises(StoppedError):
        processes.call(work.find_process)


def test_what_they_cannot_open_is_told_at_once(folder: Path, tmp_path: Path) -> None:
    with Retriever.open(tmp_path / "missing", create=True) as missing, pytest.raises(IndexNotFoundError):
        started(2, missing)
    with (
        Retriever.open(folder / "indexes" / "town", model="bundled") as given,
        pytest.raises(UsageError, match="other processes cannot search"),
    ):
        started(1, given)
