"""Threads and processes that search while another process commits.

    python benchmarks/readers.py [--commits 50] [--threads 8] [--processes 2]

Every commit replaces a set of documents that contain its number. Readers search for them without pause. Each answer
must contain all documents of one commit, and must not be older than the previous answer of the same reader. One commit
in ten follows a compaction, one in ten a rollback, and others merge segments.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_encoder import FakeEncoder
from small_index import ask, paragraph, sync_index

from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.verify import verify

TOGETHER = 6
# The number of generations that every reader must see.
LEAST = 5


def find_rounds(index: LocalIndex) -> tuple[int, list[str]]:
    """The generation before the search, and the commit number in each document found."""
    generation = index.snapshot().generation
    hits = ask(index, FakeEncoder(), "watermark", k=3 * TOGETHER, mode="lexical")
    return generation, [word for hit in hits for word in hit.text.replace(".", " ").split() if word.startswith("round")]


def read(index: LocalIndex, stop: Callable[[], bool]) -> int:
    """Search until ``stop``; the number of answers. Raises AssertionError for a wrong answer or too few generations."""
    answers = last = generations = 0
    while not stop():
        generation, rounds = find_rounds(index)
        if len(rounds) != TOGETHER or len(set(rounds)) != 1 or generation < last:
            raise AssertionError(f"generation {generation} after {last}: {rounds}")
        generations += generation != last
        last = generation
        answers += 1
    # A reader that saw few commits has tested nothing.
    assert generations >= LEAST, f"{generations} generations in {answers} answers"
    return answers


def fork_reader(root: Path, until: Path, result: Path) -> int:
    """Start a reader process, whose id is returned."""
    child = os.fork()
    if not child:
        code = 1
        try:
            result.write_text(str(read(LocalIndex.open(root), until.exists)))
            code = 0
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    return child


def write(root: Path, docs: Path, commits: int) -> None:
    """Make the commits, each of which changes the documents that change together and adds one."""
    index = LocalIndex.open(root)
    for number in range(commits):
        if number % 10 == 7:
            index.compact()
        elif number % 10 == 4:
            index.rollback()
        change(docs, number + 2)
        sync_index(index, FakeEncoder(), docs)


def change(docs: Path, number: int) -> None:
    """Rewrite the documents that change together, and add one."""
    for together in range(TOGETHER):
        (docs / f"together{together}.txt").write_text(f"Watermark round{number}. {paragraph(together)}")
    (docs / f"{number}.txt").write_text(paragraph(number))


def run(folder: Path, commits: int, threads: int, processes: int) -> dict[str, object]:
    """Run the benchmark in ``folder``; the figures by name."""
    root, docs, stop = folder / "index", folder / "docs", folder / "stop"
    docs.mkdir()
    # What starts threads runs in a child process, so that this one can fork.
    first = os.fork()
    if not first:
        change(docs, 1)
        sync_index(LocalIndex.create(root), FakeEncoder(), docs)
        os._exit(0)
    os.waitpid(first, 0)
    readers = [fork_reader(root, stop, folder / f"answers{number}") for number in range(processes)]
    writer = os.fork()
    if not writer:
        code = 1
        try:
            write(root, docs, commits)
            code = 0
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    shared = LocalIndex.open(root)
    counts: list[int] = []
    pool = [threading.Thread(target=lambda: counts.append(read(shared, stop.exists))) for _ in range(threads)]
    started = time.perf_counter()
    for thread in pool:
        thread.start()
    _, writer_status = os.waitpid(writer, 0)
    stop.touch()
    for thread in pool:
        thread.join()
    codes = [os.waitpid(child, 0)[1] for child in readers]
    return {
        "commits": commits,
        "generation at the end": shared.snapshot().generation,
        "seconds": round(time.perf_counter() - started, 1),
        "answers of threads": counts,
        "answers of processes": [int(path.read_text()) for path in sorted(folder.glob("answers*"))],
        "without an error": writer_status == 0 and not any(codes) and len(counts) == threads,
        "intact at the end": verify(root, deep=True) == [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--commits", type=int, default=50)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retriever-readers-"))
    try:
        results = run(folder, options.commits, options.threads, options.processes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(results, indent=2) + "\n")
    if not (results["without an error"] and results["intact at the end"]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
