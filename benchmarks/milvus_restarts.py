"""Stops the server of Milvus again and again, in every way, and looks whether what was committed is all there.

    python benchmarks/milvus_restarts.py --server VENV/bin/python [--minutes 10]

401 documents of 8,001 passages are committed. Then the server is stopped: killed (SIGKILL), told to end (SIGTERM) and
killed where it takes longer than 25 seconds, killed a moment after it was told to end, killed right after a commit has
returned and at a random instant of one. Whenever it is back, documents, passages and terms are counted and compared
(``verify`` with ``deep``), found by key, and searched by vectors. Exactly one server runs on the folder: a launcher
that is killed alone leaves its server behind.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from milvus_kills import FORK, Server

from retriever.errors import IndexUnavailableError, RetrieverError
from retriever.index.interface import Addition, Changes, PassageTerms
from retriever.index.milvus.index import MilvusIndex
from retriever.types import Passage, StoredDocument

PASSAGES, DIMENSION, COMMIT, COMMITS = 20, 32, 100, 4
# Seconds that a server has to end by itself, and to answer once it says that it has started.
PATIENCE, WAKING = 25.0, 60.0
# Its log goes to segments after seconds and kilobytes, not minutes and megabytes, so that a restart finds both.
SETTINGS = (
    "dataNode.segment.syncPeriod=5",
    "dataNode.segment.insertBufSize=262144",
    "dataCoord.segment.maxIdleTime=20",
    "dataCoord.segment.minSizeFromIdleToSealed=0",
)


def say(text: str) -> None:
    print(f"{time.strftime('%X')}: {text}", flush=True)


def make_additions(first: int, count: int) -> Iterator[Addition]:
    """Documents of few words, the first one with one passage."""
    for number in range(first, first + count):
        chance = random.Random(number)
        terms = [[f"w{word}" for word in chance.sample(range(3000), 6)] for _ in range(PASSAGES if number else 1)]
        texts = [" ".join(words) for words in terms]
        passages = [Passage(text, 60 * at, 60 * at + len(text), page=at + 1) for at, text in enumerate(texts)]
        vectors = np.random.default_rng(number).standard_normal((len(texts), DIMENSION)).astype(np.float32)
        document = StoredDocument(f"d{number}", f"d{number}", f"d{number}.txt", "", "", "1")
        yield Addition(document, passages, vectors, [PassageTerms(words, 6) for words in terms])


def commit(location: str, first: int, count: int) -> None:
    with closing(MilvusIndex.open(location, create=True)) as index:
        index.commit(Changes([], make_additions(first, count), None))


def commit_or_fail(location: str, first: int, count: int) -> None:
    """The same as a process, which ends with 3 where the server has gone."""
    try:
        commit(location, first, count)
    except RetrieverError:
        os._exit(3)


def count_passages(index: MilvusIndex) -> int:
    with index.reading() as snapshot:
        return snapshot.passages


class Trial:
    """An index on a server that is stopped, and what has to be in it."""

    def __init__(self, python: str) -> None:
        self.server = Server(python, SETTINGS)
        self.location = f"milvus://{self.server.start()}/restarts"
        self.documents, self.wrong, self.restarts = 0, 0, 0

    def add(self, count: int) -> None:
        commit(self.location, self.documents, count)
        self.documents += count

    @property
    def passages(self) -> int:
        return self.count(self.documents)

    @staticmethod
    def count(documents: int) -> int:
        return (documents - 1) * PASSAGES + 1

    def restart(self, grace: float | None = None) -> None:
        """Kill the server, with ``grace`` so many seconds after it was told to end, and start it again."""
        self.restarts += 1
        ended = grace is not None and self.server.end(grace)
        self.server.kill()
        say(f"the server {'ended by itself' if ended else 'was killed'}")
        self.server.start()

    def restart_in_commit(self, delay: float, count: int) -> None:
        """Kill the server so many seconds into a commit, which may have come to its end or not."""
        writer = FORK.Process(target=commit_or_fail, args=(self.location, self.documents, count))
        writer.start()
        time.sleep(delay)
        self.server.kill()
        writer.join()
        self.restarts += 1
        self.server.start()
        found = self.ask(count_passages)
        done = found == self.count(self.documents + count)
        say(f"the writer ended with {writer.exitcode}, {'all' if done else 'nothing'} of its commit counts")
        self.documents += count * done
        if writer.exitcode == 0 and not done:
            self.wrong += 1
            say("WRONG: an acknowledged commit is gone")

    def ask(self, question: Callable[[MilvusIndex], object]) -> object:
        """The answer to a question, once the server gives one: after a start it does not at once."""
        limit = time.monotonic() + WAKING
        while time.monotonic() < limit:
            with suppress(IndexUnavailableError), closing(MilvusIndex.open(self.location)) as index:
                return question(index)
            time.sleep(1)
        raise TimeoutError("the server does not answer again")

    def check(self, what: str) -> None:
        """Compare the index with what has to be in it."""

        def look(index: MilvusIndex) -> tuple[list[int], list[str]]:
            with index.reading() as snapshot:
                hits = snapshot.dense(np.ones(DIMENSION, np.float32), 100)
                keys = [f"d{number}" for number in range(self.documents)]
                listed, found = sum(1 for _ in snapshot.stored_documents()), len(snapshot.find_documents(keys))
                numbers = [listed, found, snapshot.passages, len(snapshot.fetch(hits.refs.tolist()))]
            return numbers, [problem.message for problem in index.verify(deep=True)]

        numbers, problems = self.ask(look)  # type: ignore[misc]
        due = [self.documents, self.documents, self.passages, 100]
        sound = numbers == due and not problems
        self.wrong += not sound
        say(f"{what}: {numbers} of {due}, {len(problems)} problems{'' if sound else ' WRONG'}")
        for problem in problems[:5]:
            say(f"  {problem}")


def run(trial: Trial, minutes: float) -> None:
    limit, chance = time.monotonic() + 60 * minutes, random.Random(7)
    trial.add(1)
    for _ in range(COMMITS):
        trial.add(COMMIT)
    trial.check("at first")
    trial.restart(PATIENCE)
    trial.check("told to end")
    while time.monotonic() < limit:
        delay, grace = chance.uniform(0.2, 2.5), chance.choice((0.3, 1.0, 3.0))
        trial.restart_in_commit(delay, 60)
        trial.check(f"killed {delay:.1f} s into a commit")
        trial.add(20)
        trial.restart(grace)
        trial.check(f"killed {grace} s after it was told to end")
        trial.add(20)
        trial.restart()
        trial.check("killed right after a commit")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--server", type=Path, required=True, help="the Python of an environment with the package milvus"
    )
    parser.add_argument("--minutes", type=float, default=10)
    arguments = parser.parse_args()
    import pymilvus  # noqa: F401 - once, for all the processes that are forked

    logging.disable(logging.CRITICAL)
    trial = Trial(str(arguments.server))
    try:
        run(trial, arguments.minutes)
    finally:
        trial.server.remove()
    say(f"{trial.restarts} restarts, {trial.documents} documents at the end, {trial.wrong} times wrong")
    sys.exit(bool(trial.wrong))


if __name__ == "__main__":
    main()
