"""Reads a file: chooses its reader and yields its documents.

Whatever a reader raises is turned into a ReadError here, and nowhere else in this package.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from retriever.documents.encodings import check_encoding
from retriever.documents.formats import find_reader
from retriever.documents.interface import Report, Source
from retriever.errors import ReadError, RetrieverError, UnfinishedReadError
from retriever.types import DEFAULT_MAX_FILE_SIZE, Document

# Characters of an unexpected exception that are shown.
MAX_FAILURE = 200


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
    it is binary, encrypted, broken, blank, too large or missing; UnfinishedReadError if the system refuses to read it
    or its reader fails in whatever way; and no other exception.
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
        hint = "check the file's permissions"
        raise UnfinishedReadError("no permission to read the file", hint=hint) from error
    except OSError as error:
        raise UnfinishedReadError(f"the file cannot be read: {error.strerror or error}") from error
    except ReadError:
        raise
    except RetrieverError as error:
        raise UnfinishedReadError(str(error), hint=error.hint) from error
    except MemoryError as error:
        raise UnfinishedReadError("the file cannot be read: it takes too much memory") from error
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # One file must not end the reading of others, and libraries that are not written in Python have exceptions
        # that are no Exception.
        raise UnfinishedReadError(f"the file cannot be read: {describe_failure(error)}") from error


def describe_failure(error: BaseException) -> str:
    """An unexpected exception of a reader, in one line."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    message = " ".join(str(error).split())[:MAX_FAILURE]
    return f"its reader failed with {type(error).__name__}" + (f": {message}" if message else "")
