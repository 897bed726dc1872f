"""``RetrieverPool``: open indexes that other processes search. Wiring, and what these do."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from retriever.arguments import quote, require_callback, require_count
from retriever.context.options import ContextOptions
from retriever.context.values import Context
from retriever.errors import UsageError
from retriever.group import RetrieverGroup
from retriever.hits import SearchResponse
from retriever.options import SearchOptions
from retriever.pool.process import Work, write_request
from retriever.pool.processes import Processes
from retriever.searcher import Searcher
from retriever.searching import Searching, check_options
from retriever.system import cpu_count

if TYPE_CHECKING:
    from retriever.citations import CitationChecker
    from retriever.context.conversation import HistoryLike
    from retriever.context.follow_ups import Begin
    from retriever.models.embedding_model import EmbeddingModel


class RetrieverPool(Searching):
    """Open indexes that other processes search, as one. For threads: Python runs one of a process at a time.

    Each process has the indexes open and answers one question at a time, from the newest generation, as a retriever
    does; questions that find none free wait in the order of asking. They start with the first questions, and end with
    the pool and with the program. Where one ends by itself, another one takes its place and its question.

    What needs a function of the program, a filter or a tokenizer, is done in the program's own process, and so are the
    checks of citations. In the child of a fork, which cannot ask them, everything is.

    >>> with RetrieverPool([Retriever.open("indexes/reports")], processes=2) as pool:
    ...     pool.search("怎样给老旧小区装电梯？", k=5)
    """

    def __init__(
        self,
        retrievers: Sequence[Searcher],
        processes: int | None = None,
        *,
        seconds: float | None = None,
        on_replaced: Callable[[int], object] | None = None,
    ) -> None:
        """Start nothing yet.

        - ``retrievers``: open ones, as for a ``RetrieverGroup``
        - ``processes``: how many search, by default as many as there are CPUs; each takes 120 to 200 MB
        - ``seconds``: after which one that works at a question is ended, and one that starts after a minute
          at least; by default it takes its time
        - ``on_replaced``: called with the number of a process that took the place of one that had ended

        Raises UsageError for retrievers that were opened with a model or reranker, which others do not have.
        """
        require_count("processes", processes, at_least=1, optional=True)
        require_callback("on_replaced", on_replaced)
        if isinstance(seconds, bool) or not (seconds is None or (isinstance(seconds, int | float) and seconds > 0)):
            raise UsageError(f"seconds must be a positive number, not {quote(seconds)}", hint="such as seconds=30")
        self._group = RetrieverGroup(retrievers)
        self.retrievers = tuple(retrievers)
        for retriever in self.retrievers:
            if retriever.has_own_models:
                raise UsageError(
                    f"other processes cannot search {retriever.location} with the model or reranker that it was "
                    "opened with",
                    hint="open it without them, or let no other processes search",
                )
        self.processes = processes or cpu_count()
        locations = [retriever.location for retriever in self.retrievers]
        self._processes = Processes(locations, self.processes, seconds=seconds, on_replaced=on_replaced)

    @property
    def location(self) -> str:
        """The folders or URIs of the indexes."""
        return self._group.location

    @property
    def can_ask(self) -> bool:
        """Whether this process may ask the others: not so in the child of a fork."""
        return self._processes.can_ask

    def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        """As ``search``, with a ``SearchOptions`` object. Raises ProcessError, too."""
        check_options(options)
        started = time.perf_counter()
        if callable(options.where) or not self.can_ask:
            return self._group.search_with(query, options)
        response: SearchResponse = self.call(_search, query, options)
        return replace(response, took_ms=round((time.perf_counter() - started) * 1000, 1))

    def search_many_with(self, queries: Sequence[str], options: SearchOptions) -> list[SearchResponse]:
        """As ``search_many``, with a ``SearchOptions`` object: one process answers all."""
        check_options(options)
        if callable(options.where) or not self.can_ask:
            return self._group.search_many_with(queries, options)
        responses: list[SearchResponse] = self.call(_search_many, queries, options)
        return responses

    def context_with(self, question: str, options: ContextOptions, history: Iterable[HistoryLike] = ()) -> Context:
        """As ``context``, with a ``ContextOptions`` object. Raises ProcessError, too."""
        from retriever.context.conversation import read_history

        own = not isinstance(options, ContextOptions) or callable(options.where) or callable(options.tokenizer)
        if own or not self.can_ask:
            return self._group.context_with(question, options, history)
        context: Context = self.call(_build_context, question, options, read_history(history))
        return context

    def citation_checker(self, context: object) -> CitationChecker:
        """Checks the citations of an answer in this process, with the model of the first index."""
        return self._group.citation_checker(context)

    def call(self, work: Work, *arguments: object) -> Any:
        """What ``work`` returns, called in another process with the list of its open retrievers and ``arguments``.

        ``work`` is a function at the top of a module that can be imported there; the arguments and what it returns are
        pickled. Raises what it raises if that is a RetrieverError, else RuntimeError with the traceback; ProcessError
        where two processes have ended with it, ProcessTimeoutError, UsageError for what cannot be pickled and after
        ``close``.
        """
        self._require_open()
        try:
            request = write_request(work, arguments)
        except (TypeError, AttributeError, ValueError, RecursionError, pickle.PicklingError) as error:
            raise UsageError(
                f"what is asked cannot be sent to another process: {error}", hint="use values that can be pickled"
            ) from error
        return self._processes.ask(request)

    def start(self) -> None:
        """Start all processes, and wait until they have opened the indexes. Raises what that raises."""
        self._require_open()
        self._processes.ask_all(write_request(_do_nothing, ()))

    def warm(self) -> None:
        """Start all processes, and let each load everything that a search needs. Raises as ``search``."""
        self._require_open()
        self._processes.ask_all(write_request(_warm, ()))

    def stop(self) -> None:
        """End all processes, whatever they do: who waits gets a ProcessError. The retrievers stay open."""
        self._processes.stop()

    def close(self) -> None:
        """End the processes, each once it has answered, and close the retrievers. Later calls raise UsageError."""
        self._processes.close()
        self._group.close()

    def __enter__(self) -> RetrieverPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin_searches(self, stack: ExitStack) -> tuple[Begin, Callable[[], EmbeddingModel]]:
        return self._group._begin_searches(stack)

    def _require_open(self) -> None:
        if self._processes.closed:
            raise UsageError(f"the pool of {self.location} is closed", hint="make another one: RetrieverPool([…])")


def _one(retrievers: Sequence[Searcher]) -> Searching:
    return retrievers[0] if len(retrievers) == 1 else RetrieverGroup(retrievers)


def _search(retrievers: Sequence[Searcher], query: str, options: SearchOptions) -> SearchResponse:
    return _one(retrievers).search_with(query, options)


def _search_many(
    retrievers: Sequence[Searcher], queries: Sequence[str], options: SearchOptions
) -> list[SearchResponse]:
    return _one(retrievers).search_many_with(queries, options)


def _build_context(
    retrievers: Sequence[Searcher], question: str, options: ContextOptions, history: Sequence[HistoryLike]
) -> Context:
    return _one(retrievers).context_with(question, options, history)


def _warm(retrievers: Sequence[Searcher]) -> None:
    for retriever in retrievers:
        retriever.warm()


def _do_nothing(_: Sequence[Searcher]) -> None:
    """Be asked: then the process runs."""
