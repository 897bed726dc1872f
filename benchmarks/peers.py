"""Retriever beside other libraries on the same work: building, warm and cold questions, memory and quality.

    python benchmarks/peers.py --data DATA [--work DIR] [--systems Retriever,txtai,…] [--sizes 100,300,1000]
                               [--questions 100] [--rounds 3] [--write ROOT]

DATA is as for quality.py: the first paragraphs of DRCD are indexed, and questions about them asked. All embed with the
same weights: Retriever with the model that it comes with, the others with its export in fp32, by
sentence-transformers. Each system is an optional installation (`pip install txtai lancedb chromadb bm25s
sentence-transformers`); those that are not installed are left out and named. Every measurement is made in a process of
its own, in alternating rounds of all systems, of which the median counts: other work on the machine then slows all of
them. Prints a table in Markdown for each size. The first question is asked by a new process, timed from its start,
with files that were read before; memory is the most that it took. With ``--write`` the table of the largest size goes
into the READMEs of the project at ROOT, and plots of the costs against the size into its docs/images/peers.png
(`pip install matplotlib`).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from peers_report import PICTURE, Measured, draw_plots, format_table, write_tables

DEPTH = 10
MODEL = "model"

Search: TypeAlias = Callable[[str], list[int]]
"""The positions of the passages that answer best, best first."""


@dataclass(frozen=True, slots=True)
class System:
    """A library to measure: what it imports, how it builds an index of texts in a folder, and how it opens that."""

    modules: tuple[str, ...]
    build: Callable[[Path, Sequence[str]], None]
    open: Callable[[Path], Search]


def build_retriever(folder: Path, texts: Sequence[str]) -> None:
    from retriever import Document, Retriever

    with Retriever.open(folder / "index", create=True) as retriever:
        retriever.add(Document(str(number), text) for number, text in enumerate(texts))


def open_retriever(folder: Path, **options: Any) -> Search:
    from retriever import Retriever

    retriever = Retriever.open(folder / "index")
    return lambda question: [int(hit.document) for hit in retriever.search(question, DEPTH, **options)]


def open_without_reranking(folder: Path) -> Search:
    return open_retriever(folder, rerank=0)


def load_encoder(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder.parents[1] / MODEL), device="cpu")


def embed(encoder: Any, texts: Sequence[str], prompt: str) -> Any:
    return encoder.encode(list(texts), prompt_name=prompt, normalize_embeddings=True, show_progress_bar=False)


def build_vectors(folder: Path, texts: Sequence[str]) -> None:
    import numpy as np

    np.save(folder / "vectors.npy", embed(load_encoder(folder), texts, "passage"))


def open_vectors(folder: Path) -> Search:
    import numpy as np

    vectors, encoder = np.load(folder / "vectors.npy"), load_encoder(folder)
    return lambda question: np.argsort(-(vectors @ embed(encoder, [question], "query")[0]))[:DEPTH].tolist()  # type: ignore[no-any-return]


def build_txtai(folder: Path, texts: Sequence[str]) -> None:
    from txtai import Embeddings

    instructions = {"query": "query: ", "data": "passage: "}
    embeddings = Embeddings(path=str(folder.parents[1] / MODEL), instructions=instructions, hybrid=True)
    embeddings.index(enumerate(texts))
    embeddings.save(str(folder / "index"))


def open_txtai(folder: Path) -> Search:
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(folder / "index"))
    return lambda question: [int(number) for number, _ in embeddings.search(question, DEPTH)]


def build_lancedb(folder: Path, texts: Sequence[str]) -> None:
    import lancedb

    vectors = embed(load_encoder(folder), texts, "passage")
    rows = [{"number": number, "text": text, "vector": vectors[number]} for number, text in enumerate(texts)]
    lancedb.connect(str(folder / "index")).create_table("passages", rows)


def open_lancedb(folder: Path) -> Search:
    import lancedb

    table, encoder = lancedb.connect(str(folder / "index")).open_table("passages"), load_encoder(folder)

    def search(question: str) -> list[int]:
        query = table.search(embed(encoder, [question], "query")[0]).limit(DEPTH)
        return [row["number"] for row in query.to_list()]

    return search


def build_chroma(folder: Path, texts: Sequence[str]) -> None:
    vectors = embed(load_encoder(folder), texts, "passage")
    collection = open_collection(folder)
    for start in range(0, len(texts), 1000):
        part = range(start, min(start + 1000, len(texts)))
        ids, documents = [str(number) for number in part], [texts[number] for number in part]
        collection.add(ids=ids, documents=documents, embeddings=vectors[part.start : part.stop].tolist())


def open_chroma(folder: Path) -> Search:
    collection, encoder = open_collection(folder), load_encoder(folder)

    def search(question: str) -> list[int]:
        vectors = embed(encoder, [question], "query").tolist()
        return [int(number) for number in collection.query(query_embeddings=vectors, n_results=DEPTH)["ids"][0]]

    return search


def open_collection(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder / "index"), settings=Settings(anonymized_telemetry=False))
    return client.get_or_create_collection("passages", embedding_function=None)


def build_bm25s(folder: Path, texts: Sequence[str]) -> None:
    import bm25s

    index = bm25s.BM25()
    index.index([split_bigrams(text) for text in texts], show_progress=False)
    index.save(str(folder / "index"))


def open_bm25s(folder: Path) -> Search:
    import bm25s

    index = bm25s.BM25.load(str(folder / "index"))

    def search(question: str) -> list[int]:
        found, _ = index.retrieve([split_bigrams(question)], k=DEPTH, show_progress=False)
        return [int(number) for number in found[0]]

    return search


def split_bigrams(text: str) -> list[str]:
    """Characters and pairs of them: what serves Chinese best without a dictionary."""
    return [*text, *(text[at : at + 2] for at in range(len(text) - 1))]


SYSTEMS = {
    "Retriever": System(("retriever",), build_retriever, open_retriever),
    "Retriever, not reranked": System(("retriever",), build_retriever, open_without_reranking),
    "sentence-transformers": System(("sentence_transformers",), build_vectors, open_vectors),
    "txtai": System(("txtai",), build_txtai, open_txtai),
    "lancedb": System(("lancedb", "sentence_transformers"), build_lancedb, open_lancedb),
    "chroma": System(("chromadb", "sentence_transformers"), build_chroma, open_chroma),
    "bm25s": System(("bm25s",), build_bm25s, open_bm25s),
}
STEPS = ("build", "cold", "warm")
STEP = "--step"
"""Before a system, a step and a folder: what a process of its own is asked to do."""


def main() -> None:
    if sys.argv[1:2] == [STEP]:
        name, step, folder = sys.argv[2:]
        print(json.dumps(run_step(SYSTEMS[name], Path(folder) / name, Path(folder), step)))
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("indexes/peers"))
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--sizes", default="100,300,1000", help="passages of each corpus")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, metavar="ROOT", help="the project whose READMEs and plots to write")
    options = parser.parse_args()
    work: Path = options.work.resolve()
    named = [name for name in SYSTEMS if name.split(",")[0] in options.systems.split(",")]
    systems = [name for name in named if all(map(importlib.util.find_spec, SYSTEMS[name].modules))]
    prepare_model(work)
    measured: Measured = {}
    for size in map(int, options.sizes.split(",")):
        prepare_work(options.data, work / str(size), size, options.questions)
        measured[size] = measure_systems(systems, work / str(size), options.rounds)
        print(f"\n{size} passages:\n\n{format_table(measured[size])}", flush=True)
    if missing := sorted(set(named) - set(systems)):
        print(f"\nNot installed: {', '.join(missing)}.")
    if options.write:
        write_tables(measured, options.write)
        draw_plots(measured, options.write / PICTURE)


def prepare_model(work: Path) -> None:
    """Write the model in fp32."""
    # Not at the beginning: it would be imported in the processes of all systems.
    from retriever.models import export_model

    work.mkdir(parents=True, exist_ok=True)
    if not (work / MODEL).exists():
        export_model(work / MODEL)


def prepare_work(data: Path, work: Path, passages: int, questions: int) -> None:
    """Write texts and questions."""
    from quality import QuestionSet

    work.mkdir(exist_ok=True)
    drcd = QuestionSet.read(data / "drcd" / "DRCD_dev.json")
    about = [question for question in drcd.sample(len(drcd.questions)) if question.paragraph < passages]
    asked = [[question.text, question.paragraph] for question in about[:questions]]
    (work / "work.json").write_text(json.dumps({"texts": drcd.paragraphs[:passages], "questions": asked}))


def measure_systems(systems: Sequence[str], work: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Every round's value by system and figure."""
    measured: dict[str, dict[str, list[float]]] = {name: {} for name in systems}
    for _ in range(rounds):
        for step in STEPS:
            for name in systems:
                for key, value in measure(name, work, step).items():
                    measured[name].setdefault(key, []).append(value)
                print(f"{work.name} passages, {name}: {step}", file=sys.stderr, flush=True)
    return measured


