"""A large index: the cost of building and searching a million vectors, compared with exact search.

    python benchmarks/million.py --data DATA --work DIR [--passages 1000000] [--questions 500]

DATA is as for quality.py. Its paragraphs are split into passages of two sentences (about 9,000), which are embedded
with the bundled model and centered by language. Synthetic vectors are generated from them: a random mixture of a real
vector and its two nearest neighbours, normalised, plus 0.6 times the direction between two random real vectors. To
show that a synthetic set resembles the real one of the same size, the cosines of the first, tenth and hundredth
neighbour and the local intrinsic dimension of both are printed. The queries are real questions and take no part in it.

The work folder takes 0.8 GB. If it already contains an index of the same size, that one is searched.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from retriever.index.interface import Addition, Changes, PassageTerms
from retriever.index.local.index import LocalIndex
from retriever.index.local.stores.vectors import DenseReader
from retriever.models import load
from retriever.types import Passage, StoredDocument

LANGUAGES = ("zh", "en", "ru", "ar", "de", "es")
SENTENCE_END = re.compile(r"(?<=[。！？.!?؟])\s*")
# How vectors are generated; see above.
MIXED = 3
NOISE = 0.6
# Passages per synthetic document, and passages in memory at a time.
DOCUMENT = 100
BLOCK = 10_000
LIMITS = (10, 100)
# Questions to warm up with, so that the parts of files that searches read are in memory.
WARM = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=500)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    real, questions = embed_sets(options.data, options.work / "real.npz")
    compare_structure(real)
    root = options.work / f"index-{options.passages}"
    if not root.exists():
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            print(*pool.submit(build, root, real, options.passages).result(), sep="\n")
    shuffled = np.random.default_rng(3).permutation(questions)
    search(root, shuffled[: options.questions], shuffled[-WARM:])


def embed_sets(data: Path, file: Path) -> tuple[Any, Any]:
    """Vectors of real passages and real questions, float32 [n, dimension] each, cached in ``file``."""
    if not file.exists():
        sets = [(data / "drcd" / "DRCD_dev.json", "zh")]
        sets += [(data / "xquad" / f"xquad.{language}.json", language) for language in LANGUAGES]
        passages, questions = [], []
        for path, language in sets:
            for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
                for paragraph in article["paragraphs"]:
                    sentences = [part for part in SENTENCE_END.split(paragraph["context"]) if len(part) > 15]
                    pairs = ("".join(sentences[start : start + 2]) for start in range(0, len(sentences), 2))
                    passages += [(text, language) for text in pairs]
                    questions.append((paragraph["qas"][0]["question"], language))
        model = load()
        centering = model.centering
        np.savez(
            file,
            passages=centering.center(
                model.embed_passages([text for text, _ in passages]), [code for _, code in passages], "passage"
            ),
            questions=centering.center(
                model.embed_queries([text for text, _ in questions]), [code for _, code in questions], "query"
            ),
        )
    with np.load(file) as arrays:
        return arrays["passages"], arrays["questions"]


class VectorGenerator:
    """Generates synthetic vectors from real ones."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._near = np.concatenate(
            [np.argsort(-(real[at : at + 500] @ real.T), axis=1)[:, :MIXED] for at in range(0, len(real), 500)]
        )

    def generate(self, count: int, seed: int, at: Any = None) -> Any:
        """Unit vectors, float32 [count, dimension], each around a random real one, or that which ``at`` names."""
        generator = np.random.default_rng(seed)
        weights = generator.dirichlet(np.ones(MIXED), count).astype(np.float32)
        start = generator.integers(0, len(self._real), count) if at is None else at
        mixture = np.einsum("nm,nmd->nd", weights, self._real[self._near[start]])
        one, other = generator.integers(0, len(self._real), (2, count))
        return normalise(normalise(mixture) + NOISE * normalise(self._real[one] - self._real[other]))


