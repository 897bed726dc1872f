"""The interface of readers: a reader is a function from a source file to its documents.

A reader raises ReadError if nothing in the file can be read. It reports lesser problems (a guessed encoding, replaced
characters) by ``source.notice``, and a part that it leaves out (a malformed row) by
``source.report(SkippedSource(f"{source.name}:{line}", reason))``, which also makes the exit code 4.

What a document must be, as ``tests/documents/conftest.py`` checks:

- ``text`` is not blank and has no lone surrogates or NULs;
- ``headings`` are in order and do not overlap, each a non-empty span in ``text`` with words and a level from 1; if
  there are none they are None, never (), and the outline is found in the text;
- ``pages`` ascend from 0, and are empty for a format without pages.

``decode_source`` refuses what is not text: blank files, binary ones, and any with the mark of a binary format. A
library that a reader needs is imported inside its functions, and declared in pyproject.toml and
docs/decisions/dependencies.md. A file is read again only when it changes: another reader for a known extension takes
effect with ``--rebuild``.
Nothing here knows a format.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from retriever.errors import EmptyFileError, ReadError
from retriever.reports import Notice, SkippedSource
from retriever.types import Document

Report = Callable[[Notice | SkippedSource], None]
"""Receives what the user should know: a notice about a source, or a part of it that was skipped."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    ``name`` is the path as the user knows it. ``encoding`` overrides detection. ``max_size`` is the maximum number of
    bytes held in memory at once: of the file, or of one row if rows are read one by one.
    """

    path: Path
    name: str
    encoding: str | None
    max_size: int | None
    report: Report

    def notice(self, message: str) -> None:
        """Report a notice about this source."""
        self.report(Notice(self.name, message))

    def read_bytes(self) -> bytes:
        """The whole file. Raises ReadError if it is larger than ``max_size`` or empty."""
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read() if self.max_size is None else file.read(self.max_size + 1)
        if self.max_size is not None and len(data) > self.max_size:
            raise too_large_error(max(size, len(data)), self.max_size)
        if not data:
            raise EmptyFileError("the file is empty")
        return data


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, source: Source, /) -> Iterator[Document]:
        """The documents of ``source`` in order, none of them blank. Raises ReadError if there are none."""
        ...


def too_large_error(size: int, limit: int) -> ReadError:
    """The error for a file of ``size`` bytes where ``limit`` are allowed."""
    return ReadError(
        f"the file is too large: {format_bytes(size)}, the limit is {format_bytes(limit)}",
        hint="raise the limit with --max-file-size (in Python: max_file_size=...)",
    )


def format_bytes(size: int) -> str:
    """A human-readable size: ``17 bytes``, ``1.5 MB`` (1 MB is 1024 * 1024 bytes)."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" or value == int(value) else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"
