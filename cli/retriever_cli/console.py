"""Standard output for answers, standard error for everything else. Nothing here knows what is printed."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

# Lines longer than this tire the eye, however wide the terminal is.
MAX_WIDTH = 110
PLAIN_WIDTH = 100


def prepare_streams() -> None:
    """Let a stream of any encoding take any text: what it cannot show is escaped, never an exception.

    Raises OSError where standard output is closed.
    """
    output = sys.stdout
    # What is closed leads to nothing from here on; else the next file that is opened, one of an index perhaps,
    # would take its number and be written what libraries print there.
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))
    if output is None:
        raise OSError(errno.EBADF, "standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def note(message: str) -> None:
    """Say something to the user on standard error."""
    sys.stderr.write(f"{printable(message)}\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """Write a result to standard output and hand it over at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def speaks_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")


def width() -> int:
    """Columns to set text in: the terminal's up to 110, ``$COLUMNS`` where it is set, else 100."""
    if sys.stdout.isatty():
        return max(20, min(MAX_WIDTH, shutil.get_terminal_size().columns))
    columns = os.environ.get("COLUMNS", "")
    return max(20, int(columns)) if columns.isdecimal() else PLAIN_WIDTH


def styled(stream: TextIO) -> Console:
    """A rich console that styles on a terminal only and takes every text literally."""
    from rich.console import Console

    class Literal(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the caller; rich would exit with 1, which means that there are no hits."""
            raise BrokenPipeError

    return Literal(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)


_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
_CONTROLS |= {0x09: 0x20, 0x0D: 0x20, 0x7F: 0x2421, 0x2028: 0x20, 0x2029: 0x20}
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)


def printable(text: str) -> str:
    """``text`` with its control characters made visible, character for character.

    A document must not be able to move the cursor or recolour the terminal that shows it.
    """
    return text.translate(_CONTROLS)


def one_line(text: str) -> str:
    """``printable`` for names, which stay on their line: a line break becomes a visible mark too."""
    return printable(text).replace("\n", "␊")
