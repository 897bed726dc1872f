"""Processes that search once there is load: when they are started, what answers meanwhile, and what if it fails."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
import work
from server_process import ServerProcess, list_children, start

from retriever import Retriever
from retriever.serving.http import Limits, ServerOptions, create_app
from retriever.serving.http.failures import BusyError
from retriever.serving.http.logs import LOGGER
from retriever.serving.http.processes import SearchProcesses
from retriever.serving.http.state import ServerState
from retriever.serving.http.workers import Workers
from retriever.system import cpu_count

Log: TypeAlias = pytest.LogCaptureFixture

CLIENTS = 16
# So long that the server is what is slow, and not these clients.
QUESTION = "What does a permit for a boat cost, and who pays for the lift? " * 5
# Seconds after which what was to come under load will not.
MOST = 120
needs_two_cpus = pytest.mark.skipif(cpu_count() < 2, reason="one CPU is kept busy by one process")


@pytest.fixture(scope="module")
def retriever(folder: Path) -> Iterator[Retriever]:
    with Retriever.open(folder / "indexes" / "town") as opened:
        yield opened


@pytest.fixture
def processes(retriever: Retriever) -> Iterator[SearchProcesses]:
    made = SearchProcesses(2, {"town": retriever}, ())
    yield made
    made.close()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level(logging.INFO, LOGGER.name)
    return caplog


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    made = Crowd(monkeypatch)
    yield made
    made.end()


class Crowd:
    """Threads, the requests that they work at or that wait for them, and a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, threads: int = 3, queue: int = 20) -> None:
        self.now = 100.0
        monkeypatch.setattr("retriever.serving.http.workers.time.monotonic", lambda: self.now)
        self.workers = Workers(threads, queue, 60.0)
        self._ends: list[threading.Event] = []

    def come(self, count: int) -> None:
        for _ in range(count):
            end = threading.Event()
            self.workers.submit(lambda end=end: end.wait(60))  # type: ignore[misc]
            self._ends.append(end)

    def go(self, count: int) -> None:
        before = self.workers.pending
        for end in self._ends[:count]:
            end.set()
        del self._ends[:count]
        while self.workers.pending > before - count:
            time.sleep(0.001)

    def end(self) -> None:
        self.go(len(self._ends))
        self.workers.close()


def wait_until(is_so: Callable[[], object]) -> None:
    while not is_so():
        time.sleep(0.01)


def list_events(server: ServerProcess, event: str) -> list[dict[str, object]]:
    return [entry for entry in server.log() if entry["event"] == event]


def list_processes(processes: SearchProcesses) -> list[int]:
    """Those that run."""
    pool = processes._pool
    return [process.number for process in pool._processes.running if process.is_running] if pool else []


async def ask_until(server: ServerProcess, is_over: Callable[[], object]) -> set[int | None]:
    """The statuses of what many clients ask until something is over, and once more then; None where nobody answered."""
    statuses: set[int | None] = set()
    over = asyncio.Event()

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        body = {"query": f"{number}: {QUESTION}", "k": 3}
        is_last = False
        while not is_last:
            is_last = over.is_set()
            try:
                statuses.add((await client.post("/v1/search", json=body)).status_code)
            except httpx.HTTPError:
                statuses.add(None)

    async def watch() -> None:
        # Not by each client, for each answer: the server would wait for them.
        until = time.monotonic() + MOST
        try:
            while not is_over():
                assert time.monotonic() < until
                await asyncio.sleep(0.05)
        finally:
            over.set()

    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        await asyncio.gather(watch(), *(ask(client, number) for number in range(CLIENTS)))
    return statuses


def test_load_is_that_several_requests_wait(crowd: Crowd) -> None:
    crowd.come(5)
    crowd.now += 1
    assert crowd.workers.seconds_crowded == 1
    crowd.go(1)  # as of five clients, of whom one has its answer and asks again
    crowd.come(1)
    crowd.now += 2
    assert crowd.workers.seconds_crowded == 3
    crowd.go(3)
    crowd.now += 1
    assert crowd.workers.seconds_crowded == 2
    crowd.come(2)
    crowd.now += 3
    assert crowd.workers.seconds_crowded == 0


