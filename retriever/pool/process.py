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

# The first value of its input tells the process where modules are found, so that the environment does not. What is
# wrong with them is its answer.
START = """
import pickle, sys, traceback
sys.path[:] = pickle.load(sys.stdin.buffer)
try:
    from retriever.pool.process import main
except Exception:
    reason = pickle.dumps((False, RuntimeError(traceback.format_exc())))
    sys.stdout.buffer.write(pickle.dumps(reason))
else:
    main()
"""
# What unpickling raises, as far as it is known; a signal handler may raise anything else.
_UNREADABLE = (pickle.UnpicklingError, ImportError, AttributeError, LookupError, TypeError, ValueError, EOFError)
# Seconds between two looks at whether an answer is overdue.
INTERVAL = 0.5
# Seconds that a process has at least to start, where the time of its answers is limited.
START_SECONDS = 60.0


class PoolProcess:
    """A process that answers one request at a time, once it has opened the indexes.

    ``owner`` is the call that asks it. With ``is_asked`` it owes an answer, so that no other may be asked for.
    """

    def __init__(self, owner: object) -> None:
        """It does not run before ``start``."""
        self.owner: object = owner
        self.is_asked = True  # to open the indexes
        self._child: subprocess.Popen[bytes] | None = None
        # When an answer is overdue, and the one for which the process was ended.
        self._due: float | None = None
        self._overdue: float | None = None
        self._has_ended = threading.Event()

    @property
    def number(self) -> int:
        """The system's number of it, 0 before it is started."""
        return self._child.pid if self._child else 0

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and not self._has_ended.is_set() and self._child.poll() is None

    def start(self, locations: Sequence[str], longest: float | None = None) -> None:
        """Start it, and wait until it has opened the indexes at ``locations``.

        ``longest`` is that of ``ask``; there is more time to start. Raises what opening them raises if that is a
        RetrieverError, ProcessError where the process cannot be started or has ended, and ProcessTimeoutError.
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
            if error.errno is None:
                raise
            raise _refuse_start(error) from error
        try:
            self._start_watch()
            self._send(sys.path)
            self._send(list(locations))
            try:
                succeeded, answer = self._receive(longest and max(longest, START_SECONDS))
            except ProcessTimeoutError:
                raise ProcessTimeoutError("a process that searches did not start in time", hint="ask again") from None
            if isinstance(answer, RetrieverError):
                raise answer
            if not succeeded:
                raise _refuse_start(answer) from answer
            if answer != __version__:
                raise ProcessError("Retriever was upgraded while this program ran", hint="start it again")
        except BaseException:
            self.kill()
            raise

    def ask(self, request: bytes, longest: float | None = None) -> Any:
        """What the work of a ``request`` returns there.

        Raises what it raises, ProcessError where the process has ended, ProcessTimeoutError after ``longest`` seconds,
        and RuntimeError for an answer that cannot be unpickled.
        """
        self._send(request)
        succeeded, answer = self._receive(longest)
        if not succeeded:
            raise answer
        return answer

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
        try:
            _open_stream(self._child.stdin).write(data)
            _open_stream(self._child.stdin).flush()
        except (OSError, ValueError) as error:  # that it has ended is noticed when its answer is received
            self._require_ended(error)

    def _receive(self, longest: float | None) -> tuple[bool, Any]:
        """Whether its work succeeded, and what that returned or raised."""
        assert self._child
        self._due = due = None if longest is None else time.monotonic() + longest
        try:
            data = pickle.load(_open_stream(self._child.stdout))
            self.is_asked = False
        except (EOFError, OSError, ValueError, MemoryError, pickle.UnpicklingError) as error:
            self._require_ended(error)
            self.kill()
            if due is not None and self._overdue == due:
                raise ProcessTimeoutError(f"no answer within {longest:g} seconds", hint="ask for less") from None
            raise ProcessError("a process that searches has ended", hint="ask again") from None
        finally:
            self._due = None
        return _read_answer(data)

    def _require_ended(self, error: Exception) -> None:
        """Raise what is not a consequence of its end but of a signal, such as the TimeoutError of a limit of time."""
        if isinstance(error, OSError) and error.errno is None:
            raise error
        if type(error) is ValueError and not self._has_ended.is_set():
            raise error

    def _start_watch(self) -> None:
        try:
            threading.Thread(target=self._watch, name="retriever-process", daemon=True).start()
        except RuntimeError as error:  # no more threads
            raise _refuse_start(error) from error

    def _watch(self) -> None:
        while not self._has_ended.wait(INTERVAL):
            due = self._due
            if due is not None and time.monotonic() > due:
                self._overdue = due
                assert self._child
                self._child.kill()
                return


def _refuse_start(error: Exception) -> ProcessError:
    """The error for what a start raised, or for the traceback of it."""
    reason = str(error).strip().rpartition("\n")[2]
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror.lower()
    return ProcessError(f"a process that searches cannot be started: {reason}", hint="ask again")


def _read_answer(data: bytes) -> tuple[bool, Any]:
    try:
        succeeded, answer = pickle.loads(data)
    except _UNREADABLE as error:
        raise RuntimeError(f"the answer of a process that searches cannot be unpickled: {error!r}") from error
    return succeeded, answer


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
        os.dup2(2, 1)  # what a library prints is not an answer

        def answer(data: bytes) -> None:
            pickle.dump(data, answers)  # which can be read to its end, whatever is in it
            answers.flush()

        locations = pickle.load(requests)
        try:
            retrievers = [stack.enter_context(Retriever.open(location)) for location in locations]
        except Exception as error:
            answer(_write_failure(error))
            return
        answer(pickle.dumps((True, __version__)))
        while True:
            request = pickle.load(requests)
            answer(_do(request, retrievers))


def _do(request: bytes, retrievers: Sequence[Retriever]) -> bytes:
    try:
        work, arguments = pickle.loads(request)
        return pickle.dumps((True, work(retrievers, *arguments)))
    except Exception as error:
        return _write_failure(error)


def _write_failure(error: Exception) -> bytes:
    if not isinstance(error, RetrieverError):  # which may have no form in which it can be sent
        error = RuntimeError("".join(traceback.format_exception(error)))
    return pickle.dumps((False, error))