def measure(name: str, work: Path, step: str) -> dict[str, float]:
    """What a step of a system gives, run in a process of its own."""
    command = [sys.executable, __file__, STEP, name, step, str(work)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    started = time.perf_counter()
    process = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    seconds = time.perf_counter() - started
    found: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return {**found, "cold": seconds} if step == "cold" else found


def run_step(system: System, folder: Path, work: Path, step: str) -> dict[str, float]:
    """Build the index, or open it and ask: once, or every question."""
    given = json.loads((work / "work.json").read_text())
    if step == "build":
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        started = time.perf_counter()
        system.build(folder, given["texts"])
        return {"build": time.perf_counter() - started}
    search = system.open(folder)
    questions: list[tuple[str, int]] = given["questions"]
    search(questions[0][0])
    if step == "cold":
        # Not by getrusage, which counts what the process was before it became this program.
        status = Path("/proc/self/status").read_text().splitlines()
        return {"memory": next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))}
    times, gains = [], []
    for question, right in questions:
        started = time.perf_counter()
        found = search(question)
        times.append(time.perf_counter() - started)
        gains.append(1 / math.log2(found.index(right) + 2) if right in found else 0.0)
    return {"warm": 1000 * statistics.median(times), "quality": statistics.mean(gains)}


if __name__ == "__main__":
    main()
