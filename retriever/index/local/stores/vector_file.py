"""The file of a segment's vectors: a flat FAISS index of half-precision floats, whose header is made and checked here.

It is mapped without FAISS, which takes for granted what a header says.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.index.files.access import opened
from retriever.index.files.read_errors import classify_read_error
from retriever.locks import WORK

if TYPE_CHECKING:
    import numpy.typing as npt

# The header of a flat file: class, dimension, vectors, two constants, trained, metric, the quantizer, bytes of codes.
_HEADER = struct.Struct("<4siqqqBiiifQQQQ")
_DIMENSIONS = 1 << 16


@WORK.held
def make_header(dimension: int, rows: int) -> bytes:
    """The header of a FAISS file of ``rows`` vectors; its last eight bytes are the size of the codes in bytes."""
    import faiss

    library: Any = faiss
    index = library.IndexScalarQuantizer(dimension, library.ScalarQuantizer.QT_fp16, library.METRIC_INNER_PRODUCT)
    index.ntotal = rows
    data: bytes = library.serialize_index(index).tobytes()
    return data[:-8] + (rows * dimension * 2).to_bytes(8, "little")


def map_vectors(path: Path, rows: int) -> npt.NDArray[np.float16]:
    """The vectors of a file of ``rows``, in memory that is read from it: float16 [rows, dimension].

    Raises IndexCorruptError, IndexReadError.
    """
    try:
        with opened(path) as handle:
            dimension = _check_header(handle, rows)
            data = mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
        vectors: npt.NDArray[np.float16] = np.ndarray((rows, dimension), "<f2", data, _HEADER.size)
        return vectors
    except (OSError, ValueError) as error:
        reason = f": {error}" if isinstance(error, ValueError) else ""
        raise classify_read_error(path, error, f"cannot be read as vectors{reason}") from error


def _check_header(handle: int, rows: int) -> int:
    """Check all that FAISS takes for granted in a file of ``rows`` vectors. Raises OSError, ValueError.

    Returns their dimension.
    """
    size = os.fstat(handle).st_size
    header = os.read(handle, _HEADER.size)
    if len(header) != _HEADER.size:
        raise ValueError("it is too short")
    _, dimension, *_ = _HEADER.unpack(header)
    if not 0 <= dimension <= _DIMENSIONS or size != _HEADER.size + rows * dimension * 2:
        raise ValueError(f"it does not have the size of {rows} vectors")
    if header != _pack_header(dimension, rows) and header != make_header(dimension, rows):
        raise ValueError(f"its header is not that of {rows} vectors in half precision")
    return int(dimension)


def _pack_header(dimension: int, rows: int) -> bytes:
    """The header as FAISS wrote it when the format was made; one that writes another can still read this."""
    ahead, metric, half = 1 << 20, 0, 4
    shape = (rows, ahead, ahead, 1, metric, half, 0, 0.0, dimension, 2 * dimension, 0, rows * dimension * 2)
    return _HEADER.pack(b"IxSQ", dimension, *shape)
