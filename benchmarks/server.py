"""The server under load: 16 clients for a minute, beside eight threads of one process, and with a commit every 5 s.

    python benchmarks/server.py --data DATA [--work DIR] [--passages 10000] [--clients 16] [--seconds 60]
                                [--processes N]

DATA is as for quality.py. Without --processes the server starts some under load, as it does by default. The server,
the clients and the writer are processes of their own, on the same CPUs. Prints questions a second, latencies, and the
memory of the server with its processes in quarters of the time, the first ten seconds by themselves, in which it warms
and starts processes; exits with 1 if a figure of the project's promise is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from latency import generate_documents, read_sets

from retriever import Document, Retriever

THREADS = 8
EVERY_SECONDS = 5.0
# The first part of the time, which is reported by itself.
FIRST_SECONDS = 10.0
# Documents that each commit replaces; all bear the number of the commit.
STAMPED = 12
STAMP_QUESTION = "Which number does the lighthouse keeper write into the log of the pier?"
# The promise.
MOST_SPREAD, MOST_GROWTH = 5.0, 0.05


@dataclass
class Load:
    """What the clients have seen."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    mixed: int = 0
    generations: set[int] = field(default_factory=set)
    duration: float = 0.0
    memory: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.duration

    def percentile(self, share: float) -> float:
        """A latency in milliseconds."""
        return float(np.percentile(self.seconds, share)) * 1000

    def quarters(self) -> list[float]:
        """The mean memory in MiB in each quarter of the time."""
        return [float(np.mean(part)) for part in np.array_split(self.memory, 4)]


