"""One search, stage by stage: query, filter, candidates of both kinds, fusion, late interaction, selection, hits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from retriever.errors import UsageError
from retriever.hits import Duplicate, Hit, SearchResponse
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.search import late
from retriever.search.bm25 import TermWeights
from retriever.search.candidates import Candidate, CandidateScorer, find_candidates, rerank
from retriever.search.context import SearchContext
from retriever.search.corpus_centering import NONE, center_corpus
from retriever.search.duplicates import TextComparer
from retriever.search.explain import Explainer
from retriever.search.filtering import select
from retriever.search.highlights import Marks, mark_by_meaning, mark_by_words
from retriever.search.query import Query, parse
from retriever.search.selection import choose
from retriever.text.analyzer import CURRENT, Analyzer, find_analyzer
from retriever.text.readings import hide_readings

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.index.interface import Snapshot, StoredPassage
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Reranker
    from retriever.options import SearchOptions
    from retriever.types import Neighbour, Passage, Vectors

# Candidates of each stage: enough to include those that both stages rank in the middle and that are best together. On
# DRCD and four pairs of languages of XQuAD, 40, 60 and 100 give the same nDCG@10 to the last digit.
CANDIDATES = 40
CANDIDATES_PER_HIT = 4
# If folding and caps leave too few hits, the number of candidates is multiplied by this, up to a maximum.
WIDENED = 4
WIDEST = 10_000


def search(
    snapshot: Snapshot,
    settings: IndexSettings,
    query: str,
    options: SearchOptions,
    *,
    location: str,
    model: Callable[[], EmbeddingModel],
    reranker: Callable[[], Reranker] | None = None,
) -> SearchResponse:
    """Answer ``query`` from one generation.

    - ``settings``: what the index was built with
    - ``location``: of the index, for the response
    - ``model``: returns the embedding model; called only if it is needed
    - ``reranker``: returns a cross-encoder, whose score replaces late interaction
    """
    started = time.perf_counter()
    # The terms of an index are found with the analyzer that extracted them.
    analyzer = find_analyzer(settings.analyzer) or CURRENT
    parsed = parse(query, analyzer)
    if options.mode == "lexical":
        parsed.require_terms()
    hits = _Search(snapshot, settings, parsed, options, model, reranker, analyzer).find()
    return SearchResponse(
        query=parsed.text,
        location=location,
        generation=snapshot.generation,
        mode=options.mode,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        hits=tuple(hits),
    )


class _Search:
    """The state of one search while it runs."""

    def __init__(
        self,
        snapshot: Snapshot,
        settings: IndexSettings,
        query: Query,
        options: SearchOptions,
        model: Callable[[], EmbeddingModel],
        reranker: Callable[[], Reranker] | None,
        analyzer: Analyzer,
    ) -> None:
        where = _parse_filter(options.where)
        within = None if where is None else select(snapshot, where)
        self._model: EmbeddingModel | None = None
        self._reranker = None
        # Why late interaction is left out although the mode includes it.
        self._without_late = ""
        # Scores of the last stage by ref: they are not computed again when candidates are widened.
        self._compared: dict[int, float] = {}
        centering, vector, tokens, stored = NONE, None, None, bool(settings.tokens)
        baseline = ScoreBaseline(*settings.baseline)
        empty = not (snapshot.passages if within is None else within.count)
        if options.mode != "lexical" and not empty:
            self._reranker = reranker() if reranker and options.reranked else None
            self._model = model()
            centering = center_corpus(snapshot, self._model.centering)
            if query.others:
                passages = {language: sums.passages for language, sums in snapshot.languages.items()}
                query = query.follow_corpus(passages)
            vector = _embed(query, self._model)
            if options.reranked:
                self._without_late = _explain_missing_late(self._model, baseline)
                if not self._without_late:
                    tokens = late.embed_question(self._model, query.text, query.language, stored=stored)
                elif self._reranker is None:
                    _require_default(options, self._without_late)
                    options = replace(options, rerank=0)
        self._options = options
        self._context = SearchContext(
            snapshot=snapshot,
            options=options,
            query=query,
            weights=TermWeights.of(query.terms, snapshot.term_statistics([] if empty else query.terms), analyzer),
            baseline=baseline,
            centering=centering,
            where=where,
            within=within,
            vector=vector,
            tokens=tokens,
            stored_tokens=stored,
        )

    def find(self) -> list[Hit]:
        """The hits, best first. Candidates are widened until there are ``k`` hits or no more candidates."""
        search, k = self._context, self._options.k
        if not search.available:
            return []
        # Engines allocate memory for the limit, so never ask for more passages than there are.
        asked = max(CANDIDATES_PER_HIT * min(k, search.available), min(self._options.reranked, search.available))
        limit = max(CANDIDATES, asked)
        widest = max(limit, WIDEST)
        scorer, comparer = CandidateScorer(search), TextComparer()
        while True:
            refs = find_candidates(search, limit)
            first = scorer.score(refs)
            ranked = self._rerank(first)
            groups = choose(ranked, self._stack_vectors(ranked), self._options, search.baseline, comparer)
            # Fewer than requested means that the stages have no more to propose; ties may give more than requested.
            every = len(refs) < limit or len(refs) == search.available
            if len(groups) >= k or every or limit >= widest:
                break
            limit = min(limit * WIDENED, widest)
        kept = [group for group in groups if group[0].score >= self._options.min_score]
        around = self._fetch_neighbours(kept)
        explainer = Explainer(search, first, ranked, self._without_late)
        return [
            self._make_hit(rank, group, beside, explainer)
            for rank, (group, beside) in enumerate(zip(kept, around, strict=True), 1)
        ]

    def _rerank(self, ranked: list[Candidate]) -> list[Candidate]:
        search = self._context
        if self._model is None or (search.tokens is None and self._reranker is None):
            return ranked
        first = ranked[: self._options.reranked]
        new = [item.stored for item in first if item.stored.ref not in self._compared]
        passages = [stored.passage for stored in new]
        if self._reranker:
            scores = self._reranker.scores(search.query.text, [passage.text for passage in passages])
        else:
            assert search.tokens is not None
            kept = [stored.tokens for stored in new] if search.stored_tokens else []
            scores = late.score(self._model, search.tokens, passages, kept, search.centering)
        self._compared.update(zip([stored.ref for stored in new], scores, strict=True))
        stage: Literal["late", "reranker"] = "reranker" if self._reranker else "late"
        return rerank(ranked, [self._compared[item.stored.ref] for item in first], stage, search.baseline)

    def _stack_vectors(self, ranked: Sequence[Candidate]) -> Vectors | None:
        """The vectors of the candidates; None if they are not needed to find near-duplicates."""
        if not ranked or (self._options.duplicates == "show" and not self._options.diverse):
            return None
        return np.stack([item.stored.vector for item in ranked if item.stored.vector is not None])

    def _fetch_neighbours(
        self, groups: Sequence[Sequence[Candidate]]
    ) -> Sequence[tuple[list[Neighbour], list[Neighbour]]]:
        if not self._options.context or not groups:
            return [([], [])] * len(groups)
        return self._context.snapshot.around([group[0].stored.ref for group in groups], self._options.context)

    def _make_hit(
        self,
        rank: int,
        group: Sequence[Candidate],
        beside: tuple[list[Neighbour], list[Neighbour]],
        explainer: Explainer,
    ) -> Hit:
        item, *others = group
        stored, passage, document = item.stored, item.stored.passage, item.stored.document
        scores = item.scores
        stages = {"dense": scores.dense, "lexical": scores.lexical, "late": scores.late, "reranker": scores.reranker}
        marks = self._mark(item)
        before, after = beside
        return Hit(
            rank=rank,
            score=item.score,
            id=stored.id,
            document=document.id,
            source=document.source,
            path=document.file or None,
            title=document.title,
            heading=passage.heading,
            text=passage.text,
            start=passage.start,
            end=passage.end,
            line=passage.line,
            page=passage.page,
            end_page=passage.end_page,
            cited_page=passage.page_at(_find_answer(marks)),
            language=passage.language,
            highlights=marks.words,
            scores={name: score for name, score in stages.items() if score is not None},
            duplicates=tuple(_make_duplicate(other.stored, passage, marks) for other in others),
            metadata=hide_readings(document.metadata),
            before=tuple(before),
            after=tuple(after),
            sentence=marks.sentence,
            explanation=explainer.explain(rank, item, len(others), marks) if self._options.explain else (),
        )

    def _mark(self, item: Candidate) -> Marks:
        """The highlights of a hit: by meaning if its tokens took part in the score, else by words."""
        search, text = self._context, item.stored.passage.text
        if self._model is None or search.tokens is None or (item.scores.late is None and item.scores.reranker is None):
            return mark_by_words(text, search.weights)
        stored = item.stored.tokens if search.stored_tokens else b""
        tokens = late.find_tokens(self._model, item.stored.passage, stored)
        return mark_by_meaning(text, search.weights, search.query.text, search.tokens, tokens)


def _parse_filter(expression: str | None) -> Filter | None:
    if expression is None:
        return None
    # The grammar is slow to import, and most searches have no filter.
    from retriever.filters import Filter

    return Filter.parse(expression)


def _embed(query: Query, model: EmbeddingModel) -> Vectors:
    """The vector of the question, centered by its language: float32 [dimension]."""
    vectors = model.embed_queries([query.text])
    vector: Vectors = model.centering.center(vectors, [query.language], "query")[0]
    return vector


def _explain_missing_late(model: EmbeddingModel, baseline: ScoreBaseline) -> str:
    """Why late interaction is not possible; empty if it is."""
    name = repr(model.description.name)
    if not model.has_token_vectors:
        return f"the model {name} has no token vectors"
    return "" if baseline.has_late else f"the index was built when the model {name} had no token vectors"


def _require_default(options: SearchOptions, reason: str) -> None:
    """Raise UsageError if late interaction was requested explicitly."""
    if options.rerank:
        raise UsageError(
            f"cannot rerank by late interaction: {reason}", hint="search with rerank=0, or with a reranker"
        )


def _find_answer(marks: Marks) -> int:
    """Where the answer begins: the marked sentence, else the first marked word, else the passage."""
    if marks.sentence:
        return marks.sentence.start
    return marks.words[0].start if marks.words else 0


def _make_duplicate(stored: StoredPassage, hit: Passage, marks: Marks) -> Duplicate:
    document, passage = stored.document, stored.passage
    sentence = hit.text[marks.sentence.start : marks.sentence.end] if marks.sentence else ""
    return Duplicate(
        source=document.source,
        start=passage.start,
        end=passage.end,
        line=passage.line,
        document=document.id,
        path=document.file or None,
        page=passage.page_at(max(0, passage.text.find(sentence))),
    )
