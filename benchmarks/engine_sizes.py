"""An index that grows, in a folder and in Milvus: bytes a passage, latency, commits and memory at several sizes.

    python benchmarks/engine_sizes.py --pool INDEX --work DIR --data DATA
                                      [--target milvus+file:///DIR/grown.milvus | --server VENV/bin/python]
                                      [--passages 10000,100000,1000000] [--minutes 20] [--token-vectors]

INDEX is a local index of real passages, whose vectors, terms and texts are varied as sizes.py does, so that no two are
alike; DATA is as for sizes.py, for real questions. With ``--server``, as for milvus_kills.py, the target is a server of
its own, whose folder and memory are measured. Both indexes get the same documents, 10,000 passages with a commit.
Growing ends at the last size, or after so many minutes for one engine, and says how far it came. A server that is busy
with what it was given is asked again until it answers, and how long that took is printed. Questions are asked in every
mode that the target has, without reranking, and of both engines it is counted how many give the same first ten.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from engines import measure
from milvus_kills import Server
from sizes import read_memory, sample_questions
from varied import Varier

from retriever import Document, Retriever, SearchResponse
from retriever.chunking.settings import ChunkSettings
from retriever.errors import IndexUnavailableError, IndexVersionError
from retriever.index import open_index
from retriever.index.interface import Addition, Changes
from retriever.index.settings import IndexSettings, fingerprints

STEP = 10_000
DEPTH = 10
# How long a server that does not answer is asked again.
PATIENCE = 900
T = TypeVar("T")
MODES: dict[str, dict[str, Any]] = {
    "hybrid": {"rerank": 0},
    "vectors": {"mode": "dense", "rerank": 0},
    "words": {"mode": "lexical", "rerank": 0},
    "hybrid, 1 % kept": {"rerank": 0, "where": "department = d07"},
    "vectors, 1 % kept": {"mode": "dense", "rerank": 0, "where": "department = d07"},
}


class Pool:
    """Real passages to vary, and the settings of their index."""

    def __init__(self, location: str, *, token_vectors: bool) -> None:
        index = open_index(location)
        with index.reading() as snapshot:
            settings = snapshot.settings
            additions: Sequence[Addition] = list(snapshot.additions())
        index.close()
        assert settings is not None, f"{location} is empty"
        # Passages are made here, so it does not matter how an older version cut those of the pool.
        self.settings: IndexSettings = replace(settings, chunker=fingerprints(chunking=ChunkSettings())["chunker"])
        self._varier = Varier(additions)
        self._token_vectors = token_vectors

    def make(self, start: int, count: int) -> Iterator[Addition]:
        """The documents with so many passages from a place on; the same ones each time."""
        return self._varier.make(start, count, token_vectors=self._token_vectors)


def grow(location: str, pool: Pool, start: int, end: int, until: float) -> tuple[int, float]:
    """Commit passages from ``start`` on until there are ``end`` or it is too late; how many there are, and seconds.

    The time that the making of passages takes is left out.
    """
    spent = 0.0
    index = open_index(location, create=True)
    try:
        while start < end and time.monotonic() < until:
            count = min(STEP, end - start)
            made = list(pool.make(start, count))
            began = time.monotonic()
            index.commit(Changes((), made, pool.settings))
            spent += time.monotonic() - began
            start += count
            print(f"    {location}: {start:,} passages, {spent:.0f} s", flush=True)
    finally:
        index.close()
    return start, spent


def insist(call: Callable[[], T]) -> T:
    """What the call returns as soon as the server answers it."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE:
        with suppress(IndexUnavailableError):
            return call()
        print(f"    no answer to a call {waited:.0f} s after the first one", flush=True)
    return call()


def ask_all(
    retriever: Retriever, questions: Sequence[str], arguments: dict[str, Any]
) -> tuple[list[SearchResponse], list[float]]:
    """The answers, and the milliseconds of each search."""
    answers, times = [], []
    for question in (questions[0], *questions):
        began = time.perf_counter()
        answers.append(insist(partial(retriever.search, question, DEPTH, **arguments)))
        times.append(1000 * (time.perf_counter() - began))
    print(f"    {arguments}: first answer after {times[0] / 1000:.1f} s", flush=True)
    # The first question only warms.
    del answers[0], times[0]
    return answers, times


