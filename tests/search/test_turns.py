"""No more threads compute at a time than may, who came first is next, none waits for itself, and no turn is lost."""

from __future__ import annotations

import signal
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from forked import in_child
from interrupted import interrupt_everywhere, uninterrupted

from retriever import Document, Retriever
from retriever.errors import UsageError
from retriever.models.embedding_model import EmbeddingModel
from retriever.search import turns as module
from retriever.search.turns import TURNS, Turns
from retriever.types import Mode


def test_so_many_compute_at_a_time_and_no_more() -> None:
    turns, both = Turns(2), threading.Barrier(2)
    inside: set[int] = set()
    most = 0

    def work(number: int) -> None:
        nonlocal most
        with turns.hold(), turns.hold():
            inside.add(number)
            # Nobody goes on alone, so two are inside at once, and a third would be seen.
            both.wait(60)
            most = max(most, len(inside))
            both.wait(60)
            inside.remove(number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(12)))
    assert most == 2


def test_what_waits_for_others_needs_no_turn() -> None:
    turns, came = Turns(1), threading.Event()

    def pass_by() -> None:
        with turns.hold(needed=False):
            came.set()

    with turns.hold():
        thread = threading.Thread(target=pass_by)
        thread.start()
        thread.join(60)
        assert came.is_set()


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(KeyError), turns.hold():
            raise KeyError
    with turns.hold():
        pass


def test_a_turn_that_was_taken_at_a_fork_is_free_in_the_child() -> None:
    turns = Turns(1)

    def take() -> None:
        thread = threading.Thread(target=lambda: turns.hold().__enter__())
        thread.start()
        thread.join(60)
        assert not thread.is_alive()

    with turns.hold():
        in_child(take)


def count_waiting(turns: Turns) -> int:
    return len(turns._state.waiting)


def count_free(turns: Turns) -> int:
    """The turns that nobody has: a worker gives its own back after whom it worked for goes on."""
    until = time.monotonic() + 60
    while turns._state.free < turns._most and time.monotonic() < until:
        time.sleep(0.001)
    return turns._state.free


def start_waiting(turns: Turns, *works: Callable[[], object]) -> list[threading.Thread]:
    """Threads that wait for a turn, each behind the one before."""
    threads = [threading.Thread(target=work) for work in works]
    for number, thread in enumerate(threads, count_waiting(turns) + 1):
        thread.start()
        until = time.monotonic() + 60
        while count_waiting(turns) < number and time.monotonic() < until:
            time.sleep(0.001)
    return threads


def join(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize("kinds", ["hhhh", "rrrr", "hrhr", "rrhh", "hrrh"])
def test_who_came_first_is_next(kinds: str) -> None:
    turns = Turns(1)
    came: list[int] = []

    def hold(number: int) -> None:
        with turns.hold():
            came.append(number)

    works = [
        (lambda at=at: hold(at)) if kind == "h" else (lambda at=at: turns.run(lambda: came.append(at)))  # type: ignore[misc]
        for at, kind in enumerate(kinds)
    ]
    with turns.hold():
        threads = start_waiting(turns, *works)
    join(threads)
    assert came == [0, 1, 2, 3]


def test_work_that_waits_is_done_by_as_many_threads_as_may_compute() -> None:
    turns, done_by = Turns(2), set()

    def ask(number: int) -> int:
        def work() -> int:
            done_by.add(threading.get_ident())
            time.sleep(0.001)
            if number % 7 == 0:
                raise KeyError(number)
            return number * number

        if number % 5 == 0:
            with turns.hold():
                return work()
        return turns.run(work)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(ask, number) for number in range(200)]
        for number, future in enumerate(futures):
            if number % 7 == 0:
                with pytest.raises(KeyError, match=str(number)):
                    future.result(60)
            else:
                assert future.result(60) == number * number
        # Those who ask, and two that go on with what waits.
        assert len(done_by) <= 8 + 2
    assert count_free(turns) == 2
    assert not count_waiting(turns)


def test_work_may_ask_for_a_turn_inside() -> None:
    turns = Turns(1)

    def work() -> int:
        with turns.hold():
            return turns.run(lambda: 3)

    found: list[int] = []
    with turns.hold():
        threads = start_waiting(turns, lambda: found.append(turns.run(work)))
        assert turns.run(work) == 3
    join(threads)
    assert found == [3]


@pytest.mark.parametrize("way", ["hold", "run"])
def test_who_is_interrupted_waits_no_longer_and_takes_no_turn(way: str) -> None:
    turns, free = Turns(1), threading.Event()

    def keep() -> None:
        with turns.hold():
            free.wait(60)

    def ask() -> None:
        if way == "run":
            turns.run(lambda: done.append(1))
        else:
            with turns.hold():
                done.append(1)

    done: list[int] = []
    thread = threading.Thread(target=keep)
    thread.start()
    before = signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            ask()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not count_waiting(turns)
    free.set()
    thread.join(60)
    ask()
    assert done == [1]
    assert count_free(turns) == 1