def test_load_lasts_where_all_clients_pause_for_a_moment(crowd: Crowd) -> None:
    for _ in range(50):
        crowd.come(16)
        crowd.now += 0.08
        crowd.go(16)
        crowd.now += 0.02
    assert 2 < crowd.workers.seconds_crowded < 4


@pytest.mark.parametrize("threads", [3, 20])
def test_load_is_the_same_however_many_threads_there_are(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    crowd = Crowd(monkeypatch, threads)
    crowd.come(16)
    crowd.now += 2
    assert crowd.workers.seconds_crowded == 2
    crowd.end()


@pytest.mark.parametrize("queue", [0, 1])
def test_what_is_refused_tells_of_load_where_no_more_may_wait(monkeypatch: pytest.MonkeyPatch, queue: int) -> None:
    crowd = Crowd(monkeypatch, 3, queue)
    crowd.come(3 + queue)
    crowd.now += 5
    assert crowd.workers.seconds_crowded == 0
    for _ in range(4):
        with pytest.raises(BusyError):
            crowd.come(1)
        crowd.now += 0.5
        crowd.go(1)
        crowd.come(1)
        crowd.now += 0.5
    assert crowd.workers.seconds_crowded == 4
    crowd.go(2 + queue)
    crowd.now += 3
    assert crowd.workers.seconds_crowded == 1
    crowd.end()


def test_work_of_a_thread_that_cannot_be_started_is_not_done_later(monkeypatch: pytest.MonkeyPatch) -> None:
    workers, done = Workers(1, 20, 60.0), list[int]()
    with monkeypatch.context() as full:

        def start(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        full.setattr(threading.Thread, "start", start)
        with pytest.raises(BusyError, match="no thread can be started: can't start new thread"):
            workers.submit(lambda: done.append(1))
    assert workers.pending == 0
    workers.submit(lambda: done.append(2)).result()
    assert done == [2]
    workers.close()


def test_one_who_types_is_no_load(crowd: Crowd) -> None:
    """Questions that were given up keep their threads, and one waits: the page gives it up for the next one."""
    crowd.come(3)
    for _ in range(30):
        crowd.come(1)
        crowd.now += 0.3
        assert crowd.workers.seconds_crowded == 0
        crowd.go(1)


@needs_two_cpus
def test_under_load_a_server_lets_others_search(folder: Path) -> None:
    with start(folder, "--index", "town", "--rate", "0") as server:
        gauge = "retriever_search_processes {}.0"
        assert gauge.format(0) in httpx.get(f"{server.url}/metrics").text
        assert asyncio.run(ask_until(server, lambda: list_events(server, "processes"))) == {200}
        [event] = list_events(server, "processes")
        assert event["reason"] == "requests have waited for 2 seconds"
        assert gauge.format(event["processes"]) in httpx.get(f"{server.url}/metrics").text
        assert server.stop() == 0
        assert not list_events(server, "replaced")


@needs_two_cpus
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_server_that_is_stopped_while_they_start_ends_as_ever(folder: Path, number: int, code: int) -> None:
    with start(folder, "--index", "town", "--rate", "0") as server:
        children: list[int] = []

        def stop_once_they_start() -> bool:
            if not children and (found := list_children(server.process.pid)):
                children.extend(found)
                for process in (server.process.pid, *found):  # as a terminal, or a manager of services
                    os.kill(process, number)
            return bool(children)

        assert asyncio.run(ask_until(server, stop_once_they_start)) <= {200, None}
        assert server.process.wait(60) == code
        assert not list_events(server, "processes")
        others = [line for line in server.errors.read_text().splitlines() if line[:1] != "{"]
        assert {line.partition(" ")[0] for line in others} <= {"serving", "interrupted"}
        while any(Path(f"/proc/{child}").exists() for child in children):
            time.sleep(0.01)


def test_they_are_asked_once_they_are_warm(processes: SearchProcesses, log: Log) -> None:
    assert processes.count == 0
    for _ in range(3):
        processes.start_aside()
    wait_until(lambda: log.messages)
    assert (processes.count, len(list_processes(processes))) == (2, 2)
    assert json.loads(processes.call(work.find_process)) != os.getpid()
    assert log.messages == ["processes"]


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        ("retriever.serving.http.processes.EACH", 1 << 60, "too little memory is free"),
        ("sys.executable", "/nowhere/python", "a process that searches cannot be started: no such file or directory"),
        ("retriever.pool.pool._warm", work.die, "a process that searches has ended"),
    ],
)
def test_where_they_cannot_be_started_the_log_tells_it_once(
    processes: SearchProcesses, log: Log, monkeypatch: pytest.MonkeyPatch, place: str, value: object, reason: str
) -> None:
    monkeypatch.setattr(place, value)
    processes.start_aside()
    wait_until(lambda: log.messages)
    processes.start_aside()
    assert [record.__dict__["fields"] for record in log.records] == [
        {"processes": 0, "reason": f"they cannot be started: {reason}"}
    ]
    assert processes.count == 0
    assert not list_processes(processes)


