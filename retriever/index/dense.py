"""The vectors of one segment: a flat FAISS file of half-precision floats, searched exactly and memory-mapped.

A passage's vector has the passage's row as its number. The score of a vector depends on nothing but the vector
and the query: FAISS sums the products of a half-precision vector in one fixed order, whatever lies beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.interface import Candidates
from retriever.index.manifest import REBUILD
from retriever.index.storage import writing

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors


def rounded(vectors: Vectors) -> Vectors:
    """The vectors as an index keeps them: rounded to half precision. Raises ValueError for any not finite."""
    with np.errstate(over="ignore"):
        result = np.asarray(vectors, np.float32).astype(np.float16).astype(np.float32)
    if not np.isfinite(result).all():
        raise ValueError("a vector holds a number that is not finite or does not fit half precision")
    return result


class DenseWriter:
    """Gathers vectors in memory and writes them at the end."""

    def __init__(self, path: Path, dimension: int) -> None:
        import faiss

        self._path = path
        self._index: Any = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )

    def add(self, vectors: Vectors) -> None:
        """Append vectors, float32 [n, dimension], already ``rounded``."""
        if len(vectors):
            self._index.add(np.ascontiguousarray(vectors))

    def finish(self) -> None:
        """Write the file. Raises IndexWriteError."""
        import faiss

        data: Any = faiss.serialize_index(self._index)
        with writing(self._path), self._path.open("wb") as file:
            file.write(data)


class DenseReader:
    """Searches the file, from any number of threads."""

    def __init__(self, path: Path) -> None:
        """Raises IndexCorruptError."""
        import faiss

        self.path = path
        try:
            self._index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexCorruptError(f"{path} cannot be read as vectors", hint=REBUILD) from error

    @property
    def size(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def vectors(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """Float32 [len(rows), dimension]."""
        if not len(rows):
            return np.zeros((0, self.dimension), np.float32)
        found: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found

    def search(self, vector: Vectors, limit: int, live: npt.NDArray[np.bool_] | None) -> Candidates:
        """The ``limit`` rows of the largest inner product, and all that tie with the last of them.

        ``live`` says of each row whether it takes part; None is all. In no particular order.
        """
        available = self.size if live is None else int(np.count_nonzero(live))
        wanted = min(limit, available)
        if wanted <= 0:
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        taken = min(wanted + 1, available)
        while True:
            scores, rows = self._best(vector, taken, live)
            if taken == available or scores[-1] < scores[wanted - 1]:
                break
            taken = min(taken * 4, available)
        keep = scores >= scores[wanted - 1]
        return Candidates(rows[keep], scores[keep])

    def _best(self, vector: Vectors, count: int, live: npt.NDArray[np.bool_] | None) -> tuple[Any, Any]:
        parameters = None if live is None else _only(live)
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        with _one_thread():
            scores, rows = self._index.search(query, count, params=parameters)
        return scores[0], rows[0]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep FAISS from gathering a team of threads for one query: on a busy machine they wait for each other longer
    than the search takes. It concerns the calling thread only."""
    import faiss

    library: Any = faiss
    before = library.omp_get_max_threads()
    library.omp_set_num_threads(1)
    try:
        yield
    finally:
        library.omp_set_num_threads(before)


def _only(live: npt.NDArray[np.bool_]) -> Any:
    """FAISS search parameters that let only the live rows take part."""
    import faiss

    library: Any = faiss
    return library.SearchParameters(sel=library.IDSelectorBitmap(np.packbits(live, bitorder="little")))
