"""Reads NumPy files so that damage raises a clear error and nothing in a file is ever executed."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.read_errors import REBUILD, classify_read_error

if TYPE_CHECKING:
    import numpy.typing as npt

# NumPy parses the header of an array as Python source, so a damaged header raises the errors of damaged source, or asks
# for more memory than there is.
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    SyntaxError,
    TokenError,
    BadZipFile,
    TypeError,
    AttributeError,
    MemoryError,
)


def read_array(path: Path, rows: int, kind: type[np.generic]) -> npt.NDArray[Any]:
    """The array in a file, shape [rows] and dtype ``kind``. Raises IndexCorruptError, IndexReadError."""
    try:
        array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
        shape = (array.shape, array.dtype)
    except _DAMAGE as error:
        raise classify_read_error(path, error) from error
    if shape != ((rows,), np.dtype(kind)):
        raise IndexCorruptError(f"{path} does not contain {rows} values of type {np.dtype(kind)}", hint=REBUILD)
    return array


def read_arrays(path: Path, *names: str) -> list[npt.NDArray[Any]]:
    """The arrays of these names in an archive. Raises IndexCorruptError, IndexReadError."""
    arrays = read_archive(path)
    try:
        return [arrays[name] for name in names]
    except KeyError as error:
        raise classify_read_error(path, error) from error


def read_archive(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All arrays in an archive, by name. Raises IndexCorruptError, IndexReadError."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except _DAMAGE as error:
        raise classify_read_error(path, error) from error