def normalise(vectors: Any) -> Any:
    """The vectors at unit length."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def compare_structure(real: Any) -> None:
    """Print what the neighbourhoods of real and synthetic vectors look like."""
    synthetic = VectorGenerator(real).generate(len(real), 1)
    for name, vectors in (("real", real), ("synthetic", synthetic)):
        similar = -np.sort(-(vectors[::10] @ vectors.T), axis=1)[:, 1:101]
        distance = np.sqrt(np.maximum(2 - 2 * similar, 1e-6))
        dimension = -1 / np.log(distance[:, :-1] / distance[:, -1:]).mean(axis=1)
        first, tenth, last = np.median(similar[:, [0, 9, 99]], axis=0)
        print(
            f"{len(vectors)} {name} vectors: cosine of the 1st neighbour {first:.3f}, 10th {tenth:.3f}, "
            f"100th {last:.3f}, local intrinsic dimension {np.median(dimension):.1f}"
        )


def build(root: Path, real: Any, passages: int) -> list[str]:
    """Build the index; lines that say what it took."""
    started = time.perf_counter()
    # Renamed when complete, so that an interrupted run leaves nothing that the next one would search.
    part = root.with_name(f"{root.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    index = LocalIndex.create(part)
    index.commit(Changes((), generate_additions(real, passages), None))
    index.close()
    part.rename(root)
    seconds = time.perf_counter() - started
    size = sum(path.stat().st_size for path in root.rglob("*.faiss"))
    lists = sum(path.stat().st_size for path in root.rglob("approximate.faiss"))
    # The peak of this process alone; getrusage would include that of its parent.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return [
        f"built in {seconds:.0f} s, peak memory {int(peak.split()[1]) / 2**20:.2f} GiB",
        f"vectors {(size - lists) / 2**20:.0f} MiB, inverted files {lists / 2**20:.0f} MiB",
    ]


def generate_additions(real: Any, passages: int) -> Iterator[Addition]:
    """Synthetic documents with their passages and vectors."""
    generator = VectorGenerator(real)
    for block in range(0, passages, BLOCK):
        vectors = generator.generate(min(BLOCK, passages - block), block + 2)
        for start in range(0, len(vectors), DOCUMENT):
            key = f"{block + start:09d}"
            rows = range(start, min(start + DOCUMENT, len(vectors)))
            texts = [
                Passage(f"word{row % 997} {key}", row * 20, row * 20 + len(f"word{row % 997} {key}")) for row in rows
            ]
            document = StoredDocument(key, key, key, key, key, key)
            terms = [PassageTerms(passage.text.split(), 2) for passage in texts]
            yield Addition(document, texts, vectors[rows.start : rows.stop].astype(np.float32), terms)


def search(root: Path, questions: Any, others: Any) -> None:
    """Print latency and recall of searches, after a warm-up with ``others``."""
    started = time.perf_counter()
    index = LocalIndex.open(root)
    snapshot = index.snapshot()
    opened = time.perf_counter()
    snapshot.dense(questions[0], LIMITS[0])
    first = time.perf_counter()
    print(f"opened in {opened - started:.3f} s, first search {first - opened:.3f} s")
    for view in snapshot.views:
        entry = next(entry for entry in snapshot.manifest.segments if entry.id == view.segment.id)
        print(f"segment of {entry.rows}: {', '.join(map(str, entry.operating_points)) or 'exact'}")
    _, times = time_all(lambda question: snapshot.dense(question, LIMITS[0]), others)
    print(f"the next {len(others)} searches, p50 {np.median(times):.2f} ms")
    flat = [(view.base, DenseReader(view.segment.dense.path, view.segment.rows)) for view in snapshot.views]

    def exact(question: Any, limit: int) -> Any:
        found = [(base, part.search(question, limit, None)) for base, part in flat]
        refs = np.concatenate([base + part.refs for base, part in found])
        return refs[np.argsort(-np.concatenate([part.scores for _, part in found]), kind="stable")[:limit]]

    for limit in LIMITS:
        near, near_times = time_all(
            lambda question, limit=limit: snapshot.dense(question, limit).refs[:limit], questions
        )
        best, exact_times = time_all(lambda question, limit=limit: exact(question, limit), questions)
        recall = np.mean([len(np.intersect1d(*pair)) / limit for pair in zip(near, best, strict=True)])
        print(
            f"limit {limit}: recall {recall:.4f}, p50 {np.median(near_times):.2f} ms, "
            f"p95 {np.quantile(near_times, 0.95):.2f} ms; exact p50 {np.median(exact_times):.1f} ms, "
            f"ratio {np.median(exact_times) / np.median(near_times):.1f}"
        )


def time_all(ask: Callable[[Any], Any], questions: Any) -> tuple[list[Any], list[float]]:
    """The answers, and the milliseconds that each of them took."""
    answers, times = [], []
    for question in questions:
        started = time.perf_counter()
        answers.append(ask(question))
        times.append((time.perf_counter() - started) * 1000)
    return answers, times


if __name__ == "__main__":
    main()
