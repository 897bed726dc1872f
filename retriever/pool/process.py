"""A process that searches: how it is started, asked and ended, and what it does.

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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, Any, TypeAlias

from retriever.engine import Retriever
from retriever.errors import ProcessError, ProcessTimeoutError, RetrieverError
from retriever.version import __version__

Work: TypeAlias = Callable[..., Any]
"""Called in another process, with its open retrievers and arguments: at the top of a module that can be imported there,
as its arguments and what it returns are values that can be pickled."""

# The first value of its input tells the process where modules are found, so that the environment does not.
START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from retriever.pool.process import main; main()"
)
# Seconds between two looks at whether an answer is overdue.
INTERVAL = 0.5


class PoolProcess:
    """A process that answers one request at a time, once it has opened the indexes.

    ``owner`` is the call that asks it. With ``is_asked`` it owes an answer, so that no other may be asked for.
    """

    def __init__(self, owner: object) -> None:
        """It does not run before ``start``."""
        self.owner: object = owner
        self.is_asked = True  # to open the indexes
        self._child: subprocess.Popen[bytes] | None = None
        self._due: float | None = None
        self._is_overdue, self._has_ended = False, threading.Event()

    @property
    def number(self) -> int:
        """The system's number of it, 0 before it is started."""
        return self._child.pid if self._child else 0

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and not self._has_ended.is_set() and self._child.poll() is None

    def start(self, locations: Sequence[str]) -> None:
        """Start it, and wait until it has opened the indexes at ``locations``.

        Raises what that raises, and ProcessError where the process cannot be started or has ended.
        """
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
            raise ProcessError(f"a process that searches cannot be started: {reason}", hint="ask again") from error
        try:
            threading.Thread(target=self._watch, name="retriever-process", daemon=True).start()
            self._send(sys.path)
            self._send(list(locations))
            if self._receive(None) != __version__:
                raise ProcessError("Retriever was upgraded while this program ran", hint="start it again")
        except BaseException:
            self.kill()
            raise

    def ask(self, request: bytes, longest: float | None = None) -> Any:
        """What the work of a ``request`` returns there.

        Raises what it raises, ProcessError where the process has ended, ProcessTimeoutError after ``longest`` seconds.
        """
        self._send(request)
        return self._receive(longest)

    def kill(self) -> None:
        """End it. Who waits for an answer learns of it."""
        self._has_ended.set()
        child = self._child
        if child:
            child.kill()
            # A signal that raised in an earlier call of its methods may have left it locked.
            with suppress(subprocess.TimeoutExpired):
                child.wait(1)
            for stream in (child.stdin, child.stdout):
                with suppress(OSError):
                    _open_stream(stream).close()

    def _send(self, value: object) -> None:
        assert self._child
        self.is_asked = True
        data = pickle.dumps(value)
        with suppress(OSError, ValueError):  # that it has ended is noticed when its answer is received
            _open_stream(self._child.stdin).write(data)
            _open_stream(self._child.stdin).flush()

    def _receive(self, longest: float | None) -> Any:
        assert self._child
        self._due = None if longest is None else time.monotonic() + longest
        try:
            succeeded, answer = pickle.load(_open_stream(self._child.stdout))
            self.is_asked = False
        except (EOFError, OSError, ValueError, MemoryError, pickle.UnpicklingError):
            self.kill()
            if self._is_overdue:
                raise ProcessTimeoutError(f"no answer within {longest:g} seconds", hint="ask for less") from None
            raise ProcessError("a process that searches has ended", hint="ask again") from None
        finally:
            self._due = None
        if not succeeded:
            raise answer
        return answer

    def _watch(self) -> None:
        while not self._has_ended.wait(INTERVAL):
            due = self._due
            if due is not None and time.monotonic() > due:
                self._is_overdue = True
                assert self._child
                self._child.kill()
                return


def write_request(work: Work, arguments: Sequence[object]) -> bytes:
    """What a process is sent to call ``work``. Raises what pickle raises for values that cannot be sent."""
    return pickle.dumps((work, tuple(arguments)))


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
    # Ctrl-C, and what stops a service, go to all processes; the program decides when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    requests = sys.stdin.buffer
    with ExitStack() as stack, suppress(EOFError, OSError):
        answers = stack.enter_context(os.fdopen(os.dup(1), "wb"))
        os.dup2(2, 1)  # what a library prints is no answer

        def answer(data: bytes) -> None:
            answers.write(data)
            answers.flush()

        locations = pickle.load(requests)
        try:
            retrievers = [stack.enter_context(Retriever.open(location)) for location in locations]
        except RetrieverError as error:
            answer(pickle.dumps((False, error)))
            return
        answer(pickle.dumps((True, __version__)))
        while True:
            request = pickle.load(requests)
            answer(_do(request, retrievers))


def _do(request: bytes, retrievers: Sequence[Retriever]) -> bytes:
    try:
        work, arguments = pickle.loads(request)
        return pickle.dumps((True, work(retrievers, *arguments)))
    except RetrieverError as error:
        return pickle.dumps((False, error))
    except Exception:  # which may have no form in which it can be sent
        return pickle.dumps((False, RuntimeError(traceback.format_exc())))
