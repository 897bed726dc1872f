"""Kills writers to an index in Milvus at every step of a commit, while others read, and restarts the server meanwhile.

    python benchmarks/milvus_kills.py --server VENV/bin/python        # the server of the package milvus, from PyPI
    python benchmarks/milvus_kills.py --location milvus://127.0.0.1:19530/kills --kills 200

Every commit replaces all documents by those of the next version, so a reader that saw two versions saw half a commit.
A writer is a process of its own, which kills itself (SIGKILL) before or after its n-th call to the server, for every n.
Two readers read all that the newest generation holds, again and again, and look at the last one once more after the
next, by vectors, by filter and by id. The package milvus needs an environment of its own, with nothing else in it.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from retriever.errors import IndexUnavailableError
from retriever.filters import Filter
from retriever.index.interface import Addition, Changes, PassageTerms, Snapshot
from retriever.index.milvus.client import Client
from retriever.index.milvus.index import MilvusIndex
from retriever.types import Passage, StoredDocument

DOCUMENTS, PASSAGES, DIMENSION = 8, 3, 16
FORK = multiprocessing.get_context("fork")
# So many writers may find a server that has just been started too busy to answer.
PATIENCE = 30
_SERVE = """
import sys, time
from milvus import MilvusServer
server = MilvusServer()
server.set_base_dir(sys.argv[1])
server.listen_port = int(sys.argv[2])
for setting in sys.argv[3:]:
    server.config.set(*setting.split("="))
server.start()
print("ready", flush=True)
server.wait()
"""


def make_additions(version: int) -> Iterator[Addition]:
    """All documents as they are in a version."""
    chance = np.random.default_rng(version)
    for number in range(DOCUMENTS):
        texts = [f"version {version} place {place}" for place in range(PASSAGES)]
        passages = [
            Passage(text, 30 * place, 30 * place + len(text), page=place + 1, language="zh" if place else "en")
            for place, text in enumerate(texts)
        ]
        document = StoredDocument(f"d{number}", f"d{number}", f"d{number}.txt", "", "", str(version))
        vectors = chance.standard_normal((PASSAGES, DIMENSION)).astype(np.float32)
        yield Addition(document, passages, vectors, [PassageTerms(text.split(), 4) for text in texts])


def check(snapshot: Snapshot) -> int:
    """The version that a generation holds. Raises AssertionError where it is not one, or not whole."""
    query = np.ones(DIMENSION, np.float32)
    passages = snapshot.fetch(snapshot.dense(query, 1000).refs.tolist(), vectors=True)
    versions = {stored.passage.text.split()[1] for stored in passages}
    assert len(passages) == snapshot.passages == DOCUMENTS * PASSAGES, f"{len(passages)} passages"
    assert len(versions) == 1, f"versions {versions}"
    first, other = (snapshot.select(Filter.parse(where)).count for where in ("page = 1", "language = zh"))
    assert (first, other) == (DOCUMENTS, DOCUMENTS * (PASSAGES - 1)), f"{first} of page 1, {other} in Chinese"
    found = len(snapshot.find_documents([f"d{number}" for number in range(DOCUMENTS)]))
    listed = sum(1 for _ in snapshot.stored_documents())
    assert (found, listed) == (DOCUMENTS, DOCUMENTS), f"{found} documents found, {listed} listed"
    return int(versions.pop())


def read(location: str, stop: Any, answer: Connection) -> None:
    """Read until told to stop; answer with how often, how often nobody answered, and what was wrong."""
    reads, unavailable, wrong, last = 0, 0, [], 0
    index = MilvusIndex.open(location, create=True)
    held: Snapshot | None = None
    while not stop.is_set():
        try:
            with index.reading() as snapshot:
                if not snapshot.generation:
                    continue
                if snapshot.generation < last:
                    wrong.append(f"{time.strftime('%X')}: generation {snapshot.generation} after {last}")
                last = snapshot.generation
                version = check(snapshot)
                if held is not None and held is not snapshot and check(held) >= version:
                    wrong.append(f"version {version} is not newer")
                held, reads = snapshot, reads + 1
        except IndexUnavailableError:
            unavailable += 1
            time.sleep(0.2)
        except Exception as error:
            wrong.append(f"{time.strftime('%X')}: {type(error).__name__}: {error}")
    answer.send((reads, unavailable, wrong))


def write(location: str, version: int, step: int, *, after: bool, replace: bool) -> None:
    """Commit a version, and die before or after the ``step``-th call; 0 for none."""
    calls = 0

    def count(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            mine = calls
            if mine == step and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **options)
            if mine == step and after:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted

    Client._call = count(Client._call)  # type: ignore[method-assign]
    Client.create = count(Client.create)  # type: ignore[method-assign]
    try:
        index = MilvusIndex.open(location, create=True)
        index.commit(Changes([], make_additions(version), None), replace=replace)
        index.close()
    except IndexUnavailableError:
        sys.exit(os.EX_TEMPFAIL)


def run_writer(location: str, version: int, step: int, *, after: bool, replace: bool) -> int:
    """How a writer ended: 0, -SIGKILL, or EX_TEMPFAIL where a server that starts did not answer in time.

    Raises RuntimeError where it failed otherwise.
    """
    options = {"after": after, "replace": replace}
    child = FORK.Process(target=write, args=(location, version, step), kwargs=options)
    child.start()
    child.join()
    if child.exitcode not in (0, -signal.SIGKILL, os.EX_TEMPFAIL):
        raise RuntimeError(f"the writer of version {version} ended with {child.exitcode}")
    return child.exitcode


# Of the store within the server.
_OWN_PORTS = (2379, 2380)


def _is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _has_ended(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Server:
    """The server of the package milvus, on a port of its own, in a folder of its own."""

    def __init__(self, python: str, settings: Sequence[str] = ()) -> None:
        """``settings`` are those of ``milvus.yaml`` that differ, as ``a.b=value``."""
        self._python = python
        self._settings = settings
        self.folder = tempfile.mkdtemp(prefix="milvus-")
        self._process: subprocess.Popen[str] | None = None
        self._port = 19640

    def start(self) -> str:
        """Start it, and return its address."""
        command = [self._python, "-c", _SERVE, self.folder, str(self._port), *self._settings]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("the server does not start")
        return f"127.0.0.1:{self._port}"

    def end(self, patience: float) -> bool:
        """Tell it to end, and whether it did so within ``patience`` seconds. What is left of it has to be killed."""
        assert self._process is not None
        launcher = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        [own] = launcher.read_text().split()
        os.kill(int(own), signal.SIGTERM)
        limit = time.monotonic() + patience
        # The launcher does not collect it: it stays as a zombie.
        while not (ended := _has_ended(own)) and time.monotonic() < limit:
            time.sleep(0.05)
        return ended

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # Its ports are free a moment later.
        while any(_is_open(port) for port in (self._port, *_OWN_PORTS)):
            time.sleep(0.1)

    def count_memory(self) -> int:
        """Resident bytes of its processes, which are of one group."""
        assert self._process is not None
        found = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                found += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") * (int(fields[2]) == self._process.pid)
        return found

    def remove(self) -> None:
        """End it for good."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def readers(location: str, count: int) -> Iterator[None]:
    """Processes that read meanwhile; what they say is printed."""
    stop, pipes = FORK.Event(), [FORK.Pipe() for _ in range(count)]
    started = [FORK.Process(target=read, args=(location, stop, mine)) for _, mine in pipes]
    for process in started:
        process.start()
    try:
        yield
    finally:
        stop.set()
        for (ours, _), process in zip(pipes, started, strict=True):
            reads, unavailable, wrong = ours.recv()
            process.join()
            print(f"reader: {reads} generations read whole, {unavailable} times no answer, {len(wrong)} wrong")
            for message in wrong[:10]:
                print(f"  {message}")


