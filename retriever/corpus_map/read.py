"""Reads from one generation what a map shows: the passages with their vectors, and the hits of a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.arguments import require_count, require_text
from retriever.corpus_map.gather import Gathered, gather
from retriever.corpus_map.libraries import require_sklearn
from retriever.models.scoring.language_centering import find_centering
from retriever.options import SearchOptions
from retriever.search.corpus_centering import center_corpus
from retriever.search.filtering import select
from retriever.search.pipeline import search
from retriever.text.analyzer import CURRENT, find_analyzer

if TYPE_CHECKING:
    from retriever.hits import SearchResponse
    from retriever.index.interface import Selection, Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Reranker
    from retriever.options import Where
    from retriever.text.analyzer import Analyzer


@dataclass(frozen=True, slots=True)
class MapOptions:
    """The arguments of ``Searcher.map``. Raises UsageError for a value of the wrong type or out of range."""

    question: str | None
    search: SearchOptions
    clusters: int | None
    limit: int

    def __post_init__(self) -> None:
        require_text("question", self.question, optional=True)
        require_count("clusters", self.clusters, at_least=1, optional=True)
        require_count("limit", self.limit, at_least=1)


@dataclass(frozen=True, slots=True)
class MapContents:
    """What a map is made of: passages, the hits to mark, and where they are from.

    ``analyzer`` is that of the index.
    """

    location: str
    generation: int
    gathered: Gathered
    response: SearchResponse | None
    analyzer: Analyzer


def read_map(
    snapshot: Snapshot,
    settings: IndexSettings,
    options: MapOptions,
    *,
    location: str,
    model: Callable[[], EmbeddingModel],
    reranker: Callable[[], Reranker] | None,
) -> MapContents:
    """Read the contents of a map; the other arguments are those of ``search``."""
    require_sklearn()  # first: whoever lacks it should not wait for the reading
    response = None
    if options.question is not None:
        response = search(
            snapshot, settings, options.question, options.search, location=location, model=model, reranker=reranker
        )
    centering = center_corpus(snapshot, find_centering(settings.centering))
    gathered = gather(
        snapshot,
        options.limit,
        within=_select(snapshot, options.search.where),
        always=frozenset(hit.id for hit in response or ()),
        center=centering.center,
    )
    analyzer = find_analyzer(settings.analyzer) or CURRENT
    return MapContents(location, snapshot.generation, gathered, response, analyzer)


def _select(snapshot: Snapshot, where: Where | None) -> Selection | None:
    if where is None:
        return None
    from retriever.filters import Filter

    return select(snapshot, Filter.of(where))
