"""Readers of one index on an object store while it is published, readers that are killed, and writers at once.

    python benchmarks/object_store.py [--publishes 50] [--processes 4] [--kills 20] [--rounds 20]

The store is a real S3 server on this machine (moto). The processes have two readers each and share two caches, as those
of two machines would. Every publish replaces a set of documents that contain its number; every answer has to be of one
publish, not older than the one before it, nor than what was published when it was asked. Readers are killed at random
instants while they fetch, and what they leave has to be sound. Two writers publish at the same instant; one has to win.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "index"))

from index_corpus import changes, stored_passages
from object_server import BUCKET, serving_objects

from retriever.errors import IndexLockedError
from retriever.index.local.remote.index import RemoteIndex
from retriever.index.local.remote.location import RemoteLocation, RemoteSettings

TOGETHER = 6
READERS = 2
# The number of generations that every reader must see.
LEAST = 5
GRACE = 2.0


def open_index(prefix: str, cache: Path) -> RemoteIndex:
    settings = RemoteSettings(cache / "s3", grace=GRACE)
    return RemoteIndex(RemoteLocation(BUCKET, prefix), create=True, settings=settings)


def publish(index: RemoteIndex, number: int) -> None:
    """Rewrite the documents that change together, and add one with a few passages of its own."""
    together = {f"together{one}": [f"round{number} red sky", f"round{number} tea {one}"] for one in range(TOGETHER)}
    index.commit(changes(additions={**together, f"added{number}": [f"green {one} of {number}" for one in range(20)]}))


def read_rounds(index: RemoteIndex) -> set[str]:
    """The numbers of the publishes that the documents of one answer are of."""
    with index.reading() as snapshot:
        found = {key: passages for key, passages in stored_passages(snapshot).items() if key.startswith("together")}
    if len(found) != TOGETHER:
        raise AssertionError(f"{len(found)} documents instead of {TOGETHER}")
    return {passage.passage.text.split()[0] for passages in found.values() for passage in passages}


def read(cache: Path, folder: Path, name: str) -> None:
    """Read until the file ``stop`` is there, and write down what was seen."""
    index = open_index("reports", cache)
    last, seen, times = 0, set(), []
    while not (folder / "stop").exists():
        published = int((folder / "published").read_text())
        started = time.perf_counter()
        rounds = read_rounds(index)
        times.append(time.perf_counter() - started)
        number = int(min(rounds).removeprefix("round"))
        # Another reader of the process or of its cache may fetch the newest: then an answer is one publish behind.
        if len(rounds) != 1 or number < last or number < published - 1:
            raise AssertionError(f"{rounds} after {last}, with {published} published")
        last = number
        seen.add(number)
    assert len(seen) >= LEAST, f"{len(seen)} publishes seen"
    result = {"answers": len(times), "publishes": len(seen), "ms": round(statistics.median(times) * 1000, 1)}
    (folder / f"result {name}").write_text(json.dumps(result))


def read_in_threads(cache: Path, folder: Path, name: str) -> None:
    threads = [
        threading.Thread(target=read, args=(cache, folder, f"{name} {number}"), name=f"reader {number}")
        for number in range(READERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def start(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, "--part", *map(str, arguments)])


def run_readers(folder: Path, publishes: int, processes: int) -> dict[str, object]:
    writer = open_index("reports", folder / "writer")
    publish(writer, 1)
    (folder / "published").write_text("1")
    readers = [start("read", folder / f"machine{number % 2}", folder, number) for number in range(processes)]
    seconds = []
    for number in range(2, publishes + 2):
        started = time.perf_counter()
        publish(writer, number)
        seconds.append(time.perf_counter() - started)
        aside = folder / "published.new"
        aside.write_text(str(number))
        aside.replace(folder / "published")
    (folder / "stop").touch()
    codes = [reader.wait() for reader in readers]
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("result *"))]
    return {
        "publishes": publishes,
        "seconds a publish": round(statistics.median(seconds), 2),
        "readers": results,
        "readers without an error": not any(codes) and len(results) == processes * READERS,
        "intact at the end": writer.verify(deep=True) == [],
    }


def run_kills(folder: Path, kills: int) -> dict[str, object]:
    """Kill a reader at a random instant of its fetching, again and again; each time the cache has to be sound."""
    writer, cache = open_index("killed", folder / "writer"), folder / "killed"
    chance, killed = random.Random(1), 0
    publish(writer, 1)
    assert read_rounds(open_index("killed", cache)) == {"round1"}
    for number in range(2, kills + 2):
        publish(writer, number)
        process = subprocess.Popen([sys.executable, __file__, "--part", "fetch", str(cache)], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.stdout.close()
        reader = open_index("killed", cache)
        assert read_rounds(reader) == {f"round{number}"}
        assert reader.verify(deep=True) == []
        assert not list(cache.rglob("*.tmp"))
        reader.close()
    return {"readers killed": killed, "caches sound": True}


def run_writers(folder: Path, rounds: int) -> dict[str, object]:
    """Two writers begin on the same generation and publish at the same instant."""
    writers = [open_index("contested", folder / f"contested{number}") for number in range(2)]
    publish(writers[0], 0)
    won = [0, 0]
    for number in range(rounds):
        barrier = threading.Barrier(2)

        def attempt(which: int, number: int = number, barrier: threading.Barrier = barrier) -> None:
            with writers[which].writing():
                barrier.wait()
                try:
                    writers[which].commit(changes(additions={f"{number} of {which}": ["red sky"]}))
                    won[which] += 1
                except IndexLockedError:
                    pass

        threads = [threading.Thread(target=attempt, args=(which,)) for which in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(won) == number + 1, f"{won} after {number + 1} rounds"
    with writers[0].reading() as snapshot:
        left = sum(" of " in key for key in stored_passages(snapshot))
    return {"rounds": rounds, "won": won, "kept": left == rounds, "intact": writers[1].verify(deep=True) == []}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--publishes", type=int, default=50)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        if options.part[0] == "read":
            read_in_threads(Path(options.part[1]), Path(options.part[2]), options.part[3])
        else:
            index = open_index("killed", Path(options.part[1]))
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            index.snapshot()
        return
    folder = Path(tempfile.mkdtemp(prefix="retriever-objects-"))
    try:
        with serving_objects() as server:
            os.environ.update(server.environment)
            results = {
                "readers": run_readers(folder, options.publishes, options.processes),
                "kills": run_kills(folder, options.kills),
                "writers": run_writers(folder, options.rounds),
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(results, indent=2) + "\n")
    sound = results["readers"]["readers without an error"] and results["readers"]["intact at the end"]
    if not (sound and results["writers"]["kept"] and results["writers"]["intact"]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