def kill_writers(location: str, kills: int, restarts: int, restart: Callable[[], None]) -> None:
    """Kill writers at every step, before and after, until as many were killed; restart the server in between."""
    version, done, restarted, unanswered, began = 1, 0, 0, 0, time.monotonic()
    run_writer(location, version, 0, after=False, replace=False)
    while done < kills:
        for after, replace in ((False, False), (True, False), (False, True), (True, True)):
            step = 0
            while True:
                step, version = step + 1, version + 1
                ended = run_writer(location, version, step, after=after, replace=replace)
                if ended == 0:
                    break
                if ended == os.EX_TEMPFAIL:
                    step, unanswered = step - 1, unanswered + 1
                    if unanswered > PATIENCE:
                        raise RuntimeError(f"{unanswered} writers had no answer")
                    continue
                done += 1
                if done * (restarts + 1) >= kills * (restarted + 1) and restarted < restarts:
                    restarted += 1
                    restart()
            where = f"{'after' if after else 'before'} each of {step - 1} calls{' of a rebuild' * replace}"
            print(f"{time.strftime('%X')}: {done} kills in {time.monotonic() - began:.0f} s: {where}", flush=True)
    print(f"{unanswered} writers had no answer from a server that started, and were started again")
    with_open = MilvusIndex.open(location)
    problems = with_open.verify(deep=True)
    with with_open.reading() as snapshot:
        print(f"version {check(snapshot)} of {version} at the end, {len(problems)} problems", *problems, sep="\n  ")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="the Python of an environment with the package milvus")
    parser.add_argument("--location", help="the URI of an index on a server that runs")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--restarts", type=int, default=1, help="how often the server is killed and started again")
    arguments = parser.parse_args()
    import pymilvus  # noqa: F401 - once, for all the processes that are forked

    # It writes every error to the terminal, besides raising it.
    logging.disable(logging.CRITICAL)
    if arguments.location:
        with readers(arguments.location, 2):
            kill_writers(arguments.location, arguments.kills, 0, lambda: None)
        return
    server = Server(arguments.server or sys.exit("name --server or --location"))
    address = server.start()

    def restart() -> None:
        server.kill()
        server.start()
        print(f"{time.strftime('%X')}: the server was killed and started again", flush=True)

    try:
        location = f"milvus://{address}/kills"
        with readers(location, 2):
            kill_writers(location, arguments.kills, arguments.restarts, restart)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
