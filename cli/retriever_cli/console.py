"""The standard streams: results go to standard output, everything else to standard error."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from retriever_cli.messages import localise

if TYPE_CHECKING:
    from rich.console import Console

# Longer lines are hard to read, however wide the terminal is.
MAX_WIDTH = 110
PLAIN_WIDTH = 100
# Nothing fits into less; a terminal that does not tell its width has this many.
MIN_WIDTH = 20
UNKNOWN_WIDTH = 80
MAX_DIGITS = 5


def prepare_streams() -> None:
    """Make standard output and error accept any text: characters outside their encoding are escaped.

    Standard input has to be in its encoding: UTF-8 mode would hand on other bytes as text that nothing matches.

    Raises OSError if standard output is closed.
    """
    set_quiet(False)
    set_colour(True)
    _State.is_told = True
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
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="strict")


def note(message: str) -> None:
    """Print a message on standard error, in the user's language and folded to the width of a terminal.

    It is one line: a name with a line break must not become a second message.
    """
    quote(localise(escape_line(message), sys.stderr))


def quote(text: str) -> None:
    """Print what the user has written on standard error: it is not a message, and a table could take it for one."""
    with telling():
        sys.stderr.write(f"{_fit(escape_controls(text), sys.stderr)}\n")
        sys.stderr.flush()


@contextmanager
def telling() -> Iterator[None]:
    """For what prints messages. Where these cannot be written, on a full disk, they are dropped and the work goes on.

    Raises BrokenPipeError: a reader that went away wants no more.
    """
    try:
        yield
    except OSError as error:
        _State.is_told = False
        discard(sys.stderr)
        if isinstance(error, BrokenPipeError):
            raise


def is_told() -> bool:
    """Whether every message could be written."""
    return _State.is_told


def discard(stream: TextIO) -> None:
    """Point a stream at the null device, so that the interpreter's last flush does not fail, too."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def notice(message: str) -> None:
    """Print a message that ``--quiet`` leaves out."""
    if not is_quiet():
        note(message)


def set_quiet(quiet: bool) -> None:
    """Leave out notices and progress from now on, or print them."""
    _State.quiet = quiet


def set_colour(colour: bool) -> None:
    """Let results and progress have colours on a terminal, unless ``$NO_COLOR`` is set, or not."""
    _State.colour = colour


def has_colour() -> bool:
    """Whether terminals get colours."""
    return _State.colour and not os.environ.get("NO_COLOR")


def is_quiet() -> bool:
    """Whether notices and progress are left out."""
    return _State.quiet


class _State:
    """What the options of the running command say about its output, and what became of it."""

    quiet = False
    colour = True
    is_told = True


def write(text: str) -> None:
    """Write a result to standard output as it is, and flush it. For people there is ``show``."""
    sys.stdout.write(text)
    sys.stdout.flush()


def show(text: str) -> None:
    """Write a result for people to standard output, in their language and folded to the width of a terminal."""
    write(fit(localise(text, sys.stdout)))


def fit(text: str) -> str:
    """The text with its lines folded to the width of the terminal that standard output is; whole lines elsewhere."""
    return _fit(text, sys.stdout)


def _fit(text: str, stream: TextIO) -> str:
    """Fold lines for a terminal. Elsewhere they stay whole: programs read them."""
    columns = terminal_width(stream)
    # The module measures characters, which takes a moment to load.
    if columns is None or (text.isascii() and max(map(len, text.split("\n"))) <= columns):
        return text
    from retriever_cli.render.layout import fold

    return fold(text, columns)


def is_unicode(stream: TextIO) -> bool:
    """Whether a stream can take any character."""
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")


def terminal_width(stream: TextIO) -> int | None:
    """The columns of the terminal that a stream goes to, at least 20; None for another stream.

    ``$COLUMNS`` makes lines shorter than the terminal, and counts where a terminal does not tell its width.
    """
    if not stream.isatty():
        return None
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    asked = _read_columns()
    return max(MIN_WIDTH, min(columns or asked or UNKNOWN_WIDTH, asked or columns or UNKNOWN_WIDTH))


def text_width() -> int:
    """The width of passages: that of the terminal, at most 110; else ``$COLUMNS``; else 100. At least 20."""
    columns = terminal_width(sys.stdout)
    if columns is not None:
        return min(MAX_WIDTH, columns)
    return max(MIN_WIDTH, _read_columns() or PLAIN_WIDTH)


def _read_columns() -> int:
    """``$COLUMNS``; 0 if it is unset or no number of columns."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and len(columns) <= MAX_DIGITS else 0


def make_console(stream: TextIO) -> Console:
    """A rich console that prints text literally, styles it on a terminal only, and is as wide as ``terminal_width``."""
    from rich.console import Console, ConsoleDimensions

    class Literal(Console):
        @property  # type: ignore[misc]
        def size(self) -> ConsoleDimensions:
            """The size of the terminal now: rich would print nothing where ``$COLUMNS`` is 0."""
            return ConsoleDimensions(terminal_width(stream) or text_width(), super().size.height)

        def on_broken_pipe(self) -> None:
            """Raise instead of exiting: rich would exit with 1, which means no hits."""
            raise BrokenPipeError

    # None leaves it to $NO_COLOR.
    no_color = None if _State.colour else True
    return Literal(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True, no_color=no_color)


_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
_CONTROLS |= {0x09: 0x20, 0x0D: 0x20, 0x7F: 0x2421, 0x2028: 0x20, 0x2029: 0x20}
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
# Embeddings, overrides and isolates turn around what follows, and may make a name look like another. Plain marks of
# direction, which texts in Arabic and Hebrew need, act on their neighbours only.
_CONTROLS |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)


def escape_controls(text: str) -> str:
    """Replace every control character by one visible character.

    A document must not be able to move the cursor, change the colours of the terminal, or reorder what is beside it.
    """
    return text.translate(_CONTROLS)


def escape_line(text: str) -> str:
    """``escape_controls``, and line breaks as well: a name has to stay on its line."""
    return escape_controls(text).replace("\n", "␊")
