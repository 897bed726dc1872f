"""The vectors of one segment: a flat FAISS file of half-precision floats, memory-mapped.

The number of a vector is the row of its passage. A score depends only on the vector and the query: FAISS sums the
products of a half-precision vector in a fixed order. Search is exact; a large segment is searched through the inverted
file beside it, see ``ivf``.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.access import opened
from retriever.index.files.create import create_writable
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.interface import Candidates
from retriever.index.local.entries import OperatingPoint
from retriever.index.local.stores.ivf import BITS, IVFReader, build
from retriever.index.local.stores.ivf_check import check_lists
from retriever.locks import WORK

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

_Result = TypeVar("_Result")

# The inverted file is used for up to this many results, if at least this share of the rows is searched. More results
# need so many candidates that a full scan is as fast. Fewer rows are scanned: after a filter they may all lie far from
# the query, in lists that are not read.
MOST = 400
SHARE = 0.7
# The header of a flat file: class, dimension, vectors, two constants, trained, metric, the quantizer, bytes of codes.
_HEADER = struct.Struct("<4siqqqBiiifQQQQ")
_DIMENSIONS = 1 << 16


class DenseWriter:
    """Writes the file as a stream of vectors, none of which is kept in memory."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Raises IndexWriteError."""
        self._path = path
        self._dimension = dimension
        self._rows = 0
        with writing(path):
            self._file = create_writable(path)
            self._file.write(_make_header(dimension, 0))

    def omit(self) -> None:
        """Write a file without vectors, before any was added: those of the passages are still to come."""
        self._dimension = 0

    def add(self, vectors: Vectors) -> None:
        """Append vectors, float32 [n, dimension], already rounded to half precision. Raises IndexWriteError."""
        with writing(self._path):
            self._file.write(np.ascontiguousarray(vectors, np.float16).data)
        self._rows += len(vectors)

    def finish(self) -> None:
        """Write the number of vectors into the header and close the file. Raises IndexWriteError."""
        with writing(self._path), self._file:
            self._file.seek(0)
            self._file.write(_make_header(self._dimension, self._rows))

    def abandon(self) -> None:
        """Close the file, whatever its state."""
        with suppress(OSError):
            self._file.close()


@WORK.held
def _make_header(dimension: int, rows: int) -> bytes:
    """The header of a FAISS file of ``rows`` vectors; its last eight bytes are the size of the codes in bytes."""
    import faiss

    library: Any = faiss
    index = library.IndexScalarQuantizer(dimension, library.ScalarQuantizer.QT_fp16, library.METRIC_INNER_PRODUCT)
    index.ntotal = rows
    data: bytes = library.serialize_index(index).tobytes()
    return data[:-8] + (rows * dimension * 2).to_bytes(8, "little")


def write_ivf(vectors: Path, path: Path) -> tuple[OperatingPoint, ...]:
    """Write the inverted file of the vectors in the file ``vectors`` to ``path``; see ``ivf.build``."""
    return _run_with_team(lambda: build(_open(vectors, None), path))


class DenseReader:
    """Searches the file. Safe to use from many threads."""

    def __init__(self, path: Path, rows: int) -> None:
        """``rows`` is how many vectors the file has. Raises IndexCorruptError, IndexReadError."""
        self.path = path
        self._index: Any = _open(path, rows)
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
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The dimension of the vectors."""
        return int(self._index.d)

    @WORK.held
    def vectors(self, rows: npt.NDArray[np.int64]) -> Vectors:
        """The vectors of rows, float32 [len(rows), dimension]."""
        if not len(rows):
            return np.zeros((0, self.dimension), np.float32)
        with _one_thread():
            found: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found

    @WORK.held
    def search(self, vector: Vectors, limit: int, live: npt.NDArray[np.bool_] | None) -> Candidates:
        """The ``limit`` rows with the largest inner product, and all that tie with the last of them, in no order.

        ``live`` has for each row whether it is searched; None means all. Through an inverted file some rows may be
        missed, but scores are exact, and ``limit`` rows are returned if as many are searched.
        """
        if vector.shape[-1] != self.dimension:
            raise IndexCorruptError(f"{self.path} has vectors of dimension {self.dimension}", hint=REBUILD)
        available = self.size if live is None else int(np.count_nonzero(live))
        wanted = min(limit, available)
        if wanted <= 0:
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        selector = None if live is None else _select_rows(live)
        with _one_thread():
            if self._lists and wanted <= MOST and available >= max(SHARE * self.size, wanted + 1):
                found = _search_ivf(self._lists, query, wanted, selector)
                if found is not None:
                    return found
            return self._search_exactly(query, wanted, available, selector)

    def _search_exactly(self, query: Vectors, wanted: int, available: int, selector: Any) -> Candidates:
        import faiss

        library: Any = faiss
        parameters = None if selector is None else library.SearchParameters(sel=selector)
        taken = min(wanted + 1, available)
        while True:
            scores, rows = self._index.search(query, taken, params=parameters)
            if rows[0].min() < 0:
                raise IndexCorruptError(f"{self.path} has vectors that are not finite", hint=REBUILD)
            if taken == available or scores[0, -1] < scores[0, wanted - 1]:
                return _keep_best(scores[0], rows[0], wanted)
            taken = min(taken * 4, available)


def _search_ivf(lists: IVFReader, query: Vectors, wanted: int, selector: Any) -> Candidates | None:
    """The best rows from the inverted file; None if it gives too few, or too many that tie."""
    for taken in (wanted + 1, 4 * wanted + 1):
        scores, rows = lists.search(query, taken, selector)
        if len(scores) < taken:
            return None
        if scores[-1] < scores[wanted - 1]:
            return _keep_best(scores, rows, wanted)
    return None


def _keep_best(scores: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], wanted: int) -> Candidates:
    keep = scores >= scores[wanted - 1]
    return Candidates(rows[keep], scores[keep])


@WORK.held
def _open(path: Path, rows: int | None) -> Any:
    """The index in a file of ``rows`` vectors; None for one that was written just now."""
    import faiss

    try:
        if rows is not None:
            _check_header(path, rows)
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except (OSError, ValueError, RuntimeError, MemoryError) as error:
        raise classify_read_error(path, error, _describe(error)) from error


def _describe(error: Exception) -> str:
    return f"cannot be read as vectors{f': {error}' if isinstance(error, ValueError) else ''}"


def _check_header(path: Path, rows: int) -> None:
    """Check all that FAISS takes for granted in a file of ``rows`` vectors. Raises OSError, ValueError."""
    with opened(path) as handle:
        size = os.fstat(handle).st_size
        header = os.read(handle, _HEADER.size)
    if len(header) != _HEADER.size:
        raise ValueError("it is too short")
    _, dimension, *_ = _HEADER.unpack(header)
    if not 0 <= dimension <= _DIMENSIONS or size != _HEADER.size + rows * dimension * 2:
        raise ValueError(f"it does not have the size of {rows} vectors")
    if header != _make_header(dimension, rows) and header != _pack_header(dimension, rows):
        raise ValueError(f"its header is not that of {rows} vectors in half precision")


def _pack_header(dimension: int, rows: int) -> bytes:
    """The header as FAISS wrote it when the format was made; one that writes another can still read this."""
    ahead, metric, half = 1 << 20, 0, 3
    shape = (rows, ahead, ahead, 1, metric, half, 0, 0.0, dimension, 2 * dimension, 0, rows * dimension * 2)
    return _HEADER.pack(b"IxSQ", dimension, *shape)


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
