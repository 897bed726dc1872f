"""A made-up corpus large enough for an inverted file, with the lower threshold of ``LIMITS``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from index_corpus import SETTINGS, addition

from retriever.index.files.precision import round_to_half
from retriever.index.interface import Addition, Changes
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits

DIMENSION = 48
ROWS = 6000
DOCUMENT = 50

# Inverted files from 1,000 passages on.
LIMITS = Limits(ivf_rows=1000)


def make_vectors(rows: int, seed: int) -> npt.NDArray[np.float32]:
    """Unit vectors about as close to each other as texts of a few dozen subjects."""
    chance = np.random.default_rng(seed)
    subjects = np.random.default_rng(1).standard_normal((40, DIMENSION))
    vectors = subjects[chance.integers(0, 40, rows)] + 0.8 * chance.standard_normal((rows, DIMENSION))
    return round_to_half(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


CORPUS = make_vectors(ROWS, seed=0)
QUESTIONS = make_vectors(60, seed=2)


def documents(vectors: npt.NDArray[np.float32], first: int = 0) -> list[Addition]:
    """Documents of DOCUMENT passages each; the ref of a passage in a new index is its vector's row."""
    result = []
    for start in range(0, len(vectors), DOCUMENT):
        part = vectors[start : start + DOCUMENT]
        bare = addition(key(first + start // DOCUMENT), [f"text {start + row}" for row in range(len(part))])
        result.append(Addition(bare.document, bare.passages, part, bare.terms))
    return result


def key(number: int) -> str:
    return f"doc{number:04d}"


def build_index(root: Path, vectors: npt.NDArray[np.float32]) -> LocalIndex:
    index = LocalIndex.create(root, limits=LIMITS)
    index.commit(Changes([], documents(vectors), SETTINGS))
    return index


def find_best(
    vectors: npt.NDArray[np.float32],
    query: npt.NDArray[np.float32],
    limit: int,
    among: Sequence[int] | npt.NDArray[np.int64],
) -> list[int]:
    """The rows of the largest products, in double precision."""
    rows = np.asarray(among)
    scores = vectors[rows].astype(np.float64) @ query.astype(np.float64)
    return rows[np.argsort(-scores, kind="stable")[:limit]].tolist()


def with_ties(scores: npt.NDArray[np.float32], limit: int, among: npt.NDArray[np.int64]) -> set[int]:
    """The rows of the ``limit`` largest scores, and those that tie with the last of them."""
    if not len(among):
        return set()
    last = np.sort(scores[among])[::-1][:limit][-1]
    return set(among[scores[among] >= last].tolist())
