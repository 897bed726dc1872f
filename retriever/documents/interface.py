"""What a reader is: a function from one source file to its documents.

A reader raises ReadError when nothing of the file can be read, and reports everything smaller (a guess, a
replaced character, a broken row) through ``source.report``. Nothing here knows a format.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from retriever.errors import ReadError
from retriever.reports import Notice, SkippedSource
from retriever.types import Document

Report = Callable[[Notice | SkippedSource], None]
"""Takes what the user should know: a notice about a source, or a part of it that was left out."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    ``name`` is the path as the user knows it, ``encoding`` one that overrides recognition, ``max_size`` the
    most bytes that are held in memory at once: of the file, or of one row where rows are read one by one.
    """

    path: Path
    name: str
    encoding: str | None
    max_size: int | None
    report: Report

    def notice(self, message: str) -> None:
        self.report(Notice(self.name, message))

    def read_bytes(self) -> bytes:
        """The whole file; ReadError when it is larger than ``max_size`` or holds nothing."""
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read() if self.max_size is None else file.read(self.max_size + 1)
        if self.max_size is not None and len(data) > self.max_size:
            raise too_large_error(max(size, len(data)), self.max_size)
        if not data:
            raise ReadError("the file is empty")
        return data


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, source: Source, /) -> Iterator[Document]:
        """The documents of ``source`` in order, each with text in it; ReadError when there are none."""
        ...


def too_large_error(size: int, limit: int) -> ReadError:
    return ReadError(
        f"the file is too large: {format_bytes(size)}, the limit is {format_bytes(limit)}",
        hint="raise the limit with --max-file-size",
    )


def format_bytes(size: int) -> str:
    """A size as people read it: ``17 bytes``, ``1.5 MB`` (1 MB is 1024 * 1024 bytes)."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" or value == int(value) else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"
