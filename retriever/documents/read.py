"""Reads a file: chooses its reader and yields its documents.

Errors of the operating system are turned into ReadErrors here, and nowhere else in this package.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from retriever.documents.encodings import check_encoding
from retriever.documents.formats import find_reader
from retriever.documents.interface import Report, Source
from retriever.errors import ReadError
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document


def read_file(
    path: Path,
    *,
    source: str,
    report: Report,
    encoding: str | None = None,
    max_file_size: int | None = DEFAULT_MAX_FILE_SIZE,
) -> Iterator[Document]:
    """The documents of a file, as an iterator: one for most formats, one per row for JSONL and CSV.

    Args:
        path: the file.
        source: the path as the user knows it, which becomes ``Document.source``.
        report: called while the iterator is consumed, with a Notice (a guessed encoding, replaced characters) or a
            SkippedSource (a malformed row, as ``source:line``).
        encoding: overrides the detection of the encoding.
        max_file_size: the maximum size in bytes of the file, or of one row of JSONL and CSV; None for no limit.

    Raises UsageError at once if ``encoding`` is unknown. The iterator raises ReadError if the file cannot be read:
    it is binary, encrypted, broken, blank, too large, missing, or not permitted.
    """
    if encoding is not None:
        check_encoding(encoding)
    return _read(Source(path, source, encoding, max_file_size, report))


def _read(source: Source) -> Iterator[Document]:
    try:
        if not stat.S_ISREG(source.path.stat().st_mode):
            raise ReadError("not a regular file")
        yield from find_reader(source.path)(source)
    except FileNotFoundError as error:
        raise ReadError("the file no longer exists") from error
    except PermissionError as error:
        raise ReadError("no permission to read the file", hint="check the file's permissions") from error
    except OSError as error:
        raise ReadError(f"the file cannot be read: {error.strerror or error}") from error
