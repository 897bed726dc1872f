"""Processes that search for a server. Python runs one thread at a time in each, so that several keep several CPUs busy.

Each is a fresh interpreter with a pipe of its own, and ends when that closes. It only reads, so that it may be ended at
any moment, and the files of an index are mapped, so that all share their memory.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import LifoQueue
from typing import Any, TypeAlias

from retriever import Retriever, RetrieverError, load_tokenizer
from retriever.errors import UsageError
from retriever.serving.http.answers import encode
from retriever.serving.http.failures import DeadlineError, EndedError
from retriever.serving.http.logs import log
from retriever.serving.http.served import ServedIndexes

Work: TypeAlias = Callable[..., Any]
"""Called in another process, with what is served there and arguments: at the top of a module, as its arguments are
values that can be pickled. What it returns can be written as JSON."""


class SearchProcesses:
    """Processes that have the same indexes open. Safe with threads, of which each waits until a process is idle."""

    def __init__(
        self,
        count: int,
        retrievers: Mapping[str, Retriever],
        tokenizers: Sequence[str],
        longest: float | None = None,
    ) -> None:
        """Start so many, and wait until all of them have opened the indexes, which are known by names.

        One that works at a request for more than ``longest`` seconds is ended.

        Raises UsageError where an index was opened with a model or reranker, and what ``Retriever.open`` raises.
        """
        for name, retriever in retrievers.items():
            if retriever.has_own_models:
                raise UsageError(
                    f"other processes cannot search {name!r} with the model or reranker that it was opened with",
                    hint="open it without them, or let no other processes search",
                )
        locations = {name: retriever.location for name, retriever in retrievers.items()}
        self._make = partial(_Process, locations, tuple(tokenizers))
        self.count, self._longest = count, longest
        self._owner = os.getpid()
        self._lock, self._closed = threading.Lock(), False
        self._all: set[_Process] = set()
        # The one that was busy last is asked first: its caches are warm. One that has ended is replaced when it is due.
        self._idle: LifoQueue[_Process | None] = LifoQueue()
        # Before the exit function of multiprocessing, which would wait until they end by themselves.
        atexit.register(self.close)
        try:
            started = [self._start() for _ in range(count)]
            for process in started:
                process.receive()
                self._idle.put(process)
        except BaseException:
            self.close()
            raise

    def call(self, work: Work, *arguments: object) -> bytes:
        """The JSON of what ``work`` returns, called with the served indexes and ``arguments`` in an idle process.

        Where the process ends meanwhile, another one is asked. Raises what ``work`` raises, EndedError, DeadlineError
        for what takes too long, and RetrieverError in a fork of the process that started them.
        """
        process = self._take()
        try:
            if process:
                with suppress(EndedError):
                    return process.ask(work, arguments, self._longest)
            # What is asked may be what ends a process, so no third one is asked.
            process = None
            process = self._start()
            process.receive()
            log("replaced", {"process": process.number})
            return process.ask(work, arguments, self._longest)
        except (EndedError, DeadlineError):
            process = None
            raise
        finally:
            self._idle.put(process)

    def warm(self) -> None:
        """Let every process load what searches need."""
        taken = [self._take() for _ in range(self.count)]
        running = [process for process in taken if process]
        try:
            for process in running:
                process.send(_warm, ())
            for process in running:
                # What is wrong, a search tells. Every answer is taken: it would be that of the next request.
                with suppress(EndedError, RuntimeError):
                    process.receive()
        finally:
            for place in taken:
                self._idle.put(place)

    def begin(self) -> None:
        """Work, also once more after ``close``: each process is then replaced when it is due."""
        if self._closed:
            self._closed = False
            atexit.register(self.close)

    def close(self) -> None:
        """End all processes, whatever they do. In a fork it does nothing: they are its parent's."""
        if os.getpid() != self._owner:
            return
        atexit.unregister(self.close)
        with self._lock:
            self._closed = True
        for process in self._all:
            process.kill()

    def _take(self) -> _Process | None:
        if os.getpid() != self._owner:  # through one pipe, two would get each other's answers
            raise RetrieverError(
                "other processes search only for the process that started them",
                hint="make the application after the fork, or let no other processes search",
            )
        return self._idle.get()

    def _start(self) -> _Process:
        with self._lock:
            if self._closed:
                raise EndedError("the server has stopped", hint="ask again")
            self._all = {process for process in self._all if process.is_alive()}
            process = self._make()
            self._all.add(process)
            return process


class _Process:
    """A process that answers one request at a time; its first message tells whether it could open the indexes."""

    def __init__(self, locations: Mapping[str, str], tokenizers: Sequence[str]) -> None:
        context = get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, dict(locations), tokenizers), daemon=True)
        with _without_interrupts():
            self._process.start()
        self.number = self._process.pid
        other.close()  # so that the pipe ends with the process

    def ask(self, work: Work, arguments: Sequence[object], longest: float | None) -> bytes:
        """See ``SearchProcesses.call``."""
        self.send(work, arguments)
        return self.receive(longest)

    def send(self, work: Work, arguments: Sequence[object]) -> None:
        """Let it call ``work``. That it has ended is noticed when its answer is received."""
        with suppress(OSError):
            self._pipe.send((work, arguments))

    def receive(self, longest: float | None = None) -> bytes:
        """Its next answer. Raises what was raised there, EndedError, and DeadlineError after ``longest`` seconds."""
        try:
            if not self._pipe.poll(longest):
                self.kill()
                raise DeadlineError(f"no answer within {longest:g} seconds", hint="ask for less")
            answer = self._pipe.recv()
        except (EOFError, OSError, MemoryError):  # of the last the rest is in the pipe
            self.kill()
            raise EndedError("a process that searches has ended", hint="ask again") from None
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def kill(self) -> None:
        """End it. Who waits for an answer learns of it."""
        self._process.kill()
        self._process.join()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """What starts meanwhile ignores Ctrl-C from its first moment on, and so prints no traceback of its imports."""
    # Only the main thread may set what a signal does. A process that is replaced later is started by another one.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(pipe: Connection, locations: Mapping[str, str], tokenizers: Sequence[str]) -> None:
    """Answer what comes through a pipe until it closes."""
    # Ctrl-C, and what stops a service, go to all processes; the server decides when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with ExitStack() as stack, suppress(EOFError, OSError):
        try:
            opened = {name: stack.enter_context(Retriever.open(place)) for name, place in locations.items()}
            served = ServedIndexes(opened, {name: load_tokenizer(name) for name in tokenizers})
        except RetrieverError as error:
            pipe.send(error)
            return
        pipe.send(b"")
        while True:
            work, arguments = pipe.recv()
            pipe.send(_call(work, served, arguments))


def _call(work: Work, served: ServedIndexes, arguments: Sequence[object]) -> bytes | Exception:
    try:
        return encode(work(served, *arguments))
    except RetrieverError as error:
        return error
    except Exception:  # which may have no form in which it can be sent
        return RuntimeError(traceback.format_exc())


def _warm(served: ServedIndexes) -> None:
    for retriever in served.by_name.values():
        with suppress(RetrieverError):
            retriever.warm()
