"""Processes that search for a server. Python runs one thread at a time in each, so that several keep several CPUs busy.

They only read, so that each may be ended at any moment, and the files of an index are mapped, so that all share their
memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from retriever import Retriever, RetrieverError, RetrieverPool, load_tokenizer
from retriever.control_groups import find_free_memory
from retriever.errors import ProcessError
from retriever.serving.http.answers import encode
from retriever.serving.http.failures import StoppedError
from retriever.serving.http.logs import log
from retriever.serving.http.served import ServedIndexes

Work: TypeAlias = Callable[..., Any]
"""Called in another process, with what is served there and arguments: at the top of a module, as its arguments are
values that can be pickled. What it returns can be written as JSON."""

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
        self._retrievers, self._tokenizers = dict(retrievers), tuple(tokenizers)
        self._most, self._longest = count, longest
        self._lock, self._closed = threading.Lock(), False
        self._has_begun = self._is_ready = False
        self._pool: RetrieverPool | None = None

    @property
    def count(self) -> int:
        """How many can be asked: none before they are started, and none in a fork, which shares their pipes."""
        pool = self._pool
        return pool.processes if pool and self._is_ready and pool.can_ask else 0

    def start(self) -> None:
        """Start them, and wait until all of them have opened the indexes.

        Raises UsageError where an index was opened with a model or reranker, what ``Retriever.open`` raises, and
        ProcessError.
        """
        self._has_begun = True
        pool = self._make_pool(self._most)
        try:
            pool.start()
        except BaseException:
            pool.stop()
            raise
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

        Where the process ends meanwhile, another one is asked. Raises what ``work`` raises, ProcessError,
        ProcessTimeoutError for what takes too long, and StoppedError.
        """
        pool = self._pool
        if self._closed or pool is None:
            raise StoppedError("the server has stopped", hint="ask again")
        return bytes(pool.call(_answer, tuple(self._retrievers), self._tokenizers, work, arguments))

    def warm(self) -> None:
        """Let every process load what searches need. Raises ProcessError where one has ended meanwhile."""
        if self._pool:
            _warm(self._pool)

    def begin(self) -> None:
        """Work, also once more after ``close``: each process is then started when it is due."""
        if self._closed:
            self._closed, self._has_begun = False, self._is_ready
            if self._pool and self._is_ready:
                self._make_pool(self._pool.processes)

    def close(self) -> None:
        """End all processes, whatever they do. In a fork it does nothing: they are its parent's."""
        with self._lock:
            pool = self._pool
            if pool and not pool.can_ask:
                return
            self._closed = True
        if pool:
            pool.stop()

    def _make_pool(self, count: int) -> RetrieverPool:
        pool = RetrieverPool(
            list(self._retrievers.values()),
            count,
            seconds=self._longest,
            on_replaced=lambda number: log("replaced", {"process": number}),
        )
        with self._lock:
            if self._closed:
                pool.stop()
            self._pool = pool
        return pool

    def _start_aside(self) -> None:
        try:
            count = int(min(self._most, find_free_memory() / EACH))
            if count < 2:  # one alone, beside this process, would do no more
                raise ProcessError("too little memory is free")
            pool = self._make_pool(count)
            try:
                _warm(pool)
            except BaseException:
                pool.stop()
                raise
        except (RetrieverError, RuntimeError) as error:
            if not self._closed:
                _tell_failure(error)
            return
        with self._lock:
            if self._closed:
                return
            self._is_ready = True
        log("processes", {"processes": self.count, "reason": f"requests have waited for {PATIENCE:g} seconds"})


def _tell_failure(error: Exception) -> None:
    log("processes", {"processes": 0, "reason": f"they cannot be started: {error}"})


def _warm(pool: RetrieverPool) -> None:
    """Raises ProcessError. What is wrong with an index, a search tells."""
    try:
        pool.warm()
    except ProcessError:
        raise
    except (RetrieverError, RuntimeError):
        pass


def _answer(
    retrievers: Sequence[Retriever],
    names: Sequence[str],
    tokenizers: tuple[str, ...],
    work: Work,
    arguments: Sequence[object],
) -> bytes:
    served = ServedIndexes(dict(zip(names, retrievers, strict=True)), _load_tokenizers(tokenizers))
    return encode(work(served, *arguments))


@cache
def _load_tokenizers(names: tuple[str, ...]) -> dict[str, Callable[[str], int]]:
    return {name: load_tokenizer(name) for name in names}
