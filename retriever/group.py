"""``RetrieverGroup``: several open indexes, searched as one. Wiring only."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
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
    from retriever.context.follow_ups import Begin
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.reports import Facet
    from retriever.search.many import OpenIndex
    from retriever.search.pipeline import Search
    from retriever.types import Vectors


_NONE: Mapping[str, Mapping[str, Vectors]] = {}


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
        by_place: dict[str, Searcher] = {}
        for retriever in retrievers:
            by_place.setdefault(_find_place(retriever.location), retriever)
        self.retrievers = tuple(by_place.values())
        if not self.retrievers:
            raise UsageError("no index to search", hint="give at least one retriever")

    @property
    def location(self) -> str:
        """The folders or URIs of the indexes."""
        return ", ".join(retriever.location for retriever in self.retrievers)

    @WORK.held
    def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        """As ``search``, with a ``SearchOptions`` object. An error names the index that it is about."""
        check_options(options)
        started = time.perf_counter()
        with ExitStack() as stack:
            return self._answer(self._open_indexes(stack), query, options, started)

    @WORK.held
    def search_many_with(self, queries: Sequence[str], options: SearchOptions) -> list[SearchResponse]:
        """As ``search_many``, with a ``SearchOptions`` object: from one generation of each index."""
        from retriever.search.many import batches, check_queries

        check_options(options)
        asked = check_queries(queries, options.mode)
        with ExitStack() as stack:
            indexes = self._open_indexes(stack)
            return [
                self._answer(indexes, query, options, time.perf_counter(), vectors)
                for batch in batches(asked)
                for vectors in [_embed(indexes, batch, options)]
                for query in batch
            ]

    def _open_indexes(self, stack: ExitStack) -> list[OpenIndex]:
        return [retriever._open_index(stack) for retriever in self.retrievers]

    def _begin_searches(self, stack: ExitStack) -> tuple[Begin, Callable[[], EmbeddingModel]]:
        indexes = self._open_indexes(stack)
        return lambda query, options: _begin(indexes, query, options), indexes[0].model

    def _answer(
        self,
        indexes: Sequence[OpenIndex],
        query: str,
        options: SearchOptions,
        started: float,
        vectors: Mapping[str, Mapping[str, Vectors]] = _NONE,
    ) -> SearchResponse:
        from retriever.search.results import respond
        from retriever.search.union import find_hits

        parts = _begin(indexes, query, options, vectors)
        hits = find_hits(parts, options)
        snapshots = [part.snapshot for part in parts]
        return respond(parts[0].text, options, hits, location=self.location, snapshots=snapshots, started=started)

    def citation_checker(self, context: object) -> CitationChecker:
        """Checks the citations of an answer as it comes in, with the model of the first index."""
        first: Searcher = self.retrievers[0]
        return first.citation_checker(context)

    @WORK.held
    def facets(self, *, most: int = 20, sample: int | None = None) -> tuple[Facet, ...]:
        """The fields that filters can use, over the documents of all indexes; see ``Retriever.facets``.

        A ``sample`` is taken from all indexes in turn.
        """
        from retriever.filters import count_values

        with ExitStack() as stack:
            snapshots = [stack.enter_context(retriever._reading()) for retriever in self.retrievers]
            rounds = zip_longest(*(snapshot.stored_documents() for snapshot in snapshots))
            documents = (document for one in rounds for document in one if document is not None)
            return count_values(documents, most, sample)

    def find(self, location: str) -> Searcher:
        """The retriever of the index at a location, such as that of a hit. Raises UsageError for another index."""
        by_location: dict[str, Searcher] = {retriever.location: retriever for retriever in self.retrievers}
        found = by_location.get(location)
        if found is None:
            raise UsageError(f"the group has no index {location!r}", hint=f"it has {self.location}")
        return found

    def warm(self, on_progress: OnProgress | None = None, *, search: bool = True) -> None:
        """Load everything that a search needs; see ``Retriever.warm``."""
        for retriever in self.retrievers:
            retriever.warm(on_progress, search=search)

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


def _begin(
    indexes: Sequence[OpenIndex],
    query: str,
    options: SearchOptions,
    vectors: Mapping[str, Mapping[str, Vectors]] = _NONE,
) -> list[Search]:
    """The searches of the indexes; ``vectors`` are those of questions that are embedded, by the encoder of an index.

    A filter is refused only if no index can work it out: the documents of some may lack a field.
    """
    parts: list[Search] = []
    refused: list[FilterError] = []
    for index in indexes:
        with _collecting(refused):
            parts.append(index.begin(query, options, vectors.get(index.settings.encoder)))
    if not parts:
        raise refused[0]
    return parts


def _embed(
    indexes: Sequence[OpenIndex], queries: Sequence[str], options: SearchOptions
) -> dict[str, Mapping[str, Vectors]]:
    """The vectors of questions by the encoder of an index; each encoder is called once."""
    vectors: dict[str, Mapping[str, Vectors]] = {}
    for index in indexes:
        if not vectors.get(index.settings.encoder):
            vectors[index.settings.encoder] = index.embed(queries, options)
    return vectors


@contextmanager
def _collecting(errors: list[FilterError]) -> Iterator[None]:
    try:
        yield
    except FilterError as error:
        errors.append(error)


def _find_place(location: str) -> str:
    """Where an index is, whatever links lead there."""
    return location if "://" in location else os.path.realpath(location)
