"""The encoded token vectors of one segment: a file with one run of bytes per passage, and a file of their ends.

Nothing here knows the encoding. A segment of an index that stores no token vectors has neither file.
"""

from __future__ import annotations

import mmap
import os
from array import array
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.access import opened
from retriever.index.files.arrays import read_array
from retriever.index.files.create import create_writable
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.local.entries import ENDS, TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


class TokenWriter:
    """Writes a stream of runs; the files are created with the first one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ends = array("Q")
        self._file: BinaryIO | None = None

    def add(self, runs: Sequence[bytes]) -> None:
        """Append a run for each passage. Raises IndexWriteError."""
        if not runs:
            return
        with writing(self._folder):
            if self._file is None:
                self._file = create_writable(self._folder / TOKENS)
            for run in runs:
                self._ends.append((self._ends[-1] if self._ends else 0) + len(run))
                self._file.write(run)

    def finish(self, rows: int) -> None:
        """Write the ends of the runs. Raises ValueError unless each of the ``rows`` has a run, IndexWriteError."""
        if self._file is None:
            return
        if len(self._ends) != rows:
            raise ValueError(f"token vectors for {len(self._ends)} of {rows} passages")
        with writing(self._folder):
            self._file.close()
            with create_writable(self._folder / ENDS) as file:
                np.save(file, np.array(self._ends, np.uint64))

    def abandon(self) -> None:
        """Close the file, whatever its state."""
        with suppress(OSError):
            if self._file is not None:
                self._file.close()


class TokenReader:
    """Reads runs from a memory-mapped file. Safe to use from many threads."""

    _runs: mmap.mmap | bytes

    def __init__(self, folder: Path, rows: int) -> None:
        """Raises IndexCorruptError, IndexReadError."""
        path = folder / TOKENS
        ends = read_array(folder / ENDS, rows, np.uint64)
        try:
            with opened(path) as handle:
                # All runs may be empty, and a file of nothing cannot be mapped.
                whole = os.fstat(handle).st_size > 0
                self._runs = mmap.mmap(handle, 0, access=mmap.ACCESS_READ) if whole else b""
        except (OSError, ValueError) as error:
            raise classify_read_error(path, error) from error
        if rows and (int(ends[-1]) != len(self._runs) or (ends[1:] < ends[:-1]).any()):
            raise IndexCorruptError(f"{path} does not contain token vectors for all {rows} rows", hint=REBUILD)
        self._ends = ends

    def runs(self, rows: npt.NDArray[np.int64]) -> list[bytes]:
        """The run of each row."""
        # Of row 0 the last end of all is taken.
        starts, ends = (self._ends[rows - 1] * (rows > 0)).tolist(), self._ends[rows].tolist()
        return [self._runs[start:end] for start, end in zip(starts, ends, strict=True)]
