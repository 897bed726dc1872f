"""Reads NumPy files without NumPy's own reader, which takes a file's word for its size and its contents.

Only what an index writes is read: plain arrays of numbers or short strings, uncompressed, each as long as its header
says. Nothing in a file is ever executed, decompressed or allocated before its size is known.
"""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.access import read_regular
from retriever.index.files.read_errors import REBUILD, classify_read_error

if TYPE_CHECKING:
    import numpy.typing as npt

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{'descr': '([<|](?:[iuf][1248]|U\d{1,4}))', 'fortran_order': False, "
    r"'shape': \((\d{1,15}), ?(\d{1,15})?\), \} *\n",
    re.ASCII,
)
# Arrays in an archive, at most.
_MEMBERS = 16
# The header of an array, at most; NumPy pads it to a multiple of 64 bytes.
_LONGEST_HEADER = 1024
# No archive of an index is larger: it takes 24 bytes for each deleted passage, and eight for each of its terms.
_LARGEST = 256 << 20


def read_array(path: Path, rows: int, kind: type[np.generic]) -> npt.NDArray[Any]:
    """The array in a file, shape [rows] and dtype ``kind``. Raises IndexCorruptError, IndexReadError."""
    dtype = np.dtype(kind)
    try:
        array = _parse(read_regular(path, rows * dtype.itemsize + _LONGEST_HEADER))
    except (OSError, ValueError) as error:
        raise classify_read_error(path, error) from error
    if (array.shape, array.dtype) != ((rows,), dtype):
        raise IndexCorruptError(f"{path} does not contain {rows} values of type {dtype}", hint=REBUILD)
    return array


def read_archive(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All arrays in an archive, by name. Raises IndexCorruptError, IndexReadError."""
    try:
        data = read_regular(path, _LARGEST)
        with ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > _MEMBERS or sum(member.file_size for member in members) > len(data):
                raise ValueError("it declares more than it holds")
            if any(member.compress_type != ZIP_STORED for member in members):
                raise ValueError("it is compressed")
            return {member.filename.removesuffix(".npy"): _parse(archive.read(member)) for member in members}
    except (OSError, ValueError, BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise classify_read_error(path, error) from error


def take(
    arrays: dict[str, npt.NDArray[Any]], name: str, kind: type[np.generic], path: Path, *, matrix: bool = False
) -> npt.NDArray[Any]:
    """An array of an archive: shape [n], with ``matrix`` [n, m].

    Raises IndexCorruptError unless it is there and of this kind.
    """
    array = arrays.get(name)
    if array is None or array.dtype.kind != np.dtype(kind).kind or array.ndim != 1 + matrix:
        raise IndexCorruptError(f"{path} does not contain {name!r} as an index has it", hint=REBUILD)
    if kind is not np.str_ and array.dtype != np.dtype(kind):
        raise IndexCorruptError(f"{path} has {name!r} as {array.dtype}", hint=REBUILD)
    return array


def _parse(data: bytes) -> npt.NDArray[Any]:
    """The array of a ``.npy`` file, which is not writeable. Raises ValueError."""
    start = len(_MAGIC) + 4
    if data[: len(_MAGIC) + 2] != _MAGIC + b"\1\0":
        raise ValueError("it is not an array of NumPy")
    end = start + int.from_bytes(data[start - 2 : start], "little")
    header = _HEADER.fullmatch(data[start : min(end, start + _LONGEST_HEADER)].decode("latin-1"))
    if not header:
        raise ValueError("the header of its array is not one that an index writes")
    kind, rows, columns = header.groups()
    dtype = np.dtype(kind)
    shape = [int(number) for number in (rows, columns) if number is not None]
    count = math.prod(shape)
    if len(data) - end != count * dtype.itemsize:
        raise ValueError(f"it holds {len(data) - end} bytes instead of {count} values of type {dtype}")
    return np.frombuffer(data, dtype, count, end).reshape(shape)
