"""The vectors of one segment: a flat FAISS file of half-precision floats, memory-mapped.

The number of a vector is the row of its passage. A score depends only on the vector and the query: what FAISS or NumPy
find in single precision is scored again in double precision. Search is exact; a large segment is searched through the
inverted file beside it, see ``ivf``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.create import create_writable
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.interface import Candidates
from retriever.index.local.entries import OperatingPoint
from retriever.index.local.stores.ivf import BITS, IVFReader, build
from retriever.index.local.stores.ivf_check import check_lists
from retriever.index.local.stores.vector_file import make_header, map_vectors
from retriever.lazy import lazy
from retriever.locks import WORK

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

_Result = TypeVar("_Result")

# The unit roundoff of single precision, in which FAISS and NumPy sum, each in an order of its own.
UNIT = 2.0**-24
# Rows that NumPy unpacks at a time, so that these stay in a core's cache.
TOGETHER = 512
# Results that FAISS is asked for beyond the limit, so that those that may tie with the last are mostly among them.
SPARE = 8
# The inverted file is used for up to this many results, if at least this share of the rows is searched. More results
# need so many candidates that a full scan is as fast. Fewer rows are scanned: after a filter they may all lie far from
# the query, in lists that are not read.
MOST = 400
SHARE = 0.7


class DenseWriter:
    """Writes the file as a stream of vectors, none of which is kept in memory."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Raises IndexWriteError."""
        self._path = path
        self._dimension = dimension
        self._rows = 0
        with writing(path):
            self._file = create_writable(path)
            self._file.write(make_header(dimension, 0))

    def begin(self, dimension: int) -> None:
        """Take another dimension, before any vector was added; 0 for passages whose vectors are still to come."""
        self._dimension = dimension

    def add(self, vectors: Vectors) -> None:
        """Append vectors, float32 [n, dimension], already rounded to half precision. Raises IndexWriteError."""
        with writing(self._path):
            self._file.write(np.ascontiguousarray(vectors, np.float16).data)
        self._rows += len(vectors)

    def finish(self) -> None:
        """Write the number of vectors into the header and close the file. Raises IndexWriteError."""
        with writing(self._path), self._file:
            self._file.seek(0)
            self._file.write(make_header(self._dimension, self._rows))

    def abandon(self) -> None:
        """Close the file, whatever its state."""
        with suppress(OSError):
            self._file.close()


def write_ivf(vectors: Path, path: Path) -> tuple[OperatingPoint, ...]:
    """Write the inverted file of the vectors in the file ``vectors`` to ``path``; see ``ivf.build``."""
    return _run_with_team(lambda: build(_open(vectors), path))


