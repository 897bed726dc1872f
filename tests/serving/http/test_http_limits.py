"""Limits: threads and their queue, deadlines, buckets, requests whose clients leave, and stopping."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_process import ServerProcess, start

from retriever.serving.http.failures import BusyError, DeadlineError
from retriever.serving.http.rate import BURST_SECONDS, MOST_CLIENTS, Buckets, find_client
from retriever.serving.http.workers import Workers


@contextlib.contextmanager
def workers(threads: int, queue: int, seconds: float = 60.0) -> Iterator[Workers]:
    made = Workers(threads, queue, seconds)
    try:
        yield made
    finally:
        made.close()


def test_what_does_not_fit_into_the_queue_is_refused_at_once() -> None:
    free, begun = threading.Event(), threading.Semaphore(0)

    def work() -> int:
        begun.release()
        assert free.wait(60)
        return 1

    async def ask(pool: Workers) -> None:
        asked = [asyncio.create_task(pool.run(work)) for _ in range(3)]
        await asyncio.to_thread(begun.acquire)
        with pytest.raises(BusyError):
            await pool.run(work)
        free.set()
        assert await asyncio.gather(*asked) == [1, 1, 1]
        assert await pool.run(lambda: 2) == 2

    with workers(1, 2) as pool:
        asyncio.run(ask(pool))


def test_late_work_keeps_its_thread_and_what_waits_behind_it_is_not_begun() -> None:
    free, begun, ran = threading.Event(), threading.Event(), []

    def late() -> None:
        begun.set()
        assert free.wait(60)

    async def ask(pool: Workers) -> None:
        first = asyncio.create_task(pool.run(late))
        await asyncio.to_thread(begun.wait)
        with pytest.raises(DeadlineError):
            await pool.run(lambda: ran.append("too late"))
        with pytest.raises(DeadlineError):
            await first
        assert pool.pending == 1
        free.set()
        pool_is_free = pool.submit(lambda: ran.append("next"))
        await asyncio.wrap_future(pool_is_free)
        await asyncio.sleep(0)
        assert (ran, pool.pending) == (["next"], 0)

    with workers(1, 4, seconds=0.2) as pool:
        asyncio.run(ask(pool))


def test_work_whose_client_has_gone_is_not_begun() -> None:
    free, begun, ran = threading.Event(), threading.Event(), []

    def first_work() -> None:
        begun.set()
        assert free.wait(60)

    async def ask(pool: Workers) -> None:
        first = asyncio.create_task(pool.run(first_work))
        await asyncio.to_thread(begun.wait)
        gone = asyncio.create_task(pool.run(lambda: ran.append("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        free.set()
        await first
        await pool.run(lambda: ran.append("here"))
        assert ran == ["here"]

    with workers(1, 4) as pool:
        asyncio.run(ask(pool))


def test_work_that_outlives_its_event_loop_is_counted_to_its_end() -> None:
    free, ended = threading.Event(), threading.Event()

    async def begin(pool: Workers) -> None:
        pool.submit(lambda: free.wait(60)).add_done_callback(lambda _: ended.set())

    with workers(1, 0) as pool:
        asyncio.run(begin(pool))
        assert pool.pending == 1
        free.set()
        assert ended.wait(60)
        assert pool.pending == 0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.floats(0.5, 50))
def test_a_client_gets_no_more_than_its_rate_and_its_burst(pauses: list[float], rate: float) -> None:
    now = 0.0
    buckets = Buckets(rate, clock=lambda: now)
    granted = 0
    for pause in pauses:
        now += pause
        for _ in range(5):
            wait = buckets.take("client")
            granted += not wait
            assert wait <= 1 / rate + 1e-6
    assert granted <= max(1.0, rate * BURST_SECONDS) + rate * now + 1e-6


def test_a_client_that_waits_as_it_was_told_is_let_in_and_others_do_not_wait_for_it() -> None:
    now = 0.0
    buckets = Buckets(2.0, clock=lambda: now)
    while not (wait := buckets.take("one")):
        pass
    assert buckets.take("other") == 0
    now += wait
    assert buckets.take("one") == 0
    for number in range(MOST_CLIENTS + 10):
        buckets.take(str(number))
    assert len(buckets._buckets) == MOST_CLIENTS


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("/run/socket", "/run/socket"),
    ],
)
def test_a_network_of_addresses_is_one_client(address: str, client: str) -> None:
    assert find_client(address) == client


def test_questions_beyond_the_queue_are_told_to_come_again(folder: Path) -> None:
    async def ask_all(url: str) -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
            body = {"query": "What does a permit for a long boat cost?"}
            return await asyncio.gather(*(client.post("/v1/search", json=body) for _ in range(150)))

    with start(folder, "--index", "town", "--rate", "0", "--searches", "1") as server:
        answers = asyncio.run(ask_all(server.url))
        refused = [answer for answer in answers if answer.status_code != 200]
        assert {answer.status_code for answer in refused} == {503}
        assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
        assert {answer.json()["error"]["type"] for answer in refused} == {"busy"}
        assert len(answers) - len(refused) >= 64  # those that wait; the one that runs may be the warming
        assert httpx.post(f"{server.url}/v1/search", json={"query": "permit"}, timeout=60).status_code == 200


def test_questions_whose_clients_have_gone_are_given_up(folder: Path) -> None:
    body = b'{"query": "What does a permit for a long boat cost?"}'
    head = f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    asked = f"{head}Content-Type: application/json\r\n\r\n".encode() + body
    with start(folder, "--index", "town", "--rate", "0", "--searches", "1") as server:
        with contextlib.ExitStack() as stack:
            place = ("127.0.0.1", server.port)
            for _ in range(60):
                stack.enter_context(socket.create_connection(place, timeout=60)).sendall(asked)
        while len(statuses := [line["status"] for line in server.log() if line["event"] == "request"]) < 60:
            assert server.process.poll() is None
        assert set(statuses) <= {200, 499}
        assert statuses.count(499) > 30
        pending = "retriever_work_pending 0.0"
        while pending not in httpx.get(f"{server.url}/metrics").text:
            assert server.process.poll() is None


@pytest.fixture
def stopping(folder: Path) -> Iterator[ServerProcess]:
    with start(folder, "--index", "town") as server:
        yield server


def test_running_requests_finish_when_the_server_is_stopped(stopping: ServerProcess) -> None:
    body = b'{"query": "permit", "mode": "lexical"}'
    head = f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", stopping.port), timeout=60) as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\nContent-Type: application/json\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")  # the request is there, its body is not
        stopping.process.terminate()
        with pytest.raises(ConnectionRefusedError):
            _connect_for_ever(stopping.port)
        connection.sendall(body)
        received = b""
        while part := connection.recv(65536):
            received += part
    assert received.startswith(b"HTTP/1.1 200")
    assert stopping.process.wait(60) == 0
    # An index that is loaded in the background may still say that it is.
    assert [line["event"] for line in stopping.log() if line["event"] != "warm"][-1] == "stopped"


def test_an_interrupted_server_ends_as_every_command(stopping: ServerProcess) -> None:
    stopping.process.send_signal(2)
    assert stopping.process.wait(60) == 130


def _connect_for_ever(port: int) -> None:
    """Until nobody new is let in."""
    while True:
        with contextlib.suppress(ConnectionResetError):  # of who comes while the server closes
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
