"""The way into the readers: one file in, a stream of its documents out.

Whatever the operating system says about a file is told here as a ReadError; no reader does so itself.
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
    """The documents of one file, as a stream: one for most formats, one a row for JSONL and CSV.

    ``source`` is the path as the user knows it and becomes ``Document.source``. ``report`` is called with a
    Notice (an encoding guessed, characters replaced) or a SkippedSource (a broken row, as ``source:line``)
    while the stream is consumed. ``max_file_size`` in bytes bounds the file, or one row of JSONL and CSV,
    which may be of any size; None lifts it.

    Raises UsageError at once for an unknown ``encoding``; ReadError, from the stream, for a file that cannot
    be read: binary, encrypted, broken, without text, too large, vanished, or not permitted.
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
        raise ReadError("the file has vanished") from error
    except PermissionError as error:
        raise ReadError("no permission to read it", hint="check the file's permissions") from error
    except OSError as error:
        raise ReadError(f"it cannot be read: {error.strerror or error}") from error
