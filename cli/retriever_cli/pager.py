"""A pager for results that are longer than the screen, chosen and set up as git does it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from retriever_cli.config import current_config
from retriever_cli.console import write

# For less: leave at once if all fits, pass colours on, do not clear the screen.
LESS_OPTIONS = "FRX"


def page(text: str, *, wanted: bool = True) -> None:
    """Write a result to standard output: through a pager if that is a terminal with fewer lines than the result.

    The end of the pager is not an error, however it ends; if it cannot be run, the result is written as it is.
    """
    command = _choose_pager() if wanted and _is_long(text) else []
    if not command or not _run(command, text):
        write(text)


def _is_long(text: str) -> bool:
    if not sys.stdout.isatty():
        return False
    try:
        rows = os.get_terminal_size(sys.stdout.fileno()).lines
    except (OSError, ValueError):
        return False
    # The line of the next prompt needs room, too.
    return 0 < rows <= text.count("\n")


def _choose_pager() -> list[str]:
    """The command of the pager; empty for none, which an empty setting and ``cat`` mean."""
    if os.environ.get("TERM", "dumb") == "dumb":
        return []
    named = str(current_config().setting("pager").value)
    try:
        command = shlex.split(named)
    except ValueError:  # Quotes that do not close.
        return []
    return command if command and command != ["cat"] and shutil.which(command[0]) else []


def _run(command: list[str], text: str) -> bool:
    """Show the text in a pager and wait for its end; whether it could be started."""
    environment = {"LESS": LESS_OPTIONS, "LV": "-c", "LESSCHARSET": "utf-8", **os.environ}
    with _leave_interrupts_to_pager():
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        except OSError:
            return False
        assert process.stdin is not None
        try:
            process.stdin.write(text.encode("utf-8", "backslashreplace"))
            process.stdin.close()
        except OSError:  # The pager was left before it had read all.
            pass
        process.wait()
    return True


@contextmanager
def _leave_interrupts_to_pager() -> Iterator[None]:
    """Let Ctrl-C reach the pager alone. A handler is not inherited, so the pager has its usual one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
