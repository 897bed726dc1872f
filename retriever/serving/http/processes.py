"""Processes that search for a server. Python runs one thread at a time in each, so that several keep several CPUs busy.

They only read, so that each may be ended at any moment, and the files of an index are mapped, so that all share their
memory.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from retriever import Retriever, RetrieverError, RetrieverPool, load_tokenizer
from retriever.control_groups import find_free_memory
from retriever.errors import ProcessError, UsageError
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
# Seconds without a search after which they end, if load has started them; and until load may start them again, where
# that has failed.
QUIET = 600.0
AGAIN = 300.0
# Seconds between two looks at whether nobody searches.
INTERVAL = 10.0


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
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._has_begun = self._is_ready = self._stays = False
        self._begins_again = 0.0
        # How many ask, and when one did last.
        self._asking, self._asked = 0, 0.0
        self._pool: RetrieverPool | None = None

    @property
    def count(self) -> int:
        """How many can be asked: none before they are started, and none in a fork, which shares their pipes."""
        pool = self._pool
        return pool.processes if pool and self._is_ready and pool.can_ask else 0

    def start(self) -> None:
        """Start them, and wait until all of them have opened the indexes: they stay until they are closed.

        Raises UsageError where an index was opened with a model or reranker, what ``Retriever.open`` raises, and
        ProcessError.
        """
        self._has_begun = self._stays = True
        pool = self._make_pool(self._most, self._closing)
        try:
            pool.start()
        except BaseException:
            pool.stop()
            raise
        self._is_ready = True

    def start_aside(self) -> None:
        """Start and warm them in a thread; they can be asked once that is done, and end when nobody has for a while.

        It does nothing while they start or can be asked, and for a while after it has failed: then the log tells why.
        """
        if self._has_begun or time.monotonic() < self._begins_again:  # also in a fork, where the lock may be held
            return
        with self._lock:
            has_begun, self._has_begun = self._has_begun, True
        if not has_begun:
            try:
                threading.Thread(target=self._start_aside, name="retriever-start", daemon=True).start()
            except RuntimeError as error:  # no more threads
                self._note_failure(error)

    def can_search(self) -> bool:
        """Whether they can be asked; if so, they can for a while."""
        if not self.count:
            return False
        with self._lock:
            self._asked = time.monotonic()
            return self._is_ready

    def call(self, work: Work, *arguments: object) -> bytes:
        """The JSON of what ``work`` returns, called with the served indexes and ``arguments`` in an idle process.

        Where the process ends meanwhile, another one is asked. Raises what ``work`` raises, ProcessError,
        ProcessTimeoutError for what takes too long, and StoppedError.
        """
        pool = self._pool
        if self._closing.is_set() or pool is None:
            raise StoppedError("the server has stopped", hint="ask again")
        with self._lock:
            self._asking += 1
        try:
            return bytes(pool.call(_answer, tuple(self._retrievers), self._tokenizers, work, arguments))
        finally:
            with self._lock:
                self._asking -= 1
                self._asked = time.monotonic()

    def warm(self) -> None:
        """Let every process load what searches need. Raises ProcessError where one has ended meanwhile."""
        if self._pool:
            _warm(self._pool)

    def begin(self) -> None:
        """Work, also once more after ``close``: each process is then started when it is due."""
        if self._closing.is_set():
            self._closing, self._begins_again = threading.Event(), 0.0
            self._has_begun = self._is_ready = self._is_ready and self._stays
            if self._pool and self._is_ready:
                self._make_pool(self._pool.processes, self._closing)

    def close(self) -> None:
        """End all processes, whatever they do. In a fork it does nothing: they are its parent's."""
        with self._lock:
            pool = self._pool
            if pool and not pool.can_ask:
                return
            self._closing.set()
        if pool:
            pool.stop()

    def _make_pool(self, count: int, closing: threading.Event) -> RetrieverPool:
        pool = RetrieverPool(
            list(self._retrievers.values()),
            count,
            seconds=self._longest,
            on_replaced=lambda number: log("replaced", {"process": number}),
        )
        with self._lock:
            if closing.is_set():
                pool.stop()
            else:
                self._pool = pool
        return pool

    def _start_aside(self) -> None:
        closing = self._closing
        try:
            count = int(min(self._most, find_free_memory() / EACH))
            if count < 2:  # one alone, beside this process, would do no more
                raise ProcessError("too little memory is free")
            pool = self._make_pool(count, closing)
            try:
                _warm(pool)
            except BaseException:
                pool.stop()
                raise
        except (RetrieverError, RuntimeError) as error:
            if not closing.is_set():
                self._note_failure(error)
            return
        with self._lock:
            if closing.is_set():
                pool.stop()
                return
            self._asked, self._is_ready = time.monotonic(), True
        log("processes", {"processes": self.count, "reason": f"requests have waited for {PATIENCE:g} seconds"})
        while not closing.wait(INTERVAL):
            if self._end_quietly():
                pool.stop()
                log("processes", {"processes": 0, "reason": f"nobody has searched for {QUIET:g} seconds"})
                return

    def _end_quietly(self) -> bool:
        """Whether nobody asks for a while; then nobody can any more until load starts others."""
        with self._lock:
            if self._asking or time.monotonic() < self._asked + QUIET:
                return False
            self._has_begun = self._is_ready = False
            return True

    def _note_failure(self, error: Exception) -> None:
        self._begins_again = time.monotonic() + AGAIN
        self._has_begun = isinstance(error, UsageError)  # an index with a model of its own stays one
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
