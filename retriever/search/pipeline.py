"""One search, stage by stage: query, filter, candidates of both kinds, fusion, late interaction, selection, hits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from retriever.hits import SearchResponse
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.search import late
from retriever.search.asking import weigh_tokens
from retriever.search.bm25 import TermWeights
from retriever.search.calibration import BEHIND_OTHERS, find_scale, put_on_scale
from retriever.search.candidates import Candidate, CandidateScorer, find_candidates, rerank
from retriever.search.context import SearchContext
from retriever.search.duplicates import TextComparer
from retriever.search.encode import EncodedQuestion, encode
from retriever.search.evidence import leads_on
from retriever.search.explain import Explainer
from retriever.search.filtering import make_filter, select
from retriever.search.judgement import judge
from retriever.search.pending import note_pending
from retriever.search.query import Query, parse
from retriever.search.results import align, make_hit, mark, respond
from retriever.search.selection import choose
from retriever.search.translations import share_with_translations
from retriever.search.turns import TURNS
from retriever.text.analyzer import CURRENT, find_analyzer

if TYPE_CHECKING:
    from retriever.hits import Hit
    from retriever.index.interface import Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Reranker
    from retriever.options import SearchOptions
    from retriever.search.results import Located
    from retriever.types import Neighbour, Vectors

Group: TypeAlias = "Sequence[Located]"
"""A hit, and what is folded into it."""

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
    started: float | None = None,
) -> SearchResponse:
    """Answer ``query`` from one generation.

    The arguments are those of ``Search``; ``started`` is when it was asked, by ``time.perf_counter``: now by default.
    """
    started = time.perf_counter() if started is None else started
    with ExitStack() as turn:
        part = Search(snapshot, settings, query, options, location=location, model=model, reranker=reranker, turn=turn)
        hits = part.find()
    return respond(part.text, options, hits, location=location, snapshots=[snapshot], started=started)


class Search:
    """One search of one index while it runs: ``rank`` fills ``ranked`` and ``groups``, ``make_hits`` reads them out.

    - ``ranked``: the candidates, best first
    - ``groups``: the hits in order, each a list of positions in ``ranked``: the hit, and what is folded into it
    - ``complete``: whether there are no more candidates
    - ``text``: the question; ``location``, ``generation``: of the index; ``space``: the same where vectors compare
    """

    def __init__(
        self,
        snapshot: Snapshot,
        settings: IndexSettings,
        query: str | Query,
        options: SearchOptions,
        *,
        location: str,
        model: Callable[[], EmbeddingModel],
        reranker: Callable[[], Reranker] | None,
        vectors: Mapping[str, Vectors] | None = None,
        turn: ExitStack | None = None,
    ) -> None:
        """Prepare a search of one generation.

        - ``settings``: what the index was built with
        - ``query``: a question, or one that has been parsed by the analyzer of the index
        - ``location``: of the index, for the hits
        - ``model``: returns the embedding model; called only if it is needed
        - ``reranker``: returns a cross-encoder, whose score replaces late interaction
        - ``vectors``: those of questions that are embedded already, by their text, not centered
        - ``turn``: keeps the turn in which the question is embedded, until it is closed
        """
        # The terms of an index are found with the analyzer that extracted them.
        analyzer = find_analyzer(settings.analyzer) or CURRENT
        parsed = query if isinstance(query, Query) else parse(query, analyzer)
        if options.mode == "lexical":
            parsed.require_terms()
        self.text, self.generation = parsed.text, snapshot.generation
        self.location, self.space = location, settings.encoder
        self.ranked: Sequence[Candidate] = ()
        self.groups: list[list[int]] = []
        self.complete = False
        self._first: Sequence[Candidate] = ()
        # Scores of the last stage by ref, kept for wider candidates, and the cosines behind them, for marks.
        self._compared: dict[int, float] = {}
        self._cosines: dict[int, Vectors | None] = {}
        where = make_filter(options.where)
        within = None if where is None else select(snapshot, where)
        is_empty = not (snapshot.passages if within is None else within.count)
        question = EncodedQuestion(parsed, options)
        if options.mode != "lexical" and not is_empty:
            known = vectors or {}
            question = encode(
                parsed, options, snapshot, settings, model=model, reranker=reranker, known=known, turn=turn
            )
        self._options, self._model, self._reranker = question.options, question.model, question.reranker
        self._without_late, self._is_immediate = question.without_late, question.is_immediate(snapshot)
        terms = question.query.terms
        self._context = SearchContext(
            snapshot=snapshot,
            options=question.options,
            query=question.query,
            weights=TermWeights.of(terms, snapshot.term_statistics([] if is_empty else terms), analyzer),
            baseline=ScoreBaseline(*settings.baseline),
            centering=question.centering,
            where=where,
            within=within,
            vector=question.vector,
            tokens=question.tokens,
            codec=question.codec,
        )
        # Both keep what they have computed for wider candidates.
        self._scorer = CandidateScorer(self._context)
        self._comparer = TextComparer(self._scorer.folded)

    @property
    def snapshot(self) -> Snapshot:
        """The generation that is searched."""
        return self._context.snapshot

    @property
    def baseline(self) -> ScoreBaseline:
        """What cosines of unrelated texts are."""
        return self._context.baseline

    def rank(self, k: int) -> None:
        """Rank candidates, and widen them until there are ``k`` groups or no more candidates."""
        search = self._context
        if not search.available:
            self.complete = True
            return
        # Engines allocate memory for the limit, so never ask for more passages than there are.
        asked = max(CANDIDATES_PER_HIT * min(k, search.available), min(self._options.reranked, search.available))
        limit = max(CANDIDATES, asked)
        widest = max(limit, WIDEST)
        options = replace(self._options, k=k)
        while True:
            refs = find_candidates(search, limit)
            self._first = self._scorer.score(refs)
            self.ranked = share_with_translations(search, self._rerank(list(self._first)))
            vectors = self._stack_vectors(self.ranked)
            self.groups = choose(self.ranked, vectors, options, search.baseline, self._comparer)
            # Fewer than requested means that the stages have no more to propose; ties may give more than requested.
            self.complete = len(refs) < limit or len(refs) == search.available or limit >= widest
            if len(self.groups) >= k or self.complete:
                break
            limit = min(limit * WIDENED, widest)
        self.ranked = self.calibrate(self.ranked)

    def rank_behind(self, before: str, others: Sequence[Candidate]) -> list[Candidate]:
        """Candidates, best first, with the question read behind other text: its words mean what they mean there.

        They are those of late interaction and ``others`` of the same generation. Empty without late interaction.
        """
        search = self._context
        if self._model is None or search.tokens is None or self._reranker:
            return []
        tokens = late.embed_behind(self._model, before, search.query.text, search.query.language, codec=search.codec)
        candidates = [item for part in (self.ranked, others) for item in part[: self._options.reranked]]
        items = self._scorer.score(list(dict.fromkeys(item.stored.ref for item in candidates)))
        if leads_on(search, self.ranked):
            items = [replace(item, scores=replace(item.scores, lexical=0.0, phrase=0.0)) for item in items]
        stored = [item.stored for item in items]
        passages, kept = [each.passage for each in stored], [each.tokens for each in stored]
        scores = late.score(self._model, tokens, passages, kept, search.centering, search.codec).scores
        return put_on_scale(rerank(items, scores, "late", search.baseline), BEHIND_OTHERS)

    def calibrate(self, ranked: Sequence[Candidate]) -> list[Candidate]:
        """Candidates of this search, best first, with scores that say how likely each answers, in the same order."""
        if not ranked or ranked[0].scores.reranker is not None:
            return list(ranked)
        return put_on_scale(ranked, find_scale(self._context, ranked, self._comparer))

    def judge(self) -> float:
        """How likely what was ranked answers the question, 0 to 1: for contexts, more strictly than by scores."""
        return judge(self._context, self.ranked, self._comparer)

    def find(self) -> list[Hit]:
        """The hits, best first."""
        with TURNS.hold(needed=self._is_immediate):
            self.rank(self._options.k)
            groups = [[(self.ranked[at], self.location) for at in group] for group in self.groups]
            return self.make_hits(dict(enumerate(groups, 1)))

    def make_hits(self, groups: Mapping[int, Group]) -> list[Hit]:
        """The hits that score enough, of groups by rank; their first members are candidates of this search."""
        kept = {rank: group for rank, group in groups.items() if group[0][0].score >= self._options.min_score}
        heads = [head for (head, _), *_ in kept.values()]
        note_pending(self._context, self.location, heads)
        around, aligned = self._fetch_neighbours(heads), align(self._context, self._model, heads, self._cosines)
        explainer = Explainer(self._context, self._first, self.ranked, self._without_late)
        with TURNS.hold():
            marked = mark(self._context, heads, aligned)
            return [
                make_hit(self._context, rank, head, marks, others, beside, explainer)
                for (rank, (head, *others)), marks, beside in zip(kept.items(), marked, around, strict=True)
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
            kept, weights = [stored.tokens for stored in new], weigh_tokens(search.query.text, search.tokens.spans)
            compared = late.score(self._model, search.tokens, passages, kept, search.centering, search.codec, weights)
            self._cosines.update(zip([stored.ref for stored in new], compared.cosines, strict=True))
            scores = compared.scores
        self._compared.update(zip([stored.ref for stored in new], scores, strict=True))
        stage: Literal["late", "reranker"] = "reranker" if self._reranker else "late"
        return rerank(ranked, [self._compared[item.stored.ref] for item in first], stage, search.baseline)

    def _stack_vectors(self, ranked: Sequence[Candidate]) -> Vectors | None:
        """The vectors of candidates; None if they are not needed to find near-duplicates."""
        if not ranked or (self._options.duplicates == "show" and not self._options.diverse):
            return None
        # Of a pending document nothing but the text is compared.
        vectors = [item.stored.vector for item in ranked]
        blank = np.zeros_like(next((vector for vector in vectors if vector is not None), np.zeros(1, np.float32)))
        return np.array([blank if vector is None else vector for vector in vectors])

    def _fetch_neighbours(self, heads: Sequence[Candidate]) -> Sequence[tuple[list[Neighbour], list[Neighbour]]]:
        if not self._options.context or not heads:
            return [([], [])] * len(heads)
        return self._context.snapshot.around([item.stored.ref for item in heads], self._options.context)
