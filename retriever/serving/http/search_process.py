"""A process that searches for a server: how it is started, asked and ended, and what it does.

It is a fresh interpreter, asked through its standard input, and ends when that closes. So it can be started at any
moment by any thread, beside a program without a guard around its main module, and what fails in it is not printed.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, Any, TypeAlias

from retriever import Retriever, RetrieverError, __version__, load_tokenizer
from retriever.serving.http.answers import encode
from retriever.serving.http.failures import DeadlineError, EndedError
from retriever.serving.http.served import ServedIndexes

Work: TypeAlias = Callable[..., Any]
"""Called in another process, with what is served there and arguments: at the top of a module, as its arguments are
values that can be pickled. What it returns can be written as JSON."""

# The first value of its input tells the process where modules are found, so that the environment does not.
START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from retriever.serving.http.search_process import main; main()"
)
# Seconds between two looks at whether a process is overdue.
INTERVAL = 0.5


class SearchProcess:
    """A process that answers one request at a time, once it has opened the indexes, which are known by names."""

    def __init__(self, locations: Mapping[str, str], tokenizers: Sequence[str]) -> None:
        """Start it. Raises EndedError where the system does not permit that."""
        self._due: float | None = None
        self._is_overdue, self._has_ended = False, threading.Event()
        try:
            with _signals_blocked():
                self._child = subprocess.Popen(
                    [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", START],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                    | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # to which Ctrl-C does not go
                )
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EndedError(f"a process that searches cannot be started: {reason}", hint="ask again") from error
        self.number = self._child.pid
        self._send(sys.path)
        self._send((dict(locations), tuple(tokenizers)))
        threading.Thread(target=self._watch, name="retriever-watch", daemon=True).start()

    def wait_until_open(self) -> None:
        """Wait for its first answer. Raises what opening the indexes raised, and EndedError."""
        if self.receive() != __version__.encode():
            self.kill()
            raise EndedError("Retriever was upgraded while the server ran", hint="start it again")

    def ask(self, work: Work, arguments: Sequence[object], longest: float | None) -> bytes:
        """The JSON of what ``work`` returns there. Raises as ``receive``."""
        self.send(work, arguments)
        return self.receive(longest)

    def send(self, work: Work, arguments: Sequence[object]) -> None:
        """Let it call ``work``. That it has ended is noticed when its answer is received."""
        self._send((work, arguments))

    def receive(self, longest: float | None = None) -> bytes:
        """Its next answer. Raises what was raised there, EndedError, and DeadlineError after ``longest`` seconds."""
        self._due = None if longest is None else time.monotonic() + longest
        try:
            answer = pickle.load(_open_stream(self._child.stdout))
        except (EOFError, OSError, ValueError, MemoryError, pickle.UnpicklingError):
            self.kill()
            if self._is_overdue:
                raise DeadlineError(f"no answer within {longest:g} seconds", hint="ask for less") from None
            raise EndedError("a process that searches has ended", hint="ask again") from None
        finally:
            self._due = None
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._child.poll() is None

    def kill(self) -> None:
        """End it. Who waits for an answer learns of it."""
        self._has_ended.set()
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            with suppress(OSError):
                _open_stream(stream).close()

    def _send(self, value: object) -> None:
        data = pickle.dumps(value)
        with suppress(OSError, ValueError):
            _open_stream(self._child.stdin).write(data)
            _open_stream(self._child.stdin).flush()

    def _watch(self) -> None:
        while not self._has_ended.wait(INTERVAL):
            due = self._due
            if due is not None and time.monotonic() > due:
                self._is_overdue = True
                self._child.kill()
                return


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """What is started meanwhile notices neither Ctrl-C nor a service's end before it can ignore them itself."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _open_stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # both pipes were asked for
    return stream


def main() -> None:
    """Answer what comes through standard input until it closes: what the process does."""
    # Ctrl-C, and what stops a service, go to all processes; the server decides when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    requests = sys.stdin.buffer
    with ExitStack() as stack, suppress(EOFError, OSError):
        answers = stack.enter_context(os.fdopen(os.dup(1), "wb"))
        os.dup2(2, 1)  # what a library prints is no answer

        def answer(value: bytes | Exception) -> None:
            answers.write(pickle.dumps(value))
            answers.flush()

        locations, tokenizers = pickle.load(requests)
        try:
            opened = {name: stack.enter_context(Retriever.open(place)) for name, place in locations.items()}
            served = ServedIndexes(opened, {name: load_tokenizer(name) for name in tokenizers})
        except RetrieverError as error:
            answer(error)
            return
        answer(__version__.encode())
        while True:
            work, arguments = pickle.load(requests)
            answer(_call(work, served, arguments))


def _call(work: Work, served: ServedIndexes, arguments: Sequence[object]) -> bytes | Exception:
    try:
        return encode(work(served, *arguments))
    except RetrieverError as error:
        return error
    except Exception:  # which may have no form in which it can be sent
        return RuntimeError(traceback.format_exc())
