"""Processes that search for a server. Python runs one thread at a time in each, so that several keep several CPUs busy.

They only read, so that each may be ended at any moment, and the files of an index are mapped, so that all share their
memory.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import LifoQueue

from retriever import Retriever, RetrieverError
from retriever.errors import UsageError
from retriever.serving.http.capacity import find_free_memory
from retriever.serving.http.failures import DeadlineError, EndedError
from retriever.serving.http.logs import log
from retriever.serving.http.search_process import SearchProcess, Work
from retriever.serving.http.served import ServedIndexes

# Seconds of load after which others are to search. What one page asks while somebody types, or a program in one burst,
# is over sooner.
PATIENCE = 2.0
# Bytes of memory that one takes, with room for what searches need for a moment.
EACH = 250 << 20


class SearchProcesses:
    """Processes that have the same indexes open. Safe with threads, of which each waits until a process is idle."""

    def __init__(
        self,
        count: int,
        retrievers: Mapping[str, Retriever],
        tokenizers: Sequence[str],
        longest: float | None = None,
    ) -> None:
        """So many, none of which is started yet.

        - ``retrievers``: the indexes that they open, by the names that requests use
        - ``tokenizers``: what they count the tokens of contexts by
        - ``longest``: seconds after which one that works at a request is ended
        """
        self._retrievers, self._tokenizers = retrievers, tokenizers
        self._most = self._count = count
        self._longest = longest
        self._owner = os.getpid()
        self._lock, self._closed = threading.Lock(), False
        self._has_begun = self._is_ready = False
        self._all: set[SearchProcess] = set()
        # The one that was busy last is asked first: its caches are warm. One that has ended is replaced when it is due.
        self._idle: LifoQueue[SearchProcess | None] = LifoQueue()

    @property
    def count(self) -> int:
        """How many can be asked: none before they are started, and none in a fork, which shares their pipes."""
        return self._count if self._is_ready and os.getpid() == self._owner else 0

    def start(self) -> None:
        """Start them, and wait until all of them have opened the indexes.

        Raises UsageError where an index was opened with a model or reranker, what ``Retriever.open`` raises, and
        EndedError.
        """
        self._has_begun = True
        self._open()
        self._is_ready = True

    def start_aside(self) -> None:
        """Start and warm them in a thread; they can be asked once that is done. Only the first call does anything.

        Where it fails, the log tells why.
        """
        if self._has_begun:  # also in a fork, where the lock may be held for ever
            return
        with self._lock:
            has_begun, self._has_begun = self._has_begun, True
        if not has_begun:
            try:
                threading.Thread(target=self._start_aside, name="retriever-start", daemon=True).start()
            except RuntimeError as error:  # no more threads
                _tell_failure(error)

    def call(self, work: Work, *arguments: object) -> bytes:
        """The JSON of what ``work`` returns, called with the served indexes and ``arguments`` in an idle process.

        Where the process ends meanwhile, another one is asked. Raises what ``work`` raises, EndedError, and
        DeadlineError for what takes too long.
        """
        process = self._idle.get()
        try:
            if process:
                with suppress(EndedError):
                    return process.ask(work, arguments, self._longest)
            # What is asked may be what ends a process, so no third one is asked.
            process = None
            process = self._start()
            process.wait_until_open()
            log("replaced", {"process": process.number})
            return process.ask(work, arguments, self._longest)
        except (EndedError, DeadlineError):
            process = None
            raise
        finally:
            self._idle.put(process)

    def warm(self) -> None:
        """Let every process load what searches need. Raises EndedError where one has ended meanwhile."""
        taken = [self._idle.get() for _ in range(self._count)]
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
        if not all(process.is_alive() for process in running):
            raise EndedError("a process that searches has ended", hint="ask again")

    def begin(self) -> None:
        """Work, also once more after ``close``: each process is then replaced when it is due."""
        if self._closed:
            self._closed, self._has_begun = False, self._is_ready
            atexit.register(self.close)

    def close(self) -> None:
        """End all processes, whatever they do. In a fork it does nothing: they are its parent's."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._closed = True
        self._end()

    def _open(self) -> None:
        for name, retriever in self._retrievers.items():
            if retriever.has_own_models:
                raise UsageError(
                    f"other processes cannot search {name!r} with the model or reranker that it was opened with",
                    hint="open it without them, or let no other processes search",
                )
        self._owner, self._idle = os.getpid(), LifoQueue()
        atexit.register(self.close)
        try:
            for process in [self._start() for _ in range(self._count)]:
                process.wait_until_open()
                self._idle.put(process)
        except BaseException:
            self._end()
            raise

    def _start_aside(self) -> None:
        try:
            self._count = int(min(self._most, find_free_memory() / EACH))
            if self._count < 2:  # one alone, beside this process, would do no more
                raise EndedError("too little memory is free")
            self._open()
            self.warm()
        except (RetrieverError, RuntimeError) as error:
            self._end()
            if not self._closed:
                _tell_failure(error)
            return
        with self._lock:
            if self._closed:
                return
            self._is_ready = True
        log("processes", {"processes": self.count, "reason": f"requests have waited for {PATIENCE:g} seconds"})

    def _start(self) -> SearchProcess:
        with self._lock:
            if self._closed:
                raise EndedError("the server has stopped", hint="ask again")
            self._all = {process for process in self._all if process.is_alive()}
            locations = {name: retriever.location for name, retriever in self._retrievers.items()}
            process = SearchProcess(locations, self._tokenizers)
            self._all.add(process)
            return process

    def _end(self) -> None:
        atexit.unregister(self.close)
        for process in self._all:
            process.kill()


def _tell_failure(error: Exception) -> None:
    log("processes", {"processes": 0, "reason": f"they cannot be started: {error}"})


def _warm(served: ServedIndexes) -> None:
    for retriever in served.by_name.values():
        with suppress(RetrieverError):
            retriever.warm()
