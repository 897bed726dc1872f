"""The verbs that read: searches, passages, documents, status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from retriever.arguments import quote
from retriever.async_retriever.threads import Threads
from retriever.context.options import ContextOptions, Order, TokenizerLike
from retriever.context.values import Context
from retriever.engine import Retriever
from retriever.errors import UsageError
from retriever.hits import CitedDocument, CitedPassage, OriginalFile, SearchResponse
from retriever.options import SearchOptions, Where
from retriever.reports import Facet, IndexedDocument, IndexStatistics, Problem
from retriever.searching import OnProgress, Searching
from retriever.types import Duplicates, Mode, Source

if TYPE_CHECKING:
    from retriever.citations import CitationChecker, CitationReport
    from retriever.context.conversation import HistoryLike
    from retriever.corpus_map.corpus_map import CorpusMap
    from retriever.pool import RetrieverPool


class AsyncSearcher:
    """What reads an open index."""

    def __init__(self, retriever: Retriever, *, threads: int | None = None, pool: RetrieverPool | None = None) -> None:
        """Use ``AsyncRetriever.open``, or give a retriever that is open.

        - ``threads``: how many calls are worked on at once; by default one more than CPUs. Others wait.
        - ``pool``: of this retriever, to be asked for searches and contexts, and closed with it

        Raises UsageError for what is not a retriever or a pool, and for a pool of others.
        """
        if not isinstance(retriever, Retriever):
            raise UsageError(f"not an open Retriever: {quote(retriever)}", hint="await AsyncRetriever.open(…)")
        if pool is not None:
            from retriever.pool import RetrieverPool

            if not isinstance(pool, RetrieverPool) or pool.retrievers != (retriever,):
                raise UsageError(f"not a pool of this retriever: {quote(pool)}", hint="pool=RetrieverPool([retriever])")
        self.retriever = retriever
        self._pool = pool
        self._searching: Searching = retriever if pool is None else pool
        self._threads = Threads(threads, retriever.location)

    @property
    def location(self) -> str:
        """The folder or URI of the index."""
        return self.retriever.location

    async def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        context: int = 0,
        rerank: int | None = None,
        duplicates: Duplicates = "fold",
        where: Where | None = None,
        min_score: float = 0.0,
        diverse: bool = False,
        max_per_document: int | None = None,
        explain: bool = False,
    ) -> SearchResponse:
        """As ``Retriever.search``."""
        options = SearchOptions(
            k, mode, context, rerank, duplicates, where, min_score, diverse, max_per_document, explain
        )
        return await self.search_with(query, options)

    async def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        """As ``Retriever.search_with``."""
        return await self._threads.run(partial(self._searching.search_with, query, options))

    async def search_many(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        context: int = 0,
        rerank: int | None = None,
        duplicates: Duplicates = "fold",
        where: Where | None = None,
        min_score: float = 0.0,
        diverse: bool = False,
        max_per_document: int | None = None,
        explain: bool = False,
    ) -> list[SearchResponse]:
        """As ``Retriever.search_many``."""
        options = SearchOptions(
            k, mode, context, rerank, duplicates, where, min_score, diverse, max_per_document, explain
        )
        return await self.search_many_with(queries, options)

    async def search_many_with(self, queries: Sequence[str], options: SearchOptions) -> list[SearchResponse]:
        """As ``Retriever.search_many_with``."""
        return await self._threads.run(partial(self._searching.search_many_with, queries, options))

    async def context(
        self,
        question: str,
        max_tokens: int = 1500,
        *,
        history: Iterable[HistoryLike] = (),
        order: Order = "rank",
        tokenizer: TokenizerLike | None = None,
        min_score: float | None = None,
        mode: Mode = "hybrid",
        where: Where | None = None,
    ) -> Context:
        """As ``Retriever.context``."""
        options = ContextOptions(max_tokens, order, tokenizer, min_score, mode, where)
        return await self.context_with(question, options, history)

    async def context_with(
        self, question: str, options: ContextOptions, history: Iterable[HistoryLike] = ()
    ) -> Context:
        """As ``Retriever.context_with``."""
        return await self._threads.run(partial(self._searching.context_with, question, options, history))

    async def check_citations(self, answer: str, context: object) -> CitationReport:
        """As ``Retriever.check_citations``."""
        return await self._threads.run(partial(self.retriever.check_citations, answer, context))

    async def citation_checker(self, context: object) -> CitationChecker:
        """As ``Retriever.citation_checker``. Its ``feed`` works where it is called: ``asyncio.to_thread`` it."""
        return await self._threads.run(partial(self.retriever.citation_checker, context))

    async def map(
        self,
        question: str | None = None,
        *,
        k: int = 10,
        mode: Mode = "hybrid",
        where: Where | None = None,
        clusters: int | None = None,
        limit: int = 50_000,
    ) -> CorpusMap:
        """As ``Retriever.map``."""
        work = partial(self.retriever.map, question, k=k, mode=mode, where=where, clusters=clusters, limit=limit)
        return await self._threads.run(work)

    async def score(self, query: str, texts: Sequence[str], *, on_progress: OnProgress | None = None) -> list[float]:
        """As ``Retriever.score``."""
        return await self._threads.run(partial(self.retriever.score, query, texts, on_progress=on_progress))

    async def passage(self, id: str, *, context: int = 0) -> CitedPassage:
        """As ``Retriever.passage``."""
        return await self._threads.run(partial(self.retriever.passage, id, context=context))

    async def document(self, id: str, *, source: str | None = None) -> CitedDocument:
        """As ``Retriever.document``."""
        return await self._threads.run(partial(self.retriever.document, id, source=source))

    async def read_file(self, id: str, *, source: str | None = None) -> OriginalFile:
        """As ``Retriever.read_file``."""
        return await self._threads.run(partial(self.retriever.read_file, id, source=source))

    async def read_documents(self, *ids: str, where: Where | None = None) -> list[CitedDocument]:
        """As ``Retriever.read_documents``."""
        return await self._threads.run(partial(self.retriever.read_documents, *ids, where=where))

    async def warm(self, on_progress: OnProgress | None = None, *, search: bool = True) -> None:
        """As ``Retriever.warm``. Starts and warms the processes of a pool, too."""
        await self._threads.run(partial(self.retriever.warm, on_progress, search=search))
        if self._pool is not None:
            await self._threads.run(self._pool.warm)

    async def sources(self) -> tuple[Source, ...]:
        """As ``Retriever.sources``."""
        return await self._threads.run(self.retriever.sources)

    async def status(self) -> IndexStatistics:
        """As ``Retriever.status``."""
        return await self._threads.run(self.retriever.status)

    async def documents(self) -> list[IndexedDocument]:
        """As ``Retriever.documents``."""
        return await self._threads.run(self.retriever.documents)

    async def facets(self, *, most: int = 20, sample: int | None = None) -> tuple[Facet, ...]:
        """As ``Retriever.facets``."""
        return await self._threads.run(partial(self.retriever.facets, most=most, sample=sample))

    async def verify(self, *, deep: bool = True) -> list[Problem]:
        """As ``Retriever.verify``."""
        return await self._threads.run(partial(self.retriever.verify, deep=deep))
