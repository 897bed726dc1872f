"""Exceptions as exit codes: what a command raises becomes an error, a hint and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from retriever.errors import (
    EXHAUSTED,
    USE_UTF_8,
    FilterError,
    IndexNotFoundError,
    ReadError,
    RetrieverError,
    UsageError,
)
from retriever_cli.advice import for_shell
from retriever_cli.console import discard, escape_line, is_told, note, quote, telling, terminal_width
from retriever_cli.messages import localise_all
from retriever_cli.usage import ParserError, is_help, translate

DONE = 0
NO_HITS = 1
DECLINED = 1
USAGE = 2
INDEX = 3
SOURCES = 4
CRASH = 70
OUTPUT = 74
INTERRUPTED = 130
BROKEN_PIPE = 141

DEBUG_VARIABLE = "RETRIEVER_DEBUG"
# What to do where the system refuses what no other error is about: writing the output, most often.
FREE_SPACE = "free some space on that disk and run the same command again"
ADVICE = {**EXHAUSTED, errno.ENOSPC: FREE_SPACE, errno.EDQUOT: FREE_SPACE}
OUT_OF_MEMORY = "error: out of memory", "hint: close other programs, or request less at a time"
# Columns of a filter to show around an error.
MAX_PLACE = 90


def exit_code(error: RetrieverError) -> int:
    """2 for a usage error, 4 for an unreadable source, 3 for an index or a model that cannot be used."""
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, ReadError):
        return SOURCES
    return INDEX


def end(code: int) -> NoReturn:
    """Exit with the code of a command, or with that of output where it was successful and its messages are lost."""
    sys.exit(OUTPUT if code == DONE and not is_told() else code)


def report(error: RetrieverError) -> None:
    """Print an error, its place in a filter, and its hint."""
    lines = [f"error: {for_shell(str(error))}", *([f"hint: {for_shell(error.hint)}"] if error.hint else [])]
    if isinstance(error, IndexNotFoundError):
        from retriever_cli.home import describe_home, name_indexes

        lines = [*map(name_indexes, lines), *describe_home()]
    # Not by ``note``, which would show a hint in Chinese behind an error that is not.
    first, *others = localise_all(*map(escape_line, lines), stream=sys.stderr)
    if isinstance(error, FilterError) and error.expression.strip():
        others.insert(0, _format_place(error))
    with suppress(BrokenPipeError):
        for line in (first, *others):
            quote(line)


def _report_usage(error: Exception) -> None:
    """Print what is wrong with the command line; the help if it is empty."""
    if is_help(error):
        with suppress(BrokenPipeError):
            quote(str(error))
    else:
        report(translate(error))


def _format_place(error: FilterError) -> str:
    """The expression on one line, shortened to the part around the error, and a caret below it."""
    from retriever_cli.render.layout import cell_width

    expression = escape_line(error.expression).replace("␊", " ")
    # Margin, marks and caret need six columns.
    room = min(MAX_PLACE, (terminal_width(sys.stderr) or MAX_PLACE) - 6)
    start, before = error.position, 0
    while start > 0 and before + cell_width(expression[start - 1]) <= room * 2 // 3:
        start -= 1
        before += cell_width(expression[start])
    end, after = error.position, 0
    while end < len(expression) and before + after + cell_width(expression[end]) <= room:
        after += cell_width(expression[end])
        end += 1
    mark = "…" if start else ""
    line = f"  {mark}{expression[start:end]}{'…' if end < len(expression) else ''}"
    return f"{line}\n  {' ' * (len(mark) + before)}^"


@contextmanager
def handle_errors() -> Iterator[None]:
    """Exit with the code of an expected error, an interruption or a closed pipe; pass on all else.

    This includes errors of the parser of the command line.
    """
    try:
        yield
        sys.stdout.flush()
    except RetrieverError as error:
        _show_traceback()
        report(error)
        sys.exit(exit_code(error))
    except ParserError as error:
        _show_traceback()
        _report_usage(error)
        sys.exit(USAGE)
    except BrokenPipeError:
        discard(sys.stdout)
        sys.exit(BROKEN_PIPE)
    except KeyboardInterrupt:
        _note_last("interrupted")
        sys.exit(INTERRUPTED)


@contextmanager
def handle_defects() -> Iterator[None]:
    """Print an unexpected exception in one line and exit. Only the outermost frame uses it."""
    try:
        yield
    except MemoryError:
        _show_traceback()
        _note_last(*OUT_OF_MEMORY)
        sys.exit(INDEX)
    except ImportError as error:
        is_shown, shortage = _show_traceback(), _find_shortage(error)
        if shortage or not is_shown:
            _note_last(*(shortage or _describe_defect(error)))
        sys.exit(INDEX if shortage else CRASH)
    except Exception as error:
        if _show_traceback():
            sys.exit(CRASH)
        if isinstance(error, UnicodeEncodeError) and error.encoding.lower() not in ("utf-8", "utf-16-le"):
            _note_last(f"error: {error.object!r} cannot be written in {error.encoding}", f"hint: {USE_UTF_8}")
            sys.exit(USAGE)
        if isinstance(error, OSError) and error.strerror:
            _drop_output()
            where = f": {error.filename}" if error.filename else ""
            hint = ADVICE.get(error.errno or 0, f"set {DEBUG_VARIABLE}=1 to see where it happened")
            _note_last(f"error: {error.strerror}{where}", f"hint: {hint}")
            sys.exit(INDEX if error.errno in EXHAUSTED else OUTPUT)
        _note_last(*_describe_defect(error))
        sys.exit(CRASH)


def _describe_defect(error: Exception) -> tuple[str, str]:
    return (
        f"error: internal error: {type(error).__name__}: {error}",
        f"hint: this is a bug in retriever; run again with {DEBUG_VARIABLE}=1 and report the output",
    )


def _find_shortage(error: ImportError) -> tuple[str, str] | None:
    """What to say of a library that cannot be loaded for want of memory or of open files; None for other reasons."""
    reason = str(error)
    if any(words in reason for words in ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")):
        return OUT_OF_MEMORY
    if f"Error {errno.EMFILE}" in reason or os.strerror(errno.EMFILE) in reason:
        return f"error: {os.strerror(errno.EMFILE)}", f"hint: {ADVICE[errno.EMFILE]}"
    return None


def _note_last(*messages: str) -> None:
    """Print messages before an exit, whose code stays what it is where their reader has gone."""
    with suppress(BrokenPipeError):
        for message in messages:
            note(message)


def _drop_output() -> None:
    """Forget output that cannot be written: the interpreter would try once more, and exit with another code."""
    try:
        sys.stdout.flush()
    except OSError:
        discard(sys.stdout)


def _show_traceback() -> bool:
    if os.environ.get(DEBUG_VARIABLE, "0") in ("", "0"):
        return False
    with suppress(BrokenPipeError), telling():
        traceback.print_exc()
    return True