def prepare(data: Path, work: Path, passages: int) -> tuple[Path, list[str]]:
    """The index, built where it is not there yet, and questions."""
    sets = read_sets(data)
    index, folder = work / "index", work / "sources"
    if not index.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows = (json.dumps({"text": text}, ensure_ascii=False) for text in generate_documents(sets, passages))
        (folder / "rows.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        with Retriever.open(index, create=True) as retriever:
            print(retriever.sync(folder).passages, "passages", flush=True)
    every = [question.text for questions in sets.values() for question in questions.questions]
    return index, random.Random(6).sample(every, 2_000)


def search_in_threads(index: Path, questions: list[str], seconds: float) -> float:
    """Questions a second of eight threads that search one retriever."""
    answered = [0] * THREADS
    with Retriever.open(index) as retriever:
        retriever.warm()
        end = time.perf_counter() + seconds

        def ask(thread: int) -> None:
            chosen = random.Random(thread)
            while time.perf_counter() < end:
                retriever.search(chosen.choice(questions))
                answered[thread] += 1

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(answered) / (time.perf_counter() - started)


@contextmanager
def serve(index: Path, processes: int | None) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server over the index, of which so many processes search, and its port."""
    command = [str(Path(sys.executable).with_name("retriever")), "serve", "--index", str(index), "--port", "0"]
    command += ["--rate", "0", "--timeout", "60"]
    command += [] if processes is None else ["--processes", str(processes)]
    log = index.parent / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, stderr=errors, text=True)
    try:
        while not (ready := [line for line in log.read_text().splitlines() if line.startswith("serving ")]):
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        yield process, int(ready[0].rpartition(":")[2])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


async def load(port: int, pid: int, questions: list[str], clients: int, seconds: float) -> Load:
    """What ``clients`` see who each ask the next question once they have the answer to the last."""
    seen = Load()
    started = time.perf_counter()
    watching = asyncio.create_task(_watch_memory(pid, seen))
    await asyncio.gather(*(_ask(port, questions[number::clients], seconds, seen) for number in range(clients)))
    watching.cancel()
    seen.duration = time.perf_counter() - started
    return seen


async def _ask(port: int, questions: list[str], seconds: float, seen: Load) -> None:
    """One client, on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    end, number = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        question = questions[number % len(questions)]
        body = json.dumps({"query": question}).encode()
        head = f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        started = time.perf_counter()
        writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        content = await reader.readexactly(int(answer.partition("content-length: ")[2].partition("\r\n")[0]))
        seen.seconds.append(time.perf_counter() - started)
        status = int(answer.split()[1])
        seen.statuses[status] += 1
        if status == 200:
            _note_generation(json.loads(content), seen)
        number += 1
    writer.close()


def _note_generation(response: dict[str, Any], seen: Load) -> None:
    """Count an answer whose hits are from several commits."""
    seen.generations.add(response["generation"])
    stamps = {hit["metadata"]["stamp"] for hit in response["hits"] if "stamp" in hit["metadata"]}
    seen.mixed += len(stamps) > 1


async def _watch_memory(pid: int, seen: Load) -> None:
    while True:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found = [Path(f"/proc/{process}/smaps_rollup").read_text() for process in (pid, *children)]
        # What several processes have mapped counts once.
        pages = [line.split()[1] for text in found for line in text.splitlines() if line.startswith("Pss:")]
        seen.memory.append(sum(map(int, pages)) / 1024)
        await asyncio.sleep(0.5)


def commit(index: Path, seconds: float) -> None:
    """Replace the stamped documents every few seconds; the work of the writer's process."""
    end = time.monotonic() + seconds
    with Retriever.open(index) as retriever:
        number = retriever.status().generation
        while time.monotonic() < end:
            number += 1
            text = f"The lighthouse keeper writes the number {number} into the log of the pier, page"
            retriever.add(
                Document(f"stamped-{page}", f"{text} {page}.", metadata={"stamp": number}) for page in range(STAMPED)
            )
            time.sleep(EVERY_SECONDS)


def report(name: str, seen: Load) -> list[str]:
    """Print what was seen; what of it misses the promise."""
    p50, p99 = seen.percentile(50), seen.percentile(99)
    _, second, _, last = quarters = seen.quarters()
    growth = last / second - 1
    statuses = ", ".join(f"{count} of {status}" for status, count in sorted(seen.statuses.items()))
    print(f"| {name} | {seen.rate:.2f} a second | ", end="")
    print(f"p50 {p50:.0f} ms | p99 {p99:.0f} ms, {p99 / p50:.2f} times | ", end="")
    print(f"memory {' '.join(f'{part:.0f}' for part in quarters)} MiB, {growth:+.1%} | {statuses} | ", end="")
    print(f"{len(seen.generations)} generations, {seen.mixed} mixed |", flush=True)
    missed = {
        "an error": set(seen.statuses) != {200},
        "a mixed generation": seen.mixed > 0,
        f"p99 above {MOST_SPREAD:g} times p50": p99 > MOST_SPREAD * p50,
    }
    return [f"{name}: {what}" for what, is_missed in missed.items() if is_missed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("indexes/server"), help="where the index is built")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--processes", type=int, help="of the server that search, 0 for none")
    parser.add_argument("--commit", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.commit:
        commit(options.commit, options.seconds)
        return
    index, questions = prepare(options.data, options.work, options.passages)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs", flush=True)
    threads = search_in_threads(index, questions, options.seconds / 2)
    print(f"| eight threads of one process | {threads:.2f} a second |", flush=True)
    missed = []
    with serve(index, options.processes) as (process, port):
        first = asyncio.run(load(port, process.pid, questions, options.clients, FIRST_SECONDS))
        missed += report("the server, its first ten seconds", first)
        seen = asyncio.run(load(port, process.pid, questions, options.clients, options.seconds))
        missed += report("the server", seen)
        _, second, _, last = seen.quarters()
        missed += [f"memory grew by {last / second - 1:.1%}"] if last > second * (1 + MOST_GROWTH) else []
        missed += [f"fewer questions than eight threads: {seen.rate:.2f}"] if seen.rate < threads else []
        half = options.seconds / 2
        writer = [sys.executable, __file__, "--data", options.data, "--commit", index, "--seconds", str(half + 5)]
        with subprocess.Popen(list(map(str, writer))):
            stamped = [STAMP_QUESTION if number % 2 else question for number, question in enumerate(questions)]
            missed += report("with commits", asyncio.run(load(port, process.pid, stamped, options.clients, half)))
    print("\n".join(f"missed: {what}" for what in missed) or "all promises kept", flush=True)
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
