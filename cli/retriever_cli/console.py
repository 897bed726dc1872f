"""The standard streams: results go to standard output, everything else to standard error."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

# Longer lines are hard to read, however wide the terminal is.
MAX_WIDTH = 110
PLAIN_WIDTH = 100


def prepare_streams() -> None:
    """Make standard output and error accept any text: characters outside their encoding are escaped.

    Raises OSError if standard output is closed.
    """
    output = sys.stdout
    # Point closed streams at the null device. Otherwise the next file to be opened, perhaps one of an index, would
    # get the free descriptor, and libraries that print would write into it.
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))
    if output is None:
        raise OSError(errno.EBADF, "standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def note(message: str) -> None:
    """Print a message on standard error."""
    sys.stderr.write(f"{escape_controls(message)}\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """Write a result to standard output and flush it."""
    sys.stdout.write(text)
    sys.stdout.flush()


def is_unicode(stream: TextIO) -> bool:
    """Whether a stream can take any character."""
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")


def text_width() -> int:
    """The width of text in columns: that of the terminal, at most 110; else ``$COLUMNS``; else 100."""
    if sys.stdout.isatty():
        return max(20, min(MAX_WIDTH, shutil.get_terminal_size().columns))
    columns = os.environ.get("COLUMNS", "")
    return max(20, int(columns)) if columns.isdecimal() else PLAIN_WIDTH


def make_console(stream: TextIO) -> Console:
    """A rich console that prints text literally and styles it on a terminal only."""
    from rich.console import Console

    class Literal(Console):
        def on_broken_pipe(self) -> None:
            """Raise instead of exiting: rich would exit with 1, which means no hits."""
            raise BrokenPipeError

    return Literal(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)


_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
_CONTROLS |= {0x09: 0x20, 0x0D: 0x20, 0x7F: 0x2421, 0x2028: 0x20, 0x2029: 0x20}
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)


def escape_controls(text: str) -> str:
    """Replace every control character by one visible character.

    A document must not be able to move the cursor or change the colours of the terminal.
    """
    return text.translate(_CONTROLS)


def escape_line(text: str) -> str:
    """``escape_controls``, and line breaks as well: a name has to stay on its line."""
    return escape_controls(text).replace("\n", "␊")
