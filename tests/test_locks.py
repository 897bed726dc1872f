"""Forks, and the end of the interpreter, wait for work in other threads; nothing waits for a thread that is gone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from forked import in_child
from interrupted import interrupt_everywhere

from retriever.errors import RetrieverError
from retriever.locks import WORK, ForkSafeLock, Gate


def test_a_lock_that_was_held_at_a_fork_is_free_in_the_child_and_released_by_both() -> None:
    lock = ForkSafeLock()

    def take() -> None:
        with lock.hold():
            pass

    with lock.hold():
        in_child(take)
    take()


def test_a_fork_waits_for_what_is_inside_the_gate() -> None:
    gate = Gate()
    inside, finish, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        with gate.hold():
            inside.set()
            assert finish.wait(60)
            done.set()

    def pass_through() -> None:
        assert done.is_set()
        with gate.hold():
            pass

    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(work)
        assert inside.wait(30)
        pool.submit(finish.set)
        in_child(pass_through)
        running.result(30)
    pass_through()


def test_a_thread_that_is_inside_may_enter_again_and_fork() -> None:
    gate = Gate()

    def pass_through() -> None:
        with gate.hold(), gate.hold():
            pass

    with gate.hold(), gate.hold():
        in_child(pass_through)
    in_child(pass_through)


def test_two_threads_that_are_inside_may_both_fork() -> None:
    gate = Gate()
    both = threading.Barrier(2)

    def fork_inside() -> None:
        with gate.hold():
            both.wait(30)
            in_child(lambda: None)

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(fork_inside) for _ in range(2)]:
            running.result(60)


def test_code_of_the_user_may_wait_for_a_thread_that_forks() -> None:
    gate = Gate()
    with ThreadPoolExecutor(1) as pool, gate.hold():
        gate.outside(lambda: pool.submit(in_child, lambda: None).result(60))
    in_child(lambda: None)


def test_a_thread_with_a_lock_stays_inside_for_others_may_wait_for_it_there() -> None:
    lock = ForkSafeLock()

    def is_inside() -> bool:
        return WORK.is_inside

    with lock.hold():
        assert WORK.outside(is_inside)
    with WORK.hold():
        assert not WORK.outside(is_inside)
        assert WORK.is_inside
    assert not WORK.is_inside


def test_threads_that_work_for_one_that_is_inside_do_not_wait_for_a_fork() -> None:
    gate = Gate()
    started = threading.Event()

    def work() -> None:
        started.set()
        for _ in range(100):
            with gate.hold():
                threading.Event().wait(0.002)

    def search() -> None:
        with gate.hold(), ThreadPoolExecutor(2) as helpers:
            shared = gate.shared(work)
            for running in [helpers.submit(shared) for _ in range(2)]:
                running.result(60)

    with ThreadPoolExecutor(1) as pool:
        searching = pool.submit(search)
        assert started.wait(30)
        in_child(lambda: None)
        searching.result(60)


def test_a_fork_that_could_not_wait_any_longer_leaves_a_child_that_says_so() -> None:
    gate = Gate(patience=0.2)
    inside, finish = threading.Event(), threading.Event()

    def work() -> None:
        with gate.hold():
            inside.set()
            assert finish.wait(60)

    def enter() -> None:
        with pytest.raises(RetrieverError, match="was forked while another thread"), gate.hold():
            pass

    def fork_in_code_of_the_user() -> None:
        children: list[int] = []
        status = 1
        try:
            with gate.hold():
                gate.outside(lambda: children.append(os.fork()))
        except RetrieverError:  # in the child
            status = int(gate.is_inside)
        finally:
            if children == [0]:
                os._exit(status)
        assert os.waitpid(children[0], 0)[1] == 0

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        assert inside.wait(30)
        in_child(enter)
        fork_in_code_of_the_user()
        finish.set()
        running.result(30)
    in_child(lambda: gate.hold().__enter__())


def test_what_a_signal_raises_leaves_nobody_inside_and_no_lock_held() -> None:
    gate, lock = Gate(), ForkSafeLock()

    def work() -> None:
        with gate.hold(), gate.hold():
            gate.outside(int)
        with lock.hold():
            pass

    def check() -> None:
        assert not gate.is_inside
        assert not WORK.is_inside
        assert not gate._state.inside
        assert not WORK._own.locks
        pool.submit(take).result(60)

    def take() -> None:
        with lock.hold():
            pass

    with ThreadPoolExecutor(1) as pool:
        interrupt_everywhere(work, check)


def test_what_belongs_to_the_parent_is_made_anew_in_the_child() -> None:
    lock = ForkSafeLock()
    held, finish = threading.Event(), threading.Event()

    def hold() -> None:
        with lock._lock:  # as by a thread that the fork did not wait for any longer
            held.set()
            assert finish.wait(60)

    def take() -> None:
        with lock.hold():
            pass

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(hold)
        assert held.wait(30)
        in_child(take)
        finish.set()
        running.result(30)


END = """
import atexit, os, threading
from retriever.locks import WORK
order, inside = [], threading.Event()
def work():
    with WORK.hold():
        inside.set()
        threading.Event().wait(0.3)
        order.append("worked")
    with WORK.hold():
        order.append("began anew")
threading.Thread(target=work, daemon=True).start()
inside.wait(30)
atexit._run_exitfuncs()
print(*order, sep=",", flush=True)
os._exit(0)
"""


def test_the_end_of_the_interpreter_waits_for_work_and_lets_none_begin() -> None:
    ended = subprocess.run([sys.executable, "-c", END], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "worked\n"


def test_what_the_user_does_at_the_end_is_not_held_up() -> None:
    code = (
        "import atexit\nfrom retriever.locks import WORK\n"
        "def last():\n    with WORK.hold():\n        print('last')\n"
        # Registered before the gate, so called after it.
        "atexit.unregister(WORK._end); atexit.register(last); atexit.register(WORK._end)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == "last\n"


def test_no_lock_of_the_library_survives_a_fork_locked() -> None:
    """Plain locks, and before Python 3.12 those of ``functools.cached_property``, would."""
    root = Path(__file__).parent.parent / "retriever"
    plain = re.compile(r"\bthreading\.Lock\(\)|\bcached_property\b(?!``)")
    found = {path.name for path in root.rglob("*.py") if plain.search(path.read_text(encoding="utf-8"))}
    # Turns are made anew in the child, with all their locks. A document is read by one thread at a time, and what reads
    # it is not shared. A fork has none of the threads of a server or a pool, and refuses to ask the processes of its
    # parent, before any lock.
    assert found - {"locks.py", "turns.py", "read.py", "processes.py", "workers.py"} == set()
