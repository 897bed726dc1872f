"""Reads what the user hands in: questions on standard input, and files beside an index.

A pipe or a device may never end, so nothing is read further than ``MOST``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from retriever.errors import UsageError

MOST = 64 << 20
"""The most bytes of a file, and characters of standard input, that are read."""


def clean_input(text: str) -> str:
    """A question as it was meant: without the byte order mark that some programs write first, and space around it."""
    return text.removeprefix("\ufeff").strip()


def read_query(words: list[str]) -> str:
    """The question on the command line, or on standard input if the only word is ``-``.

    Raises UsageError if it cannot be decoded, or does not end.
    """
    if words == ["-"]:
        return clean_input(read_input())
    text = " ".join(words)
    if any("\ud800" <= character <= "\udfff" for character in text):
        # Bytes that the encoding of arguments does not have.
        raise UsageError(
            f"the question is not valid {sys.getfilesystemencoding()}",
            hint="set the terminal and LANG to the same encoding, such as UTF-8",
        )
    return text


def read_input() -> str:
    """All of standard input. Raises UsageError if it cannot be decoded, or does not end."""
    try:
        return _require_end(sys.stdin.read(MOST + 1))
    except UnicodeDecodeError as error:
        raise refuse_input(error) from error


def read_line() -> str:
    """The next line of standard input, "" at its end.

    Raises UsageError if the line does not end, UnicodeDecodeError.
    """
    return _require_end(sys.stdin.readline(MOST + 1))


def read_file(path: Path, *, hint: str) -> bytes:
    """The bytes of a file, which may be a pipe.

    Raises UsageError, with ``hint``, if it cannot be read or does not end.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}", hint=hint) from error
    if len(data) > MOST:
        raise UsageError(f"cannot read {str(path)!r}: it has more than {MOST >> 20} MB", hint=hint)
    return data


def refuse_input(error: UnicodeDecodeError) -> UsageError:
    """The error for standard input that cannot be decoded."""
    return UsageError(
        f"standard input is not valid {error.encoding}",
        hint="convert it, such as by iconv -f GBK -t UTF-8, or set PYTHONIOENCODING",
    )


def _require_end(text: str) -> str:
    if len(text) > MOST:
        raise UsageError(f"standard input has more than {MOST:,} characters", hint="check what writes into the pipe")
    return text
