"""Divides work on many texts among the cores. Threads do: what is slow in it runs outside of Python's lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress

from retriever.locks import WORK
from retriever.system import cpu_count


def run_in_threads(work: Callable[[int], None], lengths: Sequence[int]) -> None:
    """Call ``work`` with each place, the longest first, so that no thread is left with a long one at the end."""
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    workers = min(cpu_count(), len(order))
    if workers <= 1:
        for place in order:
            work(place)
        return
    executor = ThreadPoolExecutor(workers)
    shared = WORK.shared(work)
    submitted: list[Future[None]] = []
    try:
        with suppress(RuntimeError):  # once the interpreter is ending, no thread is started any more
            submitted.extend(executor.submit(shared, place) for place in order)
        for place in order[len(submitted) :]:
            work(place)
        for done in as_completed(submitted):
            done.result()
    finally:
        executor.shutdown(cancel_futures=True)
