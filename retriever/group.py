"""``RetrieverGroup``: several open indexes, searched as one. Wiring only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from retriever.errors import FilterError, UsageError
from retriever.hits import SearchResponse
from retriever.locks import WORK
from retriever.options import SearchOptions
from retriever.searcher import Searcher
from retriever.searching import OnProgress, Searching, check_options

if TYPE_CHECKING:
    from retriever.citations import CitationChecker
    from retriever.context.build import Begin
    from retriever.context.tokens import CountTokens
    from retriever.search.pipeline import Search


class RetrieverGroup(Searching):
    """Several open indexes, searched as one. Safe to use from many threads.

    Filters, near-duplicates, caps, diversity and the least score hold over all of them, and each hit says which index
    it is from. Scores mean the same in every index; how rare a word is counts by index.
    """

    def __init__(self, retrievers: Sequence[Searcher]) -> None:
        """``retrievers`` are open, one an index; one that is given twice counts once.

        Raises UsageError without any.
        """
        if not isinstance(retrievers, list | tuple) or not all(isinstance(item, Searcher) for item in retrievers):
            raise UsageError("a group is made of open retrievers", hint="RetrieverGroup([Retriever.open(…), …])")
        self.retrievers = tuple({retriever.location: retriever for retriever in retrievers}.values())
        if not self.retrievers:
            raise UsageError("no index to search", hint="give at least one retriever")

    @property
    def location(self) -> str:
        """The folders or URIs of the indexes."""
        return ", ".join(retriever.location for retriever in self.retrievers)

    @WORK.held
    def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        """As ``search``, with a ``SearchOptions`` object. An error names the index that it is about."""
        from retriever.search.pipeline import respond
        from retriever.search.union import find_hits

        check_options(options)
        started = time.perf_counter()
        with ExitStack() as stack:
            begin, _ = self._begin_searches(stack)
            parts = begin(query, options)
            hits = find_hits(parts, options)
            generation = parts[0].generation if len(self.retrievers) == 1 else 0
        return respond(parts[0].text, options, hits, location=self.location, generation=generation, started=started)

    def _begin_searches(self, stack: ExitStack) -> tuple[Begin, Callable[[], CountTokens]]:
        opened = [retriever._begin_searches(stack) for retriever in self.retrievers]

        def begin(query: str, options: SearchOptions) -> Sequence[Search]:
            """A filter is refused only if no index can work it out: the documents of some may lack a field."""
            parts: list[Search] = []
            refused: list[FilterError] = []
            for begin_one, _ in opened:
                with _collecting(refused):
                    parts += begin_one(query, options)
            if not parts:
                raise refused[0]
            return parts

        return begin, opened[0][1]

    def citation_checker(self, context: object) -> CitationChecker:
        """Checks the citations of an answer as it comes in, with the model of the first index."""
        first: Searcher = self.retrievers[0]
        return first.citation_checker(context)

    def find(self, location: str) -> Searcher:
        """The retriever of the index at a location, such as that of a hit. Raises UsageError for another index."""
        by_location: dict[str, Searcher] = {retriever.location: retriever for retriever in self.retrievers}
        found = by_location.get(location)
        if found is None:
            raise UsageError(f"the group has no index {location!r}", hint=f"it has {self.location}")
        return found

    def warm(self, on_progress: OnProgress | None = None) -> None:
        """Load everything that a search needs; see ``Retriever.warm``."""
        for retriever in self.retrievers:
            retriever.warm(on_progress)

    def close(self) -> None:
        """Close all retrievers."""
        for retriever in self.retrievers:
            retriever.close()

    def __enter__(self) -> RetrieverGroup:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _collecting(errors: list[FilterError]) -> Iterator[None]:
    try:
        yield
    except FilterError as error:
        errors.append(error)
