"""``Searcher``, the reading half of ``Retriever``: searches an index and reads cited passages. Wiring only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from retriever.arguments import require_callback, require_filter, require_flag, require_text
from retriever.errors import IndexVersionError, UsageError
from retriever.hits import CitedDocument, CitedPassage, OriginalFile, SearchResponse
from retriever.index.cache.access import IndexCache
from retriever.locks import WORK
from retriever.options import SearchOptions, Where
from retriever.reports import Facet, IndexedDocument, IndexStatistics, Problem, SourceStatistics
from retriever.searching import OnProgress, Searching, check_options, empty_index_error
from retriever.types import Mode, Source

if TYPE_CHECKING:
    from retriever.citations import CitationChecker
    from retriever.context.follow_ups import Begin
    from retriever.corpus_map.corpus_map import CorpusMap
    from retriever.index.interface import Index, Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.search.loaded import LoadedModels
    from retriever.search.many import OpenIndex


class Searcher(Searching):
    """An open index and its model. Safe to use from many threads."""

    def __init__(self, index: Index, models: LoadedModels) -> None:
        """Use ``Retriever.open``."""
        self._index = index
        self._cache = IndexCache(index)
        self._models = models
        self._closed = False

    @property
    def location(self) -> str:
        """The folder or URI of the index."""
        return self._index.location

    @property
    def has_own_models(self) -> bool:
        """Whether it was opened with a model or a reranker, which ``location`` alone does not tell."""
        return self._models.are_given

    @property
    def _is_immediate(self) -> bool:
        return self._index.folder is not None and self._models.are_immediate

    @WORK.held
    def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        """As ``search``, with a ``SearchOptions`` object."""
        check_options(options)
        started = time.perf_counter()
        return self._do_in_turn(lambda stack: self._open_index(stack).search(query, options, started))

    @WORK.held
    def search_many_with(self, queries: Sequence[str], options: SearchOptions) -> list[SearchResponse]:
        """As ``search_many``, with a ``SearchOptions`` object."""
        from retriever.search.many import check_queries, search_many

        check_options(options)
        with ExitStack() as stack:
            index = self._open_index(stack)
            return search_many(index, check_queries(queries, options.mode, index.settings.analyzer), options)

    @WORK.held
    def score(self, query: str, texts: Sequence[str], *, on_progress: OnProgress | None = None) -> list[float]:
        """How likely each of ``texts`` answers a question, 0 to 1, as the score of a hit; all from one generation.

        For candidates from elsewhere: the model is that of the index, and so is how rare a word is. Of a text its first
        10,000 characters count, and for meaning so much of them as the model reads. Raises what ``search`` raises.
        """
        from retriever.search.score import score_texts

        require_callback("on_progress", on_progress)
        with ExitStack() as stack:
            return score_texts(self._open_index(stack), query, texts, on_progress)

    def _open_index(self, stack: ExitStack) -> OpenIndex:
        """The newest generation, for any number of searches while ``stack`` is open."""
        from retriever.search.many import OpenIndex

        snapshot = stack.enter_context(self._reading())
        settings = self._require_searchable(snapshot.settings)
        model = partial(self._models.embedding_model_for, settings, self.location)
        return OpenIndex(snapshot, settings, self.location, model, self._models.reranker)

    def _begin_searches(self, stack: ExitStack) -> tuple[Begin, Callable[[], EmbeddingModel]]:
        index = self._open_index(stack)
        return lambda query, options: [index.begin(query, options)], index.model

    @WORK.held
    def passage(self, id: str, *, context: int = 0) -> CitedPassage:
        """The passage with an id, and ``context`` neighbours on either side. Loads no model.

        Raises NotFoundError for an unknown id.
        """
        from retriever.search.read import read_passage

        options = SearchOptions(context=context)
        with self._reading() as snapshot:
            return read_passage(snapshot, id, options.context)

    @WORK.held
    def document(self, id: str, *, source: str | None = None) -> CitedDocument:
        """The document of that id with all its passages; ``source`` tells several of one id apart.

        It is a source, the path of a file, or ``program:`` and the id for the document of a program.
        Loads no model. Raises NotFoundError where there is none, UsageError where there are several.
        """
        from retriever.search.read import read_document

        require_text("source", source, optional=True)
        with self._reading() as snapshot:
            return read_document(snapshot, id, source)

    def map(
        self,
        question: str | None = None,
        *,
        k: int = 10,
        mode: Mode = "hybrid",
        where: Where | None = None,
        clusters: int | None = None,
        limit: int = 50_000,
    ) -> CorpusMap:
        """The passages as points in two dimensions, near ones meaning alike, with the ``k`` hits of a question marked.

        Needs the extra ``map``. Without a question it loads no model.

        - ``k``, ``mode``, ``where``: as for ``search``; only passages that match ``where`` are on the map
        - ``clusters``: how many clusters to make; None finds a number that fits
        - ``limit``: the most points; of more passages a sample is shown, with all hits

        Raises what ``search`` raises, and MissingExtraError.
        """
        from retriever.corpus_map.build import build_map
        from retriever.corpus_map.read import MapOptions, read_map

        options = MapOptions(question, SearchOptions(k, mode, where=where), clusters, limit)
        with self._reading() as snapshot:
            settings = self._require_searchable(snapshot.settings)
            model = partial(self._models.embedding_model_for, settings, self.location)
            read = read_map(
                snapshot, settings, options, location=self.location, model=model, reranker=self._models.reranker
            )
        # Nothing of the index is needed from here on, and a fork need not wait.
        return build_map(read, clusters=clusters)

    @WORK.held
    def read_file(self, id: str, *, source: str | None = None) -> OriginalFile:
        """The file that the document of that id came from; ``source`` as for ``document``. Loads no model.

        Raises NotFoundError where there is no such document, and where its file is not what was indexed any more;
        UsageError where there are several documents.
        """
        from retriever.search.original import read_original

        require_text("source", source, optional=True)
        with self._reading() as snapshot:
            return read_original(snapshot, id, source)

    @WORK.held
    def read_documents(self, *ids: str, where: Where | None = None) -> list[CitedDocument]:
        """The documents with one of ``ids`` (without any, all) that match the filter ``where``, by source and id.

        An id that no document has is left out; one that several documents have gives all of them. Loads no model.
        Raises FilterError for an invalid filter, and for a field of passages (``page``, ``heading``).
        """
        from retriever.filters import Filter
        from retriever.search.read import read_documents

        require_filter(where, hint="such as: where=\"topic = 'old'\"")
        with self._reading() as snapshot:
            return read_documents(snapshot, ids, None if where is None else Filter.of(where))

    @WORK.held
    def citation_checker(self, context: object) -> CitationChecker:
        """As in ``Searching``. Raises what ``search`` raises for an index that cannot be searched."""
        from retriever.citations import CitationChecker
        from retriever.models.scoring.score_baseline import ScoreBaseline

        with self._reading() as snapshot:
            settings = self._require_searchable(snapshot.settings)
        model = self._models.embedding_model_for(settings, self.location)
        return CitationChecker(context, model, baseline=ScoreBaseline(*settings.baseline))

    @WORK.held
    def warm(self, on_progress: OnProgress | None = None, *, search: bool = True) -> None:
        """Load all that a search needs, so that the first one is as fast as the next. Raises as ``search``.

        ``on_progress`` hears how the bundled model is prepared. Without ``search`` only the model is opened.
        """
        from retriever.models.scoring.score_baseline import ScoreBaseline

        require_callback("on_progress", on_progress)
        require_flag("search", search)
        with self._reading() as snapshot:
            settings = snapshot.settings
        if self._models.reranker:
            self._models.reranker()  # first: its name may be wrong
        if settings:
            model = self._models.embedding_model(self._models.find_name(settings, self.location), on_progress)
            if search:  # two load all that a search needs: one alone does without what takes long to import
                late = int(model.has_token_vectors and ScoreBaseline(*settings.baseline).has_late)
                try:
                    self.search_many(["warm", "warm"], 1, rerank=late)
                except IndexVersionError:  # of an engine without words, or of what is refused again
                    self.search("warm", 1, mode="dense", rerank=late)
            else:
                model.open_early()

    @WORK.held
    def sources(self) -> tuple[Source, ...]:
        """The sources that the index remembers. Loads no model."""
        with self._reading() as snapshot:
            return snapshot.sources

    @WORK.held
    def status(self) -> IndexStatistics:
        """What the index contains. Loads no model."""
        from retriever.ingest.origins import count_documents
        from retriever.ingest.sources import exists

        with self._reading() as snapshot:
            statistics, sources = snapshot.statistics(), snapshot.sources
            counted, by_programs = count_documents(sources, snapshot.stored_documents())
        cached = self._cache.measure()
        return replace(
            statistics,
            bytes={**statistics.bytes, "cache": cached} if cached else statistics.bytes,
            sources=tuple(
                SourceStatistics(source, count, exists(source)) for source, count in zip(sources, counted, strict=True)
            ),
            program_documents=by_programs,
        )

    @WORK.held
    def documents(self) -> list[IndexedDocument]:
        """The documents in the index, by source and id. Loads no model."""
        from retriever.filters import describe

        with self._reading() as snapshot:
            documents = [describe(stored) for stored in snapshot.stored_documents()]
        return sorted(documents, key=lambda document: (document.source, document.document))

    @WORK.held
    def facets(self, *, most: int = 20, sample: int | None = None) -> tuple[Facet, ...]:
        """The fields that filters can use, with ``most`` frequent values each, of all documents or of a ``sample``."""
        from retriever.filters import count_values

        with self._reading() as snapshot:
            return count_values(snapshot.stored_documents(), most, sample)

    def verify(self, *, deep: bool = True) -> list[Problem]:
        """Check the index: with ``deep`` every checksum and cross-reference, without only sizes and manifests.

        An empty list means that nothing is wrong. Nothing is changed.
        """
        self._require_open()
        require_flag("deep", deep)
        return self._index.verify(deep=deep)

    def close(self) -> None:
        """Release files and memory. Running searches finish; later calls raise UsageError."""
        self._closed = True
        self._models.close()
        self._cache.close()
        self._index.close()

    def _require_open(self) -> None:
        if self._closed:
            raise UsageError(f"the retriever of {self.location} is closed", hint="open it again: Retriever.open")

    def _require_searchable(self, settings: IndexSettings | None) -> IndexSettings:
        """The settings. Raises IndexNotFoundError for an empty index, FingerprintMismatchError for a later version."""
        if settings is None:
            raise empty_index_error(self.location)
        settings.require_known_analyzer(self.location)
        return settings

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        """The newest generation, inside of ``WORK``: a fork waits until the reading is done."""
        self._require_open()
        with WORK.hold(), self._index.reading() as snapshot:
            yield snapshot