class DenseReader:
    """Searches the file. Safe to use from many threads."""

    def __init__(self, path: Path, rows: int) -> None:
        """``rows`` is how many vectors the file has. Raises IndexCorruptError, IndexReadError."""
        self.path = path
        self._codes = map_vectors(path, rows)
        self._lists: IVFReader | None = None
        self._unread: Path | None = None

    def attach_ivf(self, path: Path, points: Sequence[OperatingPoint]) -> None:
        """Search through the inverted file at ``path`` where that is faster, unless another FAISS has written it.

        Raises IndexCorruptError, IndexReadError.
        """
        try:
            known = check_lists(path, self.size, self.dimension, BITS)
        except (OSError, ValueError) as error:
            raise classify_read_error(path, error) from error
        if known:
            self._lists = IVFReader(path, self._index, points)
        else:
            self._unread = path

    def find_mismatch(self) -> Path | None:
        """The path of the inverted file if it does not belong to these vectors; takes some hundred exact searches."""
        if self._unread:
            return self._unread
        lists = self._lists
        return lists.path if lists and not _run_with_team(lists.has_measured_recall) else None

    @property
    def size(self) -> int:
        """The number of vectors in the file."""
        return len(self._codes)

    @property
    def dimension(self) -> int:
        """The dimension of the vectors."""
        return int(self._codes.shape[1])

    @lazy
    def _index(self) -> Any:
        return _open(self.path)

    def vectors(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """The vectors of rows, float32 [len(rows), dimension]."""
        return self._codes[rows].astype(np.float32)

    @WORK.held
    def search(
        self, vector: Vectors, limit: int, live: npt.NDArray[np.bool_] | None, *, by_numpy: bool = False
    ) -> Candidates:
        """The ``limit`` rows with the largest inner product, and all that tie with the last of them, in no order.

        ``live`` has for each row whether it is searched; None means all. ``by_numpy`` does it without FAISS and finds
        the same. Through an inverted file some rows may be missed, but scores are exact, and ``limit`` rows are
        returned if as many are searched.
        """
        if vector.shape[-1] != self.dimension:
            raise IndexCorruptError(f"{self.path} has vectors of dimension {self.dimension}", hint=REBUILD)
        available = self.size if live is None else int(np.count_nonzero(live))
        wanted = min(limit, available)
        if wanted <= 0:
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        query = np.ascontiguousarray(vector, np.float32)
        if by_numpy:
            return self._keep_best(query, self._scan(query, wanted, live), wanted)
        selector = None if live is None else _select_rows(live)
        with _one_thread():
            rows = None
            if self._lists and wanted <= MOST and available >= max(SHARE * self.size, wanted + 1):
                rows = self._search_lists(self._lists, query, wanted, selector)
            if rows is None:
                rows = self._search_exactly(query, wanted, available, selector)
        return self._keep_best(query, rows, wanted)

    def _keep_best(self, query: Vectors, rows: npt.NDArray[np.int64], wanted: int) -> Candidates:
        """The best of ``rows``, by products that are the same whatever has found them."""
        # In double precision and per row, then rounded: what is left of the order of summation is seldom a last bit.
        products = np.einsum("ij,j->i", self._codes[rows].astype(np.float64), query.astype(np.float64))
        scores = products.astype(np.float32)
        keep = scores >= np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        return Candidates(rows[keep], scores[keep])

    def _slack(self, query: Vectors, rows: npt.NDArray[np.int64]) -> float:
        """How far a score in single precision may lie below that of another row and yet be the larger one."""
        longest = float(np.linalg.norm(self.vectors(rows), axis=1).max())
        return 2 * self.dimension * UNIT * float(np.linalg.norm(query)) * longest

    def _scan(self, query: Vectors, wanted: int, live: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int64]:
        rows = np.arange(self.size) if live is None else np.flatnonzero(live)
        scores = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), TOGETHER):
            part = slice(start, start + TOGETHER)
            scores[part] = np.einsum("ij,j->i", self.vectors(rows[part]), query)
        # As with FAISS, a vector that is not a number is never found.
        scores[np.isnan(scores)] = -np.inf
        least = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        if least == -np.inf:
            raise self._not_finite()
        found: npt.NDArray[np.int64] = rows[scores >= least - self._slack(query, rows[scores >= least])]
        return found

    def _not_finite(self) -> IndexCorruptError:
        return IndexCorruptError(f"{self.path} has vectors that are not finite", hint=REBUILD)

    def _search_exactly(self, query: Vectors, wanted: int, available: int, selector: Any) -> npt.NDArray[np.int64]:
        import faiss

        library: Any = faiss
        parameters = None if selector is None else library.SearchParameters(sel=selector)
        taken = min(wanted + SPARE, available)
        while True:
            [scores], [rows] = self._index.search(query[None], taken, params=parameters)
            if rows.min() < 0:
                raise self._not_finite()
            if taken == available or scores[-1] < scores[wanted - 1] - self._slack(query, rows[:wanted]):
                found: npt.NDArray[np.int64] = rows
                return found
            taken = min(taken * 4, available)

    def _search_lists(
        self, lists: IVFReader, query: Vectors, wanted: int, selector: Any
    ) -> npt.NDArray[np.int64] | None:
        """The best rows from the inverted file; None if it gives too few, or too many that may tie."""
        for taken in (wanted + 1, 4 * wanted + 1):
            scores, rows = lists.search(query[None], taken, selector)
            if len(scores) < taken:
                return None
            if scores[-1] < scores[wanted - 1] - self._slack(query, rows[:wanted]):
                return rows
        return None


@WORK.held
def _open(path: Path) -> Any:
    """The index in a file that was written just now, or whose header was checked."""
    import faiss

    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except (OSError, RuntimeError, MemoryError) as error:
        raise classify_read_error(path, error, "cannot be read as vectors") from error


@contextmanager
def _one_thread() -> Iterator[None]:
    """Make FAISS use one thread for a query, in the calling thread only.

    On a busy machine a team of threads waits for each other longer than the search takes, and in the child of a fork
    the team is gone.
    """
    import faiss

    library: Any = faiss
    before = library.omp_get_max_threads()
    library.omp_set_num_threads(1)
    try:
        yield
    finally:
        library.omp_set_num_threads(before)


def _run_with_team(work: Callable[[], _Result]) -> _Result:
    """Run what FAISS does in a team of threads.

    A team belongs to the thread that works with it. In the child of a fork it is gone, and the thread that forked would
    wait for it for ever: so no thread that lives on gets a team.
    """
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="retriever-faiss", daemon=True)
    thread.start()
    thread.join()
    for error in errors:
        raise error
    return results[0]


def _select_rows(live: npt.NDArray[np.bool_]) -> Any:
    """A FAISS selector of the live rows."""
    import faiss

    library: Any = faiss
    return library.IDSelectorBitmap(np.packbits(live, bitorder="little"))