def ask(location: str, questions: Sequence[str]) -> dict[str, tuple[list[SearchResponse], list[float]]]:
    """What each mode answers, and the milliseconds of each search; nothing for a mode that the engine has not."""
    found = {}
    with Retriever.open(location) as retriever:
        for name, arguments in MODES.items():
            with suppress(IndexVersionError):
                found[name] = ask_all(retriever, questions, arguments)
        began = time.perf_counter()
        insist(lambda: retriever.add([Document("changed", "第一版：社区电梯加装补贴的申请办法。")]))
        committed = time.perf_counter() - began
        insist(lambda: retriever.remove("changed"))
    print(f"  {location}: commit of a document {committed:.2f} s; memory {read_memory()}", flush=True)
    return found


def report(
    location: str, held: int, size: int, found: dict[str, tuple[list[SearchResponse], list[float]]], spent: float
) -> None:
    """Print a row for each mode; ``held`` are the bytes of its files."""
    each = f"{held / size:,.0f} bytes a passage" if held else "bytes not told"
    print(f"  {location}: {size:,} passages, committed in {spent:.0f} s, {each}", flush=True)
    for name, (_, times) in found.items():
        p95 = sorted(times)[int(len(times) * 0.95)]
        print(f"    | {name:16} | p50 {statistics.median(times):7.1f} ms | p95 {p95:7.1f} ms |", flush=True)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pool", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--target", help="the second location")
    parser.add_argument("--server", help="the Python of an environment with the package milvus, which is started")
    parser.add_argument("--passages", default="10000,100000,1000000")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--token-vectors", action="store_true")
    given = parser.parse_args()
    pool = Pool(given.pool, token_vectors=given.token_vectors)
    questions = sample_questions(given.data, given.questions)
    server = Server(given.server) if given.server else None
    target = given.target or f"milvus+file://{given.work.resolve()}/grown.milvus"
    places = [str(given.work / "grown"), f"milvus://{server.start()}/grown" if server else target]
    try:
        compare(given, places, pool, questions, server)
    finally:
        if server:
            server.remove()


def compare(
    given: argparse.Namespace, places: Sequence[str], pool: Pool, questions: Sequence[str], server: Server | None
) -> None:
    """Grow the folder and the target to each size, and ask both."""
    until = {place: time.monotonic() + 60 * given.minutes for place in places}
    sizes, spent = dict.fromkeys(places, 0), dict.fromkeys(places, 0.0)
    for passages in map(int, given.passages.split(",")):
        answers = []
        # The second one first: where it does not come so far, the first one stops at the same size.
        for place in reversed(places):
            began = time.monotonic()
            goal = min(passages, sizes[places[1]]) if place == places[0] else passages
            sizes[place], took = grow(place, pool, sizes[place], goal, until[place] if place == places[1] else 1e18)
            spent[place] += took
            answers.append(ask(place, questions))
            own = server is not None and place == places[1]
            held = measure(server.folder) if server and own else measure(place)
            report(place, held, sizes[place], answers[-1], spent[place])
            if server and own:
                print(f"  the server has {server.count_memory() / 2**20:.0f} MiB of memory", flush=True)
            if place == places[0]:
                until[places[1]] += time.monotonic() - began
        for name in answers[0].keys() & answers[1].keys():
            pairs = list(zip(answers[0][name][0], answers[1][name][0], strict=True))
            same = sum([hit.id for hit in one] == [hit.id for hit in other] for one, other in pairs)
            print(f"  {name}: the same first {DEPTH} in {same} of {len(pairs)}", flush=True)
        if sizes[places[1]] < passages:
            print(f"ended at {sizes[places[1]]:,} passages: {given.minutes:g} minutes were over", flush=True)
            return


if __name__ == "__main__":
    main()
