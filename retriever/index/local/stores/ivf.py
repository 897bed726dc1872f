"""Search in a large segment without looking at every vector: an inverted file of small codes beside the flat one.

Vectors are filed in lists by their nearest of some centroids, as RaBitQ codes of one or a few bits a dimension (Gao &
Long 2024, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate Nearest Neighbor
Search", in FAISS's fast-scan layout). A search reads the lists nearest to the query and scores the best of their
candidates from the flat file: a score found here is the score that the flat file gives, bit for bit, and only what is
missing is approximate. How many lists it takes is measured when the file is written. Nothing here decides whether to
search this way; see ``dense``.
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
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.local.manifest import OperatingPoint

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

# Vectors to a list on average, at most twice as many.
LIST = 128
# Vectors of the sample that a centroid is learnt from.
SAMPLE = 40
# Vectors that are read from the flat file at a time.
BATCH = 8192
# Bits a dimension to try, and the largest share of the lists that may have to be read. One bit orders vectors well
# enough from about 300 dimensions on.
BITS = (1, 2, 4)
READ = 0.5
# Candidates scored exactly: so many, and so many for each result wanted.
CANDIDATES = 100
CANDIDATES_PER_RESULT = 10
# The least recall at so many results.
TARGETS = ((10, 0.99), (100, 0.98))
# Queries that recall is measured with, and how far these are from the vectors of passages, in lengths of a vector.
QUERIES = 400
DISTANCE = 1.5
SEED = 20
# How much less recall may be on another processor, which sums in another order.
SLACK = 0.01


def build(flat: Any, path: Path) -> tuple[OperatingPoint, ...]:
    """Write the inverted file of ``flat``, a FAISS index of the segment's vectors, and measure what it takes.

    The same vectors give the same bytes. Where no effort reaches the recall that is asked for, no file is written
    and nothing is returned. Raises IndexWriteError.
    """
    import faiss

    for bits in BITS:
        index = _fill(flat, bits)
        if points := _measure(index, flat):
            data: Any = faiss.serialize_index(index)
            with writing(path), path.open("wb") as file:
                file.write(data)
            durable.checkpoint("ivf:written")
            return points
    return ()


class IVFReader:
    """Searches the file, from any number of threads."""

    def __init__(self, path: Path, flat: Any, points: Sequence[OperatingPoint]) -> None:
        """``flat`` is the FAISS index of the same vectors. Raises IndexCorruptError."""
        import faiss

        library: Any = faiss
        try:
            self._lists: Any = library.read_index(str(path), library.IO_FLAG_MMAP_IFC)
        except (RuntimeError, MemoryError) as error:
            raise classify_read_error(path, error, "cannot be read as an inverted file") from error
        if (self._lists.ntotal, self._lists.d) != (flat.ntotal, flat.d):
            raise IndexCorruptError(f"{path} is not of the vectors beside it", hint=REBUILD)
        self.path = path
        self._flat = flat
        self._refined: Any = library.IndexRefine(self._lists, flat)
        self._points = tuple(points)

    def search(self, query: Vectors, count: int, selector: Any) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """Scores and rows of about the ``count`` best, best first; fewer where the lists read hold no more.

        ``query`` is float32 [1, dimension], ``selector`` a FAISS selector of rows or None.
        """
        probes = min(_choose_probes(self._points, count), self._lists.nlist)
        scores, rows = _search(self._refined, query, count, probes, selector)
        found = rows[0] >= 0
        return scores[0][found], rows[0][found]

    def has_measured_recall(self) -> bool:
        """Whether recall is what was measured. It is not where these are the lists of other vectors."""
        queries = _make_queries(self._flat)
        best = _find_best_scores(self._flat, queries)
        return all(
            _recall(self._refined, queries, best, point.results, point.probes) >= point.recall - SLACK
            for point in self._points
        )


def _choose_probes(points: Sequence[OperatingPoint], count: int) -> int:
    """Lists to read for ``count`` results: along the line through what was measured, never less for more results."""
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
    """The trained index with all the vectors in it."""
    import faiss

    size = int(flat.ntotal)
    lists = 1 << max(0, (size // LIST).bit_length() - 1)
    index: Any = faiss.index_factory(flat.d, f"IVF{lists},RaBitQfs{bits}", faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = SAMPLE
    # Seen one after the other rather than at random so that the file is read once.
    sample = np.sort(np.random.default_rng(SEED).permutation(size)[: SAMPLE * lists])
    index.train(flat.reconstruct_batch(sample))
    for start in range(0, size, BATCH):
        index.add(flat.reconstruct_n(start, min(BATCH, size - start)))
    return index


def _measure(index: Any, flat: Any) -> tuple[OperatingPoint, ...]:
    """The least numbers of lists that reach each of TARGETS; nothing where reading READ of them does not."""
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
    """Each query's best scores in descending order, as many as TARGETS speak of."""
    scores: Vectors = flat.search(queries, max(results for results, _ in TARGETS))[0]
    return scores


def _recall(refined: Any, queries: Vectors, best: Vectors, results: int, probes: int) -> float:
    """The share of the ``results`` best that reading so many lists finds."""
    found = _search(refined, queries, results, probes, None)[0]
    # By score: of vectors that tie, one is as good as the other.
    return float((found >= best[:, results - 1 : results]).mean())


def _list_probes(lists: int) -> list[int]:
    """Numbers of lists to try, up to ``lists``: each about a fifth more than the one before."""
    return sorted({min(lists, round(1.2**power)) for power in range(100)})


def _make_queries(flat: Any) -> Vectors:
    """Made-up queries, float32 [QUERIES, dimension]: what questions are to passages.

    A question is further from its passage than passages of one subject are from each other. A vector of a passage
    is moved by DISTANCE along the difference of two others, so that it keeps to the directions in which texts
    differ. With the bundled model such a query is as far from its nearest passage as a real question is, and a
    little harder to answer.
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
