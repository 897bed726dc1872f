"""From failures to exit codes: what a command raises becomes two lines on standard error and a number."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from retriever.errors import FilterError, ReadError, RetrieverError, UsageError
from retriever_cli.console import note, one_line

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
# Characters of a filter that are shown before and behind a mistake.
MOST_BEFORE = 60
MOST_BEHIND = 30


def exit_code(error: RetrieverError) -> int:
    """2 for what was asked, 4 for a source, 3 for an index or a model that cannot be used."""
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, ReadError):
        return SOURCES
    return INDEX


def report(error: RetrieverError) -> None:
    """Print an error and what to do about it."""
    note(f"error: {error}")
    if isinstance(error, FilterError) and error.expression.strip():
        note(_place(error))
    if error.hint:
        note(f"hint: {error.hint}")


def _place(error: FilterError) -> str:
    """The expression on one line, of a long one the part around the mistake, and below it a mark."""
    from rich.cells import cell_len

    expression = one_line(error.expression).replace("␊", " ")
    start = max(0, error.position - MOST_BEFORE)
    before = ("…" if start else "") + expression[start : error.position]
    rest = expression[error.position : error.position + MOST_BEHIND]
    more = "…" if error.position + MOST_BEHIND < len(expression) else ""
    return f"  {before}{rest}{more}\n  {' ' * cell_len(before)}^"


@contextmanager
def expected() -> Iterator[None]:
    """Turn what may well happen while a command runs into an exit code; let everything else through."""
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
def unexpected() -> Iterator[None]:
    """Turn a defect of the program into one line. Only the outermost frame uses it."""
    try:
        yield
    except MemoryError:
        _show_traceback()
        note("error: there is not enough memory")
        note("hint: end other programs, or ask for less at a time")
        sys.exit(INDEX)
    except Exception as error:
        if _show_traceback():
            sys.exit(CRASH)
        if isinstance(error, OSError) and error.strerror:
            where = f": {error.filename}" if error.filename else ""
            note(f"error: {error.strerror}{where}")
            note(f"hint: {DEBUG_VARIABLE}=1 shows where it happened")
            sys.exit(OUTPUT)
        note(f"error: this is a defect of retriever: {type(error).__name__}: {error}")
        note(f"hint: run it again with {DEBUG_VARIABLE}=1 and report what it prints")
        sys.exit(CRASH)


def _show_traceback() -> bool:
    if not os.environ.get(DEBUG_VARIABLE):
        return False
    traceback.print_exc()
    return True


def _discard_output() -> None:
    """Point standard output at nothing, so that the interpreter's last flush does not complain either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