@pytest.mark.parametrize("kinds", ["", "h", "r", "hr", "rh", "rr"])
def test_what_a_signal_raises_loses_no_turn(kinds: str) -> None:
    """Wherever it is raised, also in passing the turn on to those who wait."""
    turns, came = Turns(1), list[int]()
    threads: list[threading.Thread] = []

    def ask(kind: str, number: int) -> None:
        if kind == "r":
            turns.run(lambda: came.append(number))
        else:
            with turns.hold():
                came.append(number)

    def work() -> None:
        nonlocal threads
        with turns.hold(), turns.hold(), uninterrupted():
            threads = start_waiting(turns, *(partial(ask, kind, at) for at, kind in enumerate(kinds)))
        turns.run(int)

    def check() -> None:
        join(threads)
        ask("r", 9)
        assert came == [*range(len(threads)), 9]
        assert count_free(turns) == 1
        came.clear()
        threads.clear()

    interrupt_everywhere(work, check)


def test_where_no_thread_can_be_started_work_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(1)
    found: list[int] = []
    works = [lambda at=at: found.append(turns.run(lambda: at)) for at in range(3)]  # type: ignore[misc]

    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    with turns.hold():
        threads = start_waiting(turns, *works)
        monkeypatch.setattr(threading, "Thread", NoThread)
    join(threads)
    monkeypatch.undo()
    assert sorted(found) == [0, 1, 2]
    assert count_free(turns) == 1


def test_work_that_another_thread_does_has_the_context_of_who_asked() -> None:
    turns, name = Turns(1), ContextVar[str]("name", default="")

    def ask(own: str) -> str:
        name.set(own)
        return turns.run(name.get)

    with ThreadPoolExecutor(4) as pool, turns.hold():
        asked = [pool.submit(ask, own) for own in "abcd"]
    assert [future.result(60) for future in asked] == list("abcd")


def test_the_threads_that_work_keep_nothing_of_what_they_did() -> None:
    turns, kept = Turns(2), list[weakref.ref[object]]()

    class Work:
        def __call__(self) -> Work:
            return self

    def ask(number: int) -> None:
        work = Work()
        kept.append(weakref.ref(work))
        assert turns.run(work) is work

    with ThreadPoolExecutor(4) as pool, turns.hold():
        asked = [pool.submit(ask, number) for number in range(40)]
    for future in asked:
        future.result(60)
    assert count_free(turns) == 2
    assert len(kept) == 40
    assert not any(ref() for ref in kept)


def test_the_threads_of_the_parent_do_not_work_in_the_child() -> None:
    turns = Turns(1)

    def ask_much() -> None:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda at: turns.run(lambda: at), range(40))) == list(range(40))

    ask_much()
    in_child(ask_much)
    ask_much()


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_search_and_a_context_keep_their_turn_to_the_end(
    mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else they would wait behind all other threads once more. What counts tokens for the user needs none."""
    taken: list[object] = []

    class Counting(module._State):
        def ask(self, waiting: module._Waiting) -> None:
            taken.append(waiting)
            super().ask(waiting)

    state = Counting(1)
    monkeypatch.setattr(TURNS, "_state", state)
    # A model that is trusted, as the bundled one is, waits for nobody.
    with Retriever.open(tmp_path, create=True, model=EmbeddingModel(FakeEncoder(), checked=False)) as retriever:
        retriever.add([Document("ferry", "The ferry leaves at nine.")])
        assert retriever.search("ferry", mode=mode).hits
        assert len(taken) == 1
        assert retriever.context("ferry", mode=mode, history=["when?"], min_score=0).excerpts
        assert len(taken) == 2

        def count(text: str) -> int:
            assert state.free == 1
            return len(text)

        assert retriever.context("ferry", mode=mode, tokenizer=count, min_score=0).excerpts
    assert state.free == 1


def test_searches_that_wait_are_answered_and_refused_as_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TURNS, "_state", module._State(1))
    with Retriever.open(tmp_path, create=True, model=EmbeddingModel(FakeEncoder(), checked=False)) as retriever:
        retriever.add([Document("ferry", "The ferry leaves at nine.")])
        hits = retriever.search("ferry").hits

        def ask(number: int) -> None:
            if number % 3 == 0:
                with pytest.raises(UsageError, match="empty"):
                    retriever.search(" ")
            else:
                assert retriever.search("ferry").hits == hits

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(ask, range(60)))
