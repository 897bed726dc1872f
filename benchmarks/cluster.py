"""Embedding on a Ray cluster of two nodes: how much faster than on one, and what becomes of it when something fails.

    python benchmarks/cluster.py [--passages 1500] [--parts one,two,kill,pause]

Both nodes are on this machine, each on a core of its own. What every run computes has to be, bit for bit, what one
process computes without a cluster. ``kill`` kills a node with all its processes in the middle and starts another one;
``pause`` stops the processes of the head for some seconds.

A few passages are embedded first, so that processes have started and models are loaded when the speed is measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retriever.reports import Progress

CORPUS = Path(__file__).parents[1] / "examples" / "corpus"
PAUSE = 6.0
# Share of the passages after which something fails.
MIDDLE = 0.3
ENVIRONMENT = {
    "RAY_ADDRESS": "127.0.0.1:6399",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(16),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",
    # Seconds for a node to start: the machine may be busy.
    "RAY_raylet_start_wait_time_s": "120",
}
RAY = (sys.executable, "-m", "ray.scripts.scripts")


def write_corpus(folder: Path, passages: int, seed: int = 5) -> None:
    """Texts of about 100 tokens a paragraph, made of the sentences of the example documents in another order."""
    chance = random.Random(seed)
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.txt")))
    sentences = [sentence.strip() + "。" for sentence in text.replace("\n", "").split("。") if 10 < len(sentence) < 200]
    folder.mkdir()
    for number in range(passages // 10):
        paragraphs = []
        for _ in range(10):
            paragraph = ""
            while len(paragraph) < 150:
                paragraph += chance.choice(sentences)
            paragraphs.append(paragraph)
        (folder / f"{number:04}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")


def start_node(core: int, *arguments: str) -> None:
    """Start a node with one CPU, on one core."""
    command = [
        "taskset",
        "-c",
        str(core),
        *RAY,
        "start",
        *arguments,
        "--num-cpus=1",
        "--min-worker-port=0",
        "--max-worker-port=0",
        "--object-store-memory=200000000",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    subprocess.run([*command, "--disable-usage-stats"], check=True, env=environment, stdout=subprocess.DEVNULL)


def start_head() -> None:
    start_node(
        0,
        "--head",
        "--port=6399",
        "--include-dashboard=false",
        "--ray-client-server-port=6398",
        "--dashboard-agent-listen-port=6397",
    )


def start_second() -> None:
    start_node(1, "--address=127.0.0.1:6399", "--dashboard-agent-listen-port=6396")


def find_processes(*words: str) -> list[int]:
    """The processes of the cluster whose command lines hold all of the words."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid, line = int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if all(word in line for word in words):
                found.append(pid)
    return found


def list_family(pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    family = [pid]
    for one in family:
        family.extend(children.get(one, []))
    return family


def kill_second() -> None:
    """Kill the node that started last, with all its processes, and start another one."""
    raylet = max(find_processes("raylet/raylet", "6399"))
    for pid in list_family(raylet):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    start_second()


def pause_head() -> None:
    """Stop the server that knows the cluster, and the head's node, for some seconds."""
    paused = [*find_processes("gcs_server", "6399"), min(find_processes("raylet/raylet", "6399"))]
    for pid in paused:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(PAUSE)
    for pid in paused:
        os.kill(pid, signal.SIGCONT)


def sync(folder: Path, docs: Path, workers: str | None, trouble: Any = None) -> dict[str, Any]:
    """Index the documents; how fast, and the digest of all that was computed."""
    from retriever import Retriever

    shutil.rmtree(folder, ignore_errors=True)
    threads: list[threading.Thread] = []

    def watch(progress: Progress) -> None:
        if trouble and not threads and (progress.share or 0.0) > MIDDLE:
            threads.append(threading.Thread(target=trouble))
            threads[0].start()

    started = time.perf_counter()
    with Retriever.open(folder, create=True) as retriever:
        report = retriever.sync(docs, workers=workers, on_progress=watch)
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    return {
        "passages": report.passages,
        "embedded": report.embedded,
        "pending": report.pending,
        "seconds": round(seconds, 1),
        "passages a second": round(report.embedded / seconds, 1),
        "troubled": bool(threads),
        "digest": digest_cache(folder / "cache.sqlite"),
    }


def digest_cache(path: Path) -> str:
    """What was computed, whatever the order."""
    with sqlite3.connect(path) as connection:
        names = dict(connection.execute("SELECT number, fingerprint FROM fingerprints"))
        rows = connection.execute("SELECT fingerprint, hash, vector FROM embeddings").fetchall()
    state = hashlib.sha256()
    for row in sorted((names[fingerprint], key, value) for fingerprint, key, value in rows):
        state.update(repr(row).encode())
    return state.hexdigest()[:16]


@contextmanager
def running_cluster(nodes: int) -> Iterator[None]:
    try:
        start_head()
        if nodes > 1:
            start_second()
        yield
    finally:
        for raylet in find_processes("raylet/raylet", "6399"):
            for pid in list_family(raylet):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for pid in {
            *find_processes("gcs_server", "6399"),
            *find_processes("-m ray.util.client.server", "6398"),
            *find_processes("site-packages/ray/", ":6399"),
        }:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--passages", type=int, default=1500)
    parser.add_argument("--parts", default="one,two,kill,pause")
    parser.add_argument("--workers", default="ray:auto")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="retriever-cluster-"))
    os.environ.update(ENVIRONMENT)
    import ray

    troubles = {"kill": kill_second, "pause": pause_head}
    results: dict[str, Any] = {}
    try:
        write_corpus(folder / "first", 100, seed=1)
        write_corpus(folder / "docs", options.passages)
        sync(folder / "index", folder / "first", None)
        results["no cluster"] = sync(folder / "index", folder / "docs", None)
        for part in options.parts.split(","):
            with running_cluster(1 if part == "one" else 2):
                # Whoever has connected already keeps the processes from one sync to the next.
                ray.init("auto" if options.workers == "ray:auto" else options.workers, log_to_driver=False)
                sync(folder / "index", folder / "first", options.workers)
                results[part] = sync(folder / "index", folder / "docs", options.workers, troubles.get(part))
                ray.shutdown()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if "one" in results and "two" in results:
        results["two nodes to one"] = round(
            results["two"]["passages a second"] / results["one"]["passages a second"], 2
        )
    sys.stdout.write(json.dumps(results, indent=2) + "\n")
    runs = [result for result in results.values() if isinstance(result, dict)]
    if len({run["digest"] for run in runs}) > 1 or any(run["pending"] for run in runs):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
