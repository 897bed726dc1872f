"""Approximate search in a large segment: an inverted file (IVF) of small codes beside the flat file.

Vectors are assigned to the list of their nearest centroid, as RaBitQ codes of one or a few bits a dimension (Gao &
Long 2024, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate Nearest Neighbor
Search", in FAISS's fast-scan layout). A search reads the lists nearest to the query and scores the best of their
candidates from the flat file: the scores are exact, bit for bit, and only the recall is approximate. How many lists a
search has to read is measured when the file is written. Nothing here decides when to use it; see ``vectors``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files import durable
from retriever.index.files.create import create_writable
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.local.entries import OperatingPoint

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

# Vectors in a list on average, at most twice as many.
LIST = 128
# Sampled vectors per centroid in training.
SAMPLE = 40
# Vectors that are read from the flat file at once.
BATCH = 8192
# Bits per dimension to try, and the largest share of the lists that a search may read. From about 300 dimensions on one
# bit is enough.
BITS = (1, 2, 4)
READ = 0.5
# Candidates that are scored exactly: a constant, and a number for each result.
CANDIDATES = 100
CANDIDATES_PER_RESULT = 10
# The required recall for numbers of results.
TARGETS = ((10, 0.99), (100, 0.98))
# Queries that recall is measured with, and their distance from the vectors of passages, in lengths of a vector.
QUERIES = 400
DISTANCE = 1.5
SEED = 20
# How much lower recall may be on another processor, which sums in another order.
SLACK = 0.01


def build(flat: Any, path: Path) -> tuple[OperatingPoint, ...]:
    """Write the inverted file of ``flat``, a FAISS index of the segment's vectors; return its operating points.

    The same vectors give the same bytes. If the required recall cannot be reached, no file is written and the result is
    empty. Raises IndexWriteError.
    """
    import faiss

    for bits in BITS:
        index = _fill(flat, bits)
        if points := _measure(index, flat):
            data: Any = faiss.serialize_index(index)
            with writing(path), create_writable(path) as file:
                file.write(data)
            durable.checkpoint("ivf:written")
            return points
    return ()


class IVFReader:
    """Searches an inverted file. Safe to use from many threads."""

    def __init__(self, path: Path, flat: Any, points: Sequence[OperatingPoint]) -> None:
        """``flat`` is the FAISS index of the same vectors; ``check_lists`` is true of the file.

        Raises IndexCorruptError.
        """
        import faiss

        library: Any = faiss
        try:
            self._lists: Any = library.read_index(str(path), library.IO_FLAG_MMAP_IFC)
        except (RuntimeError, MemoryError) as error:
            raise classify_read_error(path, error, "cannot be read as an inverted file") from error
        if (self._lists.ntotal, self._lists.d) != (flat.ntotal, flat.d):
            raise IndexCorruptError(f"{path} does not belong to the vectors beside it", hint=REBUILD)
        self.path = path
        self._flat = flat
        self._refined: Any = library.IndexRefine(self._lists, flat)
        self._points = tuple(points)

    def search(self, query: Vectors, count: int, selector: Any) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """Scores and rows of about the ``count`` best, best first; fewer if the lists that are read contain fewer.

        ``query`` is float32 [1, dimension], ``selector`` a FAISS selector of rows or None.
        """
        probes = min(_choose_probes(self._points, count), self._lists.nlist)
        scores, rows = _search(self._refined, query, count, probes, selector)
        found = rows[0] >= 0
        return scores[0][found], rows[0][found]

    def has_measured_recall(self) -> bool:
        """Whether recall is still as measured. It is lower for an inverted file of other vectors."""
        queries = _make_queries(self._flat)
        best = _find_best_scores(self._flat, queries)
        return all(
            _recall(self._refined, queries, best, point.results, point.probes) >= point.recall - SLACK
            for point in self._points
        )


def _choose_probes(points: Sequence[OperatingPoint], count: int) -> int:
    """Lists to read for ``count`` results: linear in the measured points, never fewer for more results."""
    few, many = points[0], points[-1]
    further = max(0, many.probes - few.probes) * max(0, count - few.results)
    return few.probes + -(-further // (many.results - few.results))


def _search(refined: Any, queries: Vectors, count: int, probes: int, selector: Any) -> tuple[Any, Any]:
    import faiss

    library: Any = faiss
    factor = CANDIDATES_PER_RESULT + CANDIDATES / count
    lists = library.SearchParametersIVF(sel=selector, nprobe=probes)
    parameters = library.IndexRefineSearchParameters(k_factor=factor, base_index_params=lists)
    scores, rows = refined.search(queries, count, params=parameters)
    return scores, rows


def _fill(flat: Any, bits: int) -> Any:
    """The trained index with all vectors added."""
    import faiss

    size = int(flat.ntotal)
    lists = 1 << max(0, (size // LIST).bit_length() - 1)
    index: Any = faiss.index_factory(flat.d, f"IVF{lists},RaBitQfs{bits}", faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = SAMPLE
    # Sorted, so that the file is read once from start to end.
    sample = np.sort(np.random.default_rng(SEED).permutation(size)[: SAMPLE * lists])
    index.train(flat.reconstruct_batch(sample))
    for start in range(0, size, BATCH):
        index.add(flat.reconstruct_n(start, min(BATCH, size - start)))
    return index


def _measure(index: Any, flat: Any) -> tuple[OperatingPoint, ...]:
    """The smallest numbers of lists that reach each of TARGETS; empty if a share of READ does not."""
    import faiss

    refined: Any = faiss.IndexRefine(index, flat)
    queries = _make_queries(flat)
    best = _find_best_scores(flat, queries)
    ladder = _list_probes(max(1, int(READ * index.nlist)))
    points = []
    for results, target in TARGETS:
        measure = partial(_recall, refined, queries, best, results)
        place = bisect_left(ladder, target, key=measure)
        if place == len(ladder):
            return ()
        points.append(OperatingPoint(results, ladder[place], round(measure(ladder[place]), 4)))
    return tuple(points)


def _find_best_scores(flat: Any, queries: Vectors) -> Vectors:
    """The best scores of each query in descending order, as many as TARGETS need."""
    scores: Vectors = flat.search(queries, max(results for results, _ in TARGETS))[0]
    return scores


def _recall(refined: Any, queries: Vectors, best: Vectors, results: int, probes: int) -> float:
    """The share of the ``results`` best that a search of ``probes`` lists finds."""
    found = _search(refined, queries, results, probes, None)[0]
    # By score: vectors that tie are interchangeable.
    return float((found >= best[:, results - 1 : results]).mean())


def _list_probes(lists: int) -> list[int]:
    """Numbers of lists to try, up to ``lists``, in steps of about a fifth."""
    return sorted({min(lists, round(1.2**power)) for power in range(100)})


def _make_queries(flat: Any) -> Vectors:
    """Synthetic queries, float32 [QUERIES, dimension], as far from passages as real questions are.

    A question is further from its passage than passages on one subject are from each other. So the vector of a passage
    is moved by DISTANCE along the difference of two others, which is a direction in which texts differ. With the
    bundled model such a query is as far from its nearest passage as a real question, and a little harder to answer.
    """
    chance = np.random.default_rng(SEED)
    rows = chance.integers(0, int(flat.ntotal), (3, QUERIES))
    start, one, other = (flat.reconstruct_batch(part) for part in rows)
    queries: Vectors = _normalise(_normalise(start) + DISTANCE * _normalise(one - other))
    return queries


def _normalise(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Vectors = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return result
