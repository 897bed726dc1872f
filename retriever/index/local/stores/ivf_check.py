"""Checks an inverted file before FAISS reads it: FAISS takes the sizes and numbers in a file for granted.

A file has the bytes that FAISS writes for an empty index of the same kind and shape, and between them the centroids and
the lists. So those bytes are asked of FAISS and compared; the lists are walked here, and every row has to be in one of
them, once.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retriever.frozen import dataclass
from retriever.index.files.access import opened

# Where FAISS has the number of vectors, and of lists, in the bytes before the centroids.
_ROWS = slice(8, 16)
_LISTS = slice(37, 45)
# Bytes of the two lengths that each list begins with, and vectors in a block of codes.
_LENGTH = 8
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands before and after the centroids, and the bytes of a block of codes."""

    head: bytes
    tail: bytes
    block: int


def check_lists(path: Path, rows: int, dimension: int, bits: Sequence[int]) -> bool:
    """Whether the file is an inverted file of so many vectors, of one of ``bits`` a dimension, that FAISS can read.

    False for one that another version of FAISS may have written. Raises ValueError for a file that contradicts itself,
    OSError.
    """
    with opened(path) as handle, mmap.mmap(handle, 0, access=mmap.ACCESS_READ) as data:
        lists = int.from_bytes(data[_LISTS], "little")
        if not 0 < lists <= rows or lists * dimension * 4 > len(data):
            return False
        for frame in (_make_frame(dimension, lists, rows, one) for one in bits):
            start = len(frame.head) + lists * dimension * 4
            if data[: len(frame.head)] == frame.head and data[start : start + len(frame.tail)] == frame.tail:
                _check_rows(data, start + len(frame.tail), frame.block, lists, rows)
                return True
    return False


def _make_frame(dimension: int, lists: int, rows: int, bits: int) -> _Frame:
    import faiss

    library: Any = faiss
    centroids = np.zeros((lists, dimension), np.float32)
    index: Any = library.index_factory(dimension, f"IVF{lists},RaBitQfs{bits}", library.METRIC_INNER_PRODUCT)
    index.quantizer.add(centroids)
    index.is_trained = True
    index.ntotal = rows
    whole: bytes = library.serialize_index(index).tobytes()
    quantizer: bytes = library.serialize_index(library.downcast_index(index.quantizer)).tobytes()
    before = quantizer[: -centroids.nbytes]
    split = whole.find(before) + len(before)
    tail = whole[split + centroids.nbytes : -2 * _LENGTH * lists]
    return _Frame(whole[:split], tail, int.from_bytes(tail[-_LENGTH:], "little"))


def _check_rows(data: mmap.mmap, start: int, block: int, lists: int, rows: int) -> None:
    """Raise ValueError unless the lists fill the rest of the file and have every row once."""
    found = []
    for _ in range(lists):
        count = _read_length(data, start)
        start += _LENGTH
        if count > rows or start + _LENGTH * count > len(data):
            raise ValueError("a list is longer than the file")
        found.append(np.frombuffer(data[start : start + _LENGTH * count], "<i8"))
        start += _LENGTH * count
        codes = _read_length(data, start)
        if codes != -(-count // _BLOCK) * block:
            raise ValueError(f"a list of {count} vectors has {codes} bytes of codes")
        start += _LENGTH + codes
    if start != len(data) or not np.array_equal(np.sort(np.concatenate(found)), np.arange(rows)):
        raise ValueError(f"the lists do not have each of {rows} vectors once")


def _read_length(data: mmap.mmap, start: int) -> int:
    return int.from_bytes(data[start : start + _LENGTH], "little")
