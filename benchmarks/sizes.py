"""Whole searches in indexes of several sizes: latency by mode and filter, opening, memory, and a commit.

    python benchmarks/sizes.py --data DATA --work DIR [--passages 10000,100000,1000000] [--questions 200]
                               [--no-token-vectors]

DATA is as for lay_questions.py and quality.py. Its laws and paragraphs (about 11,000 passages) are indexed with the
bundled model. A larger index goes over them again and again: every further round replaces a sixth of the words of a
passage by others of its language that are as long, gives it a vector around the real one (see million.py) and keeps its
token vectors, whose places still fit. So texts, terms, vectors and sizes are those of real text, and no two passages
are alike. Questions are real. A million passages take 12 GB; an index that is there already is used again, and one that
is begun is finished, so empty the folder after a change of the model or the chunker.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from lay_questions import read_questions
from quality import LANGUAGES, QuestionSet
from varied import Varier

from retriever import Document, Retriever
from retriever.index.interface import Addition, Changes
from retriever.index.local.index import LocalIndex

# Passages that the other process makes at a time: whole documents.
BLOCK = 5_000
# Passages of a commit, from which an interrupted build goes on: whole blocks, and a segment too large to be merged.
COMMITTED = 250_000
ONE_IN_A_HUNDRED = "department = d07"
SETTINGS: dict[str, dict[str, Any]] = {
    "words": {"mode": "lexical"},
    "vectors": {"mode": "dense"},
    "hybrid, not reranked": {"rerank": 0},
    "hybrid": {},
    "hybrid, 1 % kept": {"where": ONE_IN_A_HUNDRED},
    "hybrid, half kept": {"where": "year >= 2013"},
    "words, k = 50": {"mode": "lexical", "k": 50},
    "vectors, k = 50": {"mode": "dense", "k": 50},
    "hybrid, k = 50": {"k": 50},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--passages", default="10000,100000,1000000")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--no-token-vectors", dest="token_vectors", action="store_false")
    parser.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    for passages in map(int, options.passages.split(",")):
        root = options.work / f"{passages}{'' if options.token_vectors else '-plain'}"
        if options.step:
            STEPS[options.step](root, sample_questions(options.data, options.questions))
            continue
        if not root.exists():
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                pool.submit(build, root, options.data, options.work, passages, options.token_vectors).result()
        # Each in a process of its own, so that none finds what another has loaded.
        for step in STEPS:
            own = ["--passages", str(passages), "--step", step]
            subprocess.run([sys.executable, __file__, *sys.argv[1:], *own], check=True)


def sample_questions(data: Path, count: int) -> list[str]:
    """Real questions: half of them about laws, half of DRCD and XQuAD in all languages."""
    generator = random.Random(6)
    laws = [question.text for question in read_questions(data)]
    sets = [question.text for path in set_paths(data).values() for question in QuestionSet.read(path).sample(count)]
    return [generator.choice(laws if number % 2 else sets) for number in range(count)]


def set_paths(data: Path) -> dict[str, Path]:
    """The question sets by name."""
    xquad = {language: data / "xquad" / f"xquad.{language}.json" for language in LANGUAGES}
    return {"drcd": data / "drcd" / "DRCD_dev.json", **xquad}


def read_pool(data: Path, work: Path) -> list[Addition]:
    """The real passages, indexed in ``work``."""
    folder = work / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in set_paths(data).items():
        texts = enumerate(QuestionSet.read(path).paragraphs)
        rows = [json.dumps({"id": str(number), "text": text}, ensure_ascii=False) for number, text in texts]
        (folder / f"{name}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    with Retriever.open(work / "pool", create=True) as retriever:
        retriever.sync(folder, data / "laws" / "statutes")
    index = LocalIndex.open(work / "pool")
    return list(index.snapshot().additions())


def build(root: Path, data: Path, work: Path, passages: int, token_vectors: bool) -> None:
    """Build an index of so many passages and print what it took."""
    pool = read_pool(data, work)
    settings = LocalIndex.open(work / "pool").last_settings()
    started = time.perf_counter()
    # Renamed when complete, so that no search finds a part of it.
    part = root.with_name(f"{root.name}.part")
    index = LocalIndex.open(part) if part.exists() else LocalIndex.create(part)
    done = index.snapshot().passages
    with ProcessPoolExecutor(1, get_context("spawn"), prepare_worker, (pool, token_vectors)) as worker:
        for start in range(done, passages, COMMITTED):
            additions = make_additions(worker, start, min(COMMITTED, passages - start))
            index.commit(Changes((), additions, settings))
            print(f"{index.snapshot().passages} passages after {time.perf_counter() - started:.0f} s", flush=True)
    index.close()
    part.rename(root)
    sizes = {path: path.stat().st_size for path in root.rglob("*") if path.is_file()}
    tokens = sum(size for path, size in sizes.items() if path.name.startswith("token"))
    print(
        f"{passages - done} of {passages} passages built in {time.perf_counter() - started:.0f} s, "
        f"{sum(sizes.values()) / 2**30:.2f} GiB, {tokens / passages:.0f} bytes of token vectors a passage",
        flush=True,
    )


def make_additions(worker: ProcessPoolExecutor, start: int, count: int) -> Iterator[Addition]:
    """The additions with the passages ``start`` to ``start + count``, made in another process while these are written.

    One is enough: making a passage takes as long as writing it.
    """
    blocks = [(at, min(BLOCK, start + count - at)) for at in range(start, start + count, BLOCK)]
    # A few at a time: whatever is submitted is made, and waits in memory.
    for at in range(0, len(blocks), 4):
        yield from chain.from_iterable(worker.map(make_block, blocks[at : at + 4]))


def prepare_worker(pool: Sequence[Addition], token_vectors: bool) -> None:
    _workers.append((Varier(pool), token_vectors))


def make_block(block: tuple[int, int]) -> list[Addition]:
    varier, token_vectors = _workers[0]
    return list(varier.make(*block, token_vectors=token_vectors))


# What the process makes blocks with, once it is prepared.
_workers: list[tuple[Varier, bool]] = []


def measure_latency(root: Path, questions: Sequence[str]) -> None:
    """Print the latency of warm searches by setting, the first half of the questions to warm up with."""
    half = len(questions) // 2
    with Retriever.open(root) as retriever:
        retriever.warm()
        for name, arguments in SETTINGS.items():
            started = time.perf_counter()
            retriever.search(questions[0], **arguments)
            first = time.perf_counter() - started
            for question in questions[:half]:
                retriever.search(question, **arguments)
            times = sorted(time_search(retriever, question, arguments) for question in questions[half:])
            p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
            print(f"| {name:22} | p50 {p50:6.1f} ms | p95 {p95:6.1f} ms | first {1000 * first:6.1f} ms |", flush=True)
    print(f"memory {read_memory()}")


def time_search(retriever: Retriever, question: str, arguments: dict[str, Any]) -> float:
    """Milliseconds that a search takes."""
    started = time.perf_counter()
    retriever.search(question, **arguments)
    return 1000 * (time.perf_counter() - started)


def measure_threads(root: Path, questions: Sequence[str]) -> None:
    """Print how many questions a second one thread, eight threads and one call with all of them answer."""
    with Retriever.open(root) as retriever, ThreadPoolExecutor(8) as pool:
        retriever.warm()
        for question in questions:
            retriever.search(question)
        rates: dict[str, list[float]] = {}
        for _ in range(3):
            for name, work in (
                ("one thread", lambda: list(map(retriever.search, questions))),
                ("eight threads", lambda: list(pool.map(retriever.search, questions))),
                ("one call", lambda: retriever.search_many(questions)),
            ):
                started = time.perf_counter()
                work()
                rates.setdefault(name, []).append(len(questions) / (time.perf_counter() - started))
        one = statistics.median(rates["one thread"])
        for name, found in rates.items():
            print(f"{name}: {statistics.median(found):.1f} questions a second, {statistics.median(found) / one:.2f}")


def measure_opening(root: Path, questions: Sequence[str]) -> None:
    """Print what opening and the first answer take in a new process, the model in it or not."""
    started = time.perf_counter()
    retriever = Retriever.open(root)
    retriever.search(questions[0], mode="lexical")
    lexical = time.perf_counter()
    retriever.search(questions[0])
    first = time.perf_counter()
    retriever.search(questions[1])
    second = time.perf_counter()
    retriever.close()
    reopened = time.perf_counter()
    with Retriever.open(root) as retriever:
        retriever.search(questions[2])
    print(
        f"first answer by words {lexical - started:.3f} s, by default {first - started:.3f} s, the second after "
        f"{second - first:.3f} s; opened again {time.perf_counter() - reopened:.3f} s; memory {read_memory()}"
    )


def measure_commit(root: Path, questions: Sequence[str]) -> None:
    """Print what it takes to replace a document of one passage in a copy of the index, and to search after it."""
    copy = root.with_name(f"{root.name}.copy")
    shutil.rmtree(copy, ignore_errors=True)
    # Files of segments are never changed, so links to them are a copy.
    shutil.copytree(root, copy, copy_function=lambda source, target: Path(target).hardlink_to(source))
    with Retriever.open(copy) as retriever:
        retriever.warm()
        for number in range(5):
            started = time.perf_counter()
            retriever.add([Document("changed", f"第{number}版：社区电梯加装补贴的申请办法。")])
            committed = time.perf_counter()
            found = retriever.search("怎样申请电梯补贴？", 3)
            searched = time.perf_counter()
            retriever.search(questions[number])
            print(
                f"commit {committed - started:.3f} s, first search {searched - committed:.3f} s "
                f"({'found' if any('电梯加装' in hit.text for hit in found) else 'not found'}), "
                f"next {time.perf_counter() - searched:.3f} s"
            )
    shutil.rmtree(copy)


def read_memory() -> str:
    """Resident memory of this process: its own, and that of mapped files."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    own, files = (int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    return f"{own + files:.0f} MiB, of it {files:.0f} of mapped files"


STEPS = {
    "latency": measure_latency,
    "cold": measure_opening,
    "commit": measure_commit,
    "threads": measure_threads,
}


if __name__ == "__main__":
    main()
