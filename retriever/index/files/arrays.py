"""Arrays on disk: NumPy's own files, read so that damage is a clear error and never code that runs."""

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

# NumPy parses the header of an array as Python source, so damage to it shows as damage to source does, or as a size
# that no memory holds.
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
    """The array in a file: ``rows`` numbers of that kind. Raises IndexCorruptError, IndexReadError."""
    try:
        array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
        shape = (array.shape, array.dtype)
    except _DAMAGE as error:
        raise classify_read_error(path, error) from error
    if shape != ((rows,), np.dtype(kind)):
        raise IndexCorruptError(f"{path} does not hold {rows} numbers of the right kind", hint=REBUILD)
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