def test_where_they_could_not_be_started_load_starts_them_after_a_while(
    processes: SearchProcesses, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.serving.http.processes.AGAIN", 0.0)
    with monkeypatch.context() as full:
        full.setattr("retriever.serving.http.processes.EACH", 1 << 60)
        processes.start_aside()
        wait_until(lambda: log.messages)
    processes.start_aside()
    wait_until(lambda: len(log.messages) > 1)
    assert processes.count == 2


def test_they_end_once_nobody_has_searched_for_a_while(
    processes: SearchProcesses, log: Log, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("retriever.serving.http.processes.INTERVAL", 0.01)
    processes.start_aside()
    wait_until(processes.can_search)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(processes.call, work.wait_for, str(tmp_path / "note"), str(tmp_path / "end"))
        wait_until((tmp_path / "note").exists)
        monkeypatch.setattr("retriever.serving.http.processes.QUIET", 0.0)
        assert not processes._end_quietly()
        (tmp_path / "end").touch()
        assert json.loads(running.result()) != os.getpid()
    wait_until(lambda: len(log.messages) > 1)
    assert [record.__dict__["fields"]["processes"] for record in log.records] == [2, 0]
    assert (processes.count, processes.can_search(), list_processes(processes)) == (0, False, [])
    monkeypatch.undo()
    processes.start_aside()
    wait_until(processes.can_search)


def test_a_program_that_begins_again_has_what_memory_is_free_then(
    processes: SearchProcesses, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr("retriever.serving.http.processes.EACH", 1 << 60)
        processes.start_aside()
        wait_until(lambda: log.messages)
    processes.close()
    processes.begin()
    processes.start_aside()
    wait_until(lambda: len(log.messages) > 1)
    assert processes.count == 2


def test_an_index_with_its_own_model_is_searched_by_the_server_alone(folder: Path, log: Log) -> None:
    with Retriever.open(folder / "indexes" / "town", model="bundled") as given:
        processes = SearchProcesses(2, {"town": given}, ())
        processes.start_aside()
        wait_until(lambda: log.messages)
        assert "other processes cannot search" in log.records[0].__dict__["fields"]["reason"]
        assert processes.count == 0


def test_a_program_may_be_closed_while_they_start_and_begin_again(processes: SearchProcesses, log: Log) -> None:
    for _ in range(2):
        processes.start_aside()
        wait_until(lambda: list_processes(processes))
        processes.close()
        assert not list_processes(processes)
        wait_until(lambda: "retriever-start" not in [thread.name for thread in threading.enumerate()])
        assert (processes.count, log.messages) == (0, [])
        processes.begin()


def test_of_an_application_they_are_no_part_unless_it_says_so(retriever: Retriever) -> None:
    def made(**options: Any) -> SearchProcesses | None:
        state: ServerState = create_app({"town": retriever}, ServerOptions(**options)).state.server
        return state.processes

    assert made() is None
    assert made(processes=0) is None
    assert made(processes=None, limits=Limits(searches=1)) is None  # of which no more than one would work
    waiting = made(processes=None)
    assert waiting is None if cpu_count() < 2 else waiting and waiting.count == 0
