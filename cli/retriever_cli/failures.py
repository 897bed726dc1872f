"""Exceptions as exit codes: what a command raises becomes an error, a hint and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from retriever.errors import FilterError, ReadError, RetrieverError, UsageError
from retriever_cli.console import escape_line, note

DONE = 0
NO_HITS = 1
USAGE = 2
INDEX = 3
SOURCES = 4
CRASH = 70
OUTPUT = 74
INTERRUPTED = 130
BROKEN_PIPE = 141

DEBUG_VARIABLE = "RETRIEVER_DEBUG"
# Characters of a filter to show before and after an error.
MAX_BEFORE = 60
MAX_AFTER = 30


def exit_code(error: RetrieverError) -> int:
    """2 for a usage error, 4 for an unreadable source, 3 for an index or a model that cannot be used."""
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, ReadError):
        return SOURCES
    return INDEX


def report(error: RetrieverError) -> None:
    """Print an error, its place in a filter, and its hint."""
    note(f"error: {error}")
    if isinstance(error, FilterError) and error.expression.strip():
        note(_format_place(error))
    if error.hint:
        note(f"hint: {error.hint}")


def _format_place(error: FilterError) -> str:
    """The expression on one line, shortened to the part around the error, and a caret below it."""
    from rich.cells import cell_len

    expression = escape_line(error.expression).replace("␊", " ")
    start = max(0, error.position - MAX_BEFORE)
    before = ("…" if start else "") + expression[start : error.position]
    rest = expression[error.position : error.position + MAX_AFTER]
    more = "…" if error.position + MAX_AFTER < len(expression) else ""
    return f"  {before}{rest}{more}\n  {' ' * cell_len(before)}^"


@contextmanager
def handle_errors() -> Iterator[None]:
    """Exit with the code of an expected error, an interruption or a closed pipe; pass on all else."""
    try:
        yield
        sys.stdout.flush()
    except RetrieverError as error:
        _show_traceback()
        report(error)
        sys.exit(exit_code(error))
    except BrokenPipeError:
        _discard_output()
        sys.exit(BROKEN_PIPE)
    except KeyboardInterrupt:
        note("interrupted")
        sys.exit(INTERRUPTED)


@contextmanager
def handle_defects() -> Iterator[None]:
    """Print an unexpected exception in one line and exit. Only the outermost frame uses it."""
    try:
        yield
    except MemoryError:
        _show_traceback()
        note("error: out of memory")
        note("hint: close other programs, or request less at a time")
        sys.exit(INDEX)
    except Exception as error:
        if _show_traceback():
            sys.exit(CRASH)
        if isinstance(error, OSError) and error.strerror:
            where = f": {error.filename}" if error.filename else ""
            note(f"error: {error.strerror}{where}")
            note(f"hint: set {DEBUG_VARIABLE}=1 to see where it happened")
            sys.exit(OUTPUT)
        note(f"error: internal error: {type(error).__name__}: {error}")
        note(f"hint: this is a bug in retriever; run again with {DEBUG_VARIABLE}=1 and report the output")
        sys.exit(CRASH)


def _show_traceback() -> bool:
    if not os.environ.get(DEBUG_VARIABLE):
        return False
    traceback.print_exc()
    return True


def _discard_output() -> None:
    """Point standard output at the null device, so that the interpreter's last flush does not fail, too."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
