"""Many questions at once: embedded together, and answered from one generation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from retriever.errors import UsageError
from retriever.frozen import dataclass
from retriever.hits import SearchResponse
from retriever.search.pipeline import Search, search
from retriever.search.query import clean, parse
from retriever.search.results import respond
from retriever.text.analyzer import CURRENT, find_analyzer

if TYPE_CHECKING:
    from retriever.index.interface import Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Reranker
    from retriever.options import SearchOptions
    from retriever.search.query import Query
    from retriever.text.analyzer import Analyzer
    from retriever.types import Mode, Vectors

# Questions that are embedded in one call: an encoder keeps the tokens of so many for late interaction.
BATCH = 32


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """One generation of an index, open for searches; the fields are the arguments of ``Search``."""

    snapshot: Snapshot
    settings: IndexSettings
    location: str
    model: Callable[[], EmbeddingModel]
    reranker: Callable[[], Reranker] | None

    def search(self, query: str, options: SearchOptions, started: float) -> SearchResponse:
        """The answer to a question that was asked at ``started``, by ``time.perf_counter``."""
        ask = partial(search, location=self.location, model=self.model, reranker=self.reranker)
        return ask(self.snapshot, self.settings, query, options, started=started)

    def begin(self, query: str | Query, options: SearchOptions, vectors: Mapping[str, Vectors] | None = None) -> Search:
        """A search that is still to be ranked; ``vectors`` are those of ``embed``."""
        return Search(
            self.snapshot,
            self.settings,
            query,
            options,
            location=self.location,
            model=self.model,
            reranker=self.reranker,
            vectors=vectors,
        )

    def embed(self, queries: Sequence[str], options: SearchOptions) -> Mapping[str, Vectors]:
        """The vectors of questions by their text, not centered: one call of the model; none if no search needs any."""
        if options.mode == "lexical" or not self.snapshot.passages:
            return {}
        texts = list(dict.fromkeys(map(clean, queries)))
        return dict(zip(texts, self.model().embed_queries(texts), strict=True))


def check_queries(queries: object, mode: Mode, analyzer: str = "") -> list[str]:
    """The questions of a list, each of which can be asked. Raises UsageError, which names the place of a wrong one."""
    if isinstance(queries, str) or not isinstance(queries, Sequence):
        raise UsageError(f"queries must be a list of texts, not {type(queries).__name__}", hint="give a list: [query]")
    for place, query in enumerate(queries):
        _check_query(place, query, mode, find_analyzer(analyzer) or CURRENT)
    return list(queries)


def _check_query(place: int, query: str, mode: Mode, analyzer: Analyzer) -> None:
    try:
        parsed = parse(query, analyzer)
        if mode == "lexical":
            parsed.require_terms()
    except UsageError as error:
        raise UsageError(f"query {place} of the list: {error}", hint=error.hint) from error


def batches(queries: Sequence[str]) -> Iterator[Sequence[str]]:
    """The questions in parts of ``BATCH``."""
    return (queries[start : start + BATCH] for start in range(0, len(queries), BATCH))


def search_many(index: OpenIndex, queries: Sequence[str], options: SearchOptions) -> list[SearchResponse]:
    """Answer each question as ``search`` does, all from one generation."""
    return [response for batch in batches(queries) for response in _search_batch(index, batch, options)]


def _search_batch(index: OpenIndex, queries: Sequence[str], options: SearchOptions) -> Iterator[SearchResponse]:
    vectors = index.embed(queries, options)
    for query in queries:
        started = time.perf_counter()
        part = index.begin(query, options, vectors)
        hits = part.find()
        yield respond(part.text, options, hits, location=index.location, snapshots=[index.snapshot], started=started)
