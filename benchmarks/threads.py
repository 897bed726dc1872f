"""How many questions one thread, eight threads, and eight threads with a pool of processes get answered.

    python benchmarks/threads.py --data DATA [--work DIR] [--passages 10000] [--processes N] [--rounds 5]

DATA is as for quality.py, and the index in DIR is that of server.py. The rounds alternate, so that other load slows all
of them. Prints the median of the milliseconds that a question takes, and how often that is less than with one thread.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server import prepare

from retriever import Retriever, RetrieverPool, SearchResponse

THREADS = 8
QUESTIONS = 100


def time_questions(search: Callable[[str], SearchResponse], questions: Sequence[str], threads: int) -> float:
    """Milliseconds a question."""
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        list(pool.map(search, questions))
        return (time.perf_counter() - started) * 1000 / len(questions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of question sets")
    parser.add_argument("--work", type=Path, help="where the index is kept; by default a temporary folder")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--processes", type=int, help="how many the pool has; by default as many as CPUs")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index, questions = prepare(options.data, options.work or Path(folder), options.passages)
        with RetrieverPool([Retriever.open(index)], options.processes) as pool:
            [retriever] = pool.retrievers
            pool.warm()
            retriever.search(questions[0])
            ways = {
                "one thread": (retriever.search, 1),
                f"{THREADS} threads": (retriever.search, THREADS),
                f"one thread, {pool.processes} processes": (pool.search, 1),
                f"{THREADS} threads, {pool.processes} processes": (pool.search, THREADS),
            }
            times: dict[str, list[float]] = {name: [] for name in ways}
            for number in range(options.rounds):
                chosen = questions[number * QUESTIONS : (number + 1) * QUESTIONS]
                for name, (search, threads) in ways.items():
                    times[name].append(time_questions(search, chosen, threads))
    alone = statistics.median(times["one thread"])
    print("| | ms a question | one thread to it |\n| --- | --- | --- |")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"| {name} | {median:.1f} | {alone / median:.2f} |")


if __name__ == "__main__":
    main()
