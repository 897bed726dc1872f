"""Stops the server of Milvus again and again, in every way, and looks whether what was committed is all there.

    python benchmarks/milvus_restarts.py --server VENV/bin/python [--minutes 10] [--pool INDEX] [--as-shipped]

401 documents of 8,001 passages are committed: of a few words, or with a pool, a local index, those of its real
passages, varied as sizes.py does, with their token vectors. Then the server is stopped: killed (SIGKILL), told to end
(SIGTERM) and killed where it takes longer than 25 seconds, killed a moment after it was told to end, killed right after
a commit has returned and at a random instant of one. Whenever it is back, documents, passages and terms are counted and
compared (``verify`` with ``deep``), found by key, and searched by vectors. A reader in a process of its own does so all
the time, on the connection that it has. Exactly one server runs on the folder: a launcher that is killed alone leaves
its server behind. Its log goes to segments after seconds and kilobytes, ``--as-shipped`` after minutes and megabytes.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np
from milvus_kills import FORK, Server
from varied import Varier

from retriever.errors import IndexCorruptError, IndexUnavailableError, RetrieverError
from retriever.index import open_index
from retriever.index.interface import Addition, Changes, PassageTerms, Snapshot
from retriever.index.milvus.index import MilvusIndex
from retriever.types import Passage, StoredDocument

PASSAGES, DIMENSION, COMMIT, COMMITS, DEPTH = 20, 32, 100, 4, 100
# Seconds that a server has to end by itself.
PATIENCE = 25.0
# So that a restart finds both a log and segments.
SETTINGS = (
    "dataNode.segment.syncPeriod=5",
    "dataNode.segment.insertBufSize=262144",
    "dataCoord.segment.maxIdleTime=20",
    "dataCoord.segment.minSizeFromIdleToSealed=0",
)


def say(text: str) -> None:
    print(f"{time.strftime('%X')}: {text}", flush=True)


def make_words(first: int, count: int) -> Iterator[Addition]:
    """Documents of few words, the first one with one passage."""
    for number in range(first, first + count):
        chance = random.Random(number)
        terms = [[f"w{word}" for word in chance.sample(range(3000), 6)] for _ in range(PASSAGES if number else 1)]
        texts = [" ".join(words) for words in terms]
        passages = [Passage(text, 60 * at, 60 * at + len(text), page=at + 1) for at, text in enumerate(texts)]
        vectors = np.random.default_rng(number).standard_normal((len(texts), DIMENSION)).astype(np.float32)
        document = StoredDocument(f"d{number}", f"d{number}", f"d{number}.txt", "", "", "1")
        yield Addition(document, passages, vectors, [PassageTerms(words, 6) for words in terms])


def make_texts(varier: Varier, first: int, count: int) -> Iterator[Addition]:
    """Documents of real passages, the first one with one passage."""
    for number in range(first, first + count):
        passages = PASSAGES if number else 1
        [made] = varier.make(number * PASSAGES, passages, token_vectors=True)
        yield replace(made, document=replace(made.document, key=f"d{number}", id=f"d{number}"))


def read_pool(location: str) -> Varier:
    """The passages of a local index, to vary."""
    with closing(open_index(location)) as index, index.reading() as snapshot:
        return Varier(list(snapshot.additions()))


def commit(location: str, additions: Iterator[Addition]) -> None:
    with closing(MilvusIndex.open(location, create=True)) as index:
        index.commit(Changes([], additions, None))


def commit_or_fail(location: str, additions: Iterator[Addition]) -> None:
    """The same as a process, which ends with 3 where the server has gone."""
    try:
        commit(location, additions)
    except RetrieverError:
        os._exit(3)


def count_passages(index: MilvusIndex) -> int:
    with index.reading() as snapshot:
        return snapshot.passages


def look(snapshot: Snapshot) -> tuple[list[int], list[int]]:
    """Numbers of documents listed and found by key, passages, and passages found by vectors; and what they should be.

    They are those of the generation itself.
    """
    settled = snapshot.statistics()
    hits = snapshot.dense(np.ones(settled.dimension, np.float32), DEPTH)
    keys = [f"d{number}" for number in range(snapshot.documents)]
    listed, found = sum(1 for _ in snapshot.stored_documents()), len(snapshot.find_documents(keys))
    fetched = snapshot.fetch(hits.refs.tolist(), vectors=True)
    numbers = [listed, found, sum(settled.languages.values()), len({one.id for one in fetched})]
    return numbers, [snapshot.documents, snapshot.documents, snapshot.passages, min(DEPTH, snapshot.passages)]


def watch(location: str, stop: Event, wrong: Any) -> None:
    """Read again and again until told to stop, and say and count what is wrong."""
    reads, unavailable = 0, 0
    index = MilvusIndex.open(location, create=True)
    while not stop.is_set():
        try:
            with index.reading() as snapshot:
                if snapshot.passages:
                    numbers, due = look(snapshot)
                    reads += 1
                    if numbers != due:
                        wrong.value += 1
                        say(f"  READER WRONG: {numbers} of {due} in generation {snapshot.generation}")
        except IndexUnavailableError:
            unavailable += 1
        except Exception as error:
            wrong.value += 1
            say(f"  READER WRONG: {type(error).__name__}: {error}")
        time.sleep(0.2)
    say(f"reader: {reads} times read, {unavailable} times no answer")


class Trial:
    """An index on a server that is stopped, and what has to be in it."""

    def __init__(
        self, python: str, settings: Sequence[str], make: Callable[[int, int], Iterator[Addition]], patience: float
    ) -> None:
        self.server = Server(python, settings)
        self._make = make
        self._patience = patience
        self.location = f"milvus://{self.server.start()}/restarts"
        self.documents, self.wrong, self.restarts = 0, 0, 0

    def add(self, count: int) -> None:
        commit(self.location, self._make(self.documents, count))
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
        made = list(self._make(self.documents, count))
        writer = FORK.Process(target=commit_or_fail, args=(self.location, iter(made)))
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
        limit = time.monotonic() + self._patience
        while time.monotonic() < limit:
            with suppress(IndexUnavailableError), closing(MilvusIndex.open(self.location)) as index:
                return question(index)
            time.sleep(1)
        raise TimeoutError("the server does not answer again")

    def check(self, what: str) -> None:
        """Compare the index with what has to be in it."""

        def judge(index: MilvusIndex) -> tuple[list[int], list[str]]:
            with index.reading() as snapshot:
                numbers, _ = look(snapshot)
            return numbers, [problem.message for problem in index.verify(deep=True)]

        try:
            numbers, problems = self.ask(judge)  # type: ignore[misc]
        except IndexCorruptError as error:
            numbers, problems = list[int](), [str(error)]
        sound = numbers == [self.documents, self.documents, self.passages, DEPTH] and not problems
        self.wrong += not sound
        say(f"{what}: {numbers} for {self.documents} documents, {len(problems)} problems{'' if sound else ' WRONG'}")
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
    parser.add_argument("--pool", help="a local index of real passages")
    parser.add_argument("--as-shipped", action="store_true", help="leave the settings of the server as they are")
    parser.add_argument("--waking", type=float, default=60, help="seconds that a started server has to answer")
    arguments = parser.parse_args()
    import pymilvus  # noqa: F401 - once, for all the processes that are forked

    logging.disable(logging.CRITICAL)
    make = partial(make_texts, read_pool(arguments.pool)) if arguments.pool else make_words
    trial = Trial(str(arguments.server), () if arguments.as_shipped else SETTINGS, make, arguments.waking)
    stop, wrong = FORK.Event(), FORK.Value("i", 0)
    reader = FORK.Process(target=watch, args=(trial.location, stop, wrong))
    reader.start()
    try:
        run(trial, arguments.minutes)
    finally:
        stop.set()
        reader.join()
        trial.server.remove()
    found = trial.wrong + wrong.value
    say(f"{trial.restarts} restarts, {trial.documents} documents at the end, {found} times wrong")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
