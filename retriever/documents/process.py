"""The child process that reads files: how it is started, spoken to, watched and ended.

It is a fresh interpreter with pipes, so that it can be started beside threads, in notebooks and by programs without a
guard around their main module, and inherits nothing: no lock, no open file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from retriever.documents.limits import ReadLimits
from retriever.documents.protocol import CODE, ProtocolError, ReadRequest, read_frame, write_frame
from retriever.errors import UnfinishedReadError

# The first line of its input tells the child where modules are found, so that neither the working folder nor the
# environment does.
START = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from retriever.documents.worker import main; main()"
)
# Seconds in which the child has to be ready.
PATIENCE_TO_START = 60.0
# Seconds between two looks at whether the child is overdue.
INTERVAL = 1.0


class StartError(Exception):
    """The child cannot be started."""


class UpgradedError(UnfinishedReadError):
    """The child is of another version than this process, so that neither can rely on what the other says."""

    def __init__(self) -> None:
        super().__init__(
            "the file cannot be read: Retriever was upgraded while this program ran", hint="start the program again"
        )


class ReaderProcess:
    """A child that reads one file at a time.

    ``is_overdue`` tells that it was ended because it did not answer, ``is_spent`` that it should read no more files.
    Raises StartError and UpgradedError.
    """

    def __init__(self) -> None:
        self.is_overdue = self.is_spent = False
        self._due: float | None = None
        self._ended = threading.Event()
        self._child = start_child(START)
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            self._write(json.dumps(module_paths()).encode() + b"\n")
            ready = self.receive(_accept_little, patience=PATIENCE_TO_START)
            if ready is None:
                raise ProtocolError("it ended at once")
            if ready[0].get("code") != CODE:
                raise UpgradedError
        except ProtocolError as error:
            code = self.wait() if not self.is_overdue else None
            self.end()
            raise StartError(f"{error}, exit code {code}" if code else str(error)) from error
        except BaseException:
            self.end()
            raise

    def send(self, request: ReadRequest, limits: ReadLimits, passed_over: Sequence[str] = ()) -> None:
        """Ask for a file, without some members. A child that is dead is noticed when its answer is received."""
        self.reply({**request.to_dict(limits), "passed_over": list(passed_over)})

    def reply(self, values: dict[str, Any], text: str = "") -> None:
        """Write a frame to the child; that it is dead is noticed when its answer is received."""
        with suppress(OSError, ValueError):
            write_frame(_open_stream(self._child.stdin), values, text)
            _open_stream(self._child.stdin).flush()

    def receive(self, accept: Callable[[int], None], *, patience: float) -> tuple[dict[str, Any], str] | None:
        """The next frame, within ``patience`` seconds; None if the child is dead, then or by that."""
        self._due = time.monotonic() + patience
        try:
            return read_frame(_open_stream(self._child.stdout), accept)
        finally:
            self._due = None

    def wait(self) -> int | None:
        """The exit code of a child that has closed its pipe; one that does not end by itself is killed."""
        with suppress(subprocess.TimeoutExpired):
            return self._child.wait(INTERVAL)
        self._child.kill()
        return self._child.wait()

    def end(self) -> None:
        """Kill the child, wait for it, and close the pipes."""
        self._ended.set()
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            with suppress(OSError):
                _open_stream(stream).close()

    def _write(self, data: bytes) -> None:
        with suppress(OSError):
            _open_stream(self._child.stdin).write(data)
            _open_stream(self._child.stdin).flush()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            due = self._due
            if due is not None and time.monotonic() > due:
                self.is_overdue = True
                self._child.kill()


def start_child(code: str) -> subprocess.Popen[bytes]:
    """A fresh interpreter that runs ``code``, with pipes for input and output. Raises StartError."""
    if not sys.executable or getattr(sys, "frozen", False):
        raise StartError("there is no Python interpreter")
    # Isolated: neither the working folder nor variables of the environment name modules.
    command = [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", code]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise StartError(error.strerror or str(error)) from error


def module_paths() -> list[str]:
    """Where modules are found: as here, without the working folder, and where this package is."""
    here = str(Path(__file__).parents[2])
    paths = [path for path in sys.path if isinstance(path, str) and os.path.isabs(path)]
    return paths if here in paths else [*paths, here]


def _accept_little(size: int) -> None:
    if size > 1000:
        raise ProtocolError("it gave an invalid answer")


def _open_stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # both pipes were asked for
    return stream
