"""One search, stage by stage: query, filter, candidates of both kinds, fusion, late interaction, selection, hits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from retriever.errors import UsageError
from retriever.hits import Duplicate, Hit, SearchResponse
from retriever.search import late
from retriever.search.bm25 import TermWeights
from retriever.search.candidates import Candidate, found, reranked, scored
from retriever.search.corpus_centering import NONE, CorpusCentering
from retriever.search.explain import Explainer
from retriever.search.highlights import Marks, by_meaning, by_words
from retriever.search.query import Query, SearchRequest, parse
from retriever.search.selection import select

if TYPE_CHECKING:
    from retriever.index.interface import Refs, Snapshot, StoredPassage
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import Reranker, TokenVectors
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.types import Vectors

# Candidates of each kind: enough that what both stages find mediocre but good together is among them. On DRCD and four
# pairs of languages of XQuAD 40, 60 and 100 give the same nDCG@10 to the last digit.
CANDIDATES = 40
CANDIDATES_PER_HIT = 4
# Where folding and caps leave too few hits, so many times more candidates are looked at, up to this many.
WIDENED = 4
WIDEST = 10_000


def run(
    snapshot: Snapshot,
    model: Callable[[], EmbeddingModel],
    request: SearchRequest,
    index: str,
    background: ScoreBaseline,
    reranker: Callable[[], Reranker] | None = None,
) -> SearchResponse:
    """Answer ``request`` from one generation. ``model`` is called only where it is needed.

    ``reranker`` takes the place of late interaction in the score.
    """
    started = time.perf_counter()
    query = parse(request)
    within = _matching(snapshot, request.where) if request.where is not None else None
    hits: list[Hit] = []
    if snapshot.passage_count if within is None else len(within):
        hits = _Search(snapshot, model, request, query, background, within, reranker).hits()
    return SearchResponse(
        query=query.text,
        index=index,
        generation=snapshot.generation,
        mode=request.mode,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        hits=tuple(hits),
    )


class _Search:
    """What the stages of one search share."""

    def __init__(
        self,
        snapshot: Snapshot,
        model: Callable[[], EmbeddingModel],
        request: SearchRequest,
        query: Query,
        background: ScoreBaseline,
        within: Refs | None,
        reranker: Callable[[], Reranker] | None,
    ) -> None:
        self.snapshot = snapshot
        self.request = request
        self.query = query
        self.background = background
        self.within = within
        self.reranker = reranker() if reranker and request.reranked else None
        self.available = snapshot.passage_count if within is None else len(within)
        self.weights = TermWeights.of(query.terms, snapshot.term_statistics(query.terms))
        self.model: EmbeddingModel | None = None
        # Why late interaction is left out that the mode would have.
        self.without_late = ""
        self.vector: Vectors | None = None
        self.asked: TokenVectors | None = None
        self.stored = False
        # What the last stage said of each ref: candidates that are widened are not compared again.
        self.said: dict[int, float] = {}
        self.estimates = NONE
        if request.mode != "lexical":
            self.model = model()
            self.estimates = CorpusCentering.of(snapshot, self.model.centering)
            self.vector = _embed(query, self.model)
            if request.reranked:
                self._prepare_late(self.model)

    def _prepare_late(self, model: EmbeddingModel) -> None:
        """Embed the tokens of the question, or leave late interaction out where it is not possible.

        Raises UsageError where it was asked for.
        """
        if model.has_token_vectors and self.background.has_late:
            self.stored = bool(self.snapshot.settings.get("tokens"))
            self.asked = late.embed_question(model, self.query.text, self.query.language, stored=self.stored)
        elif self.reranker is None:
            name = repr(model.description.name)
            reason = f"the model {name} has no token vectors"
            if model.has_token_vectors:
                reason = f"the index was built when the model {name} had no token vectors"
            if self.request.rerank:
                raise UsageError(
                    f"cannot rerank by late interaction: {reason}", hint="search with rerank=0, or with a reranker"
                )
            self.without_late = reason
            self.request = replace(self.request, rerank=0)

    def hits(self) -> list[Hit]:
        """The hits, best first. Candidates are widened until there are ``k`` or no more."""
        # Room is made for as many as are asked for, so never ask for more than there are.
        asked = max(
            CANDIDATES_PER_HIT * min(self.request.k, self.available), min(self.request.reranked, self.available)
        )
        limit = max(CANDIDATES, asked)
        widest = max(limit, WIDEST)
        seen = -1
        while True:
            mode = self.request.mode
            refs = found(self.snapshot, self.weights, self.vector, limit, mode, self.within, self.estimates)
            first = scored(
                self.snapshot, refs, self.query, self.weights, self.vector, mode, self.background, self.estimates
            )
            ranked = self._reranked(first)
            chosen = select(ranked, self._vectors(ranked), self.request, self.background)
            # Ties with the last candidate come along, so a wider search may bring the same and still not be the last.
            every = len(refs) == self.available or len(refs) == seen < limit
            if len(chosen) >= self.request.k or every or limit >= widest:
                break
            seen, limit = len(refs), min(limit * WIDENED, widest)
        account = Explainer(self.query, self.weights, self.request, first, ranked, self.without_late)
        kept = [group for group in chosen if group[0].score >= self.request.min_score]
        return [self._hit(rank, group, account) for rank, group in enumerate(kept, 1)]

    def _reranked(self, ranked: list[Candidate]) -> list[Candidate]:
        if self.model is None or (self.asked is None and self.reranker is None):
            return ranked
        first = ranked[: self.request.reranked]
        new = [item for item in first if item.stored.ref not in self.said]
        passages = [item.stored.passage for item in new]
        if self.reranker:
            scores = self.reranker.scores(self.query.text, [passage.text for passage in passages])
        else:
            assert self.asked is not None
            scores = late.score(self.model, self.asked, passages, self._tokens(new), self.estimates)
        self.said.update(zip([item.stored.ref for item in new], scores, strict=True))
        stage: Literal["late", "reranker"] = "reranker" if self.reranker else "late"
        return reranked(ranked, [self.said[item.stored.ref] for item in first], stage, self.background)

    def _tokens(self, items: Sequence[Candidate]) -> list[bytes]:
        """What the index keeps of the candidates' token vectors; nothing where it keeps none."""
        return self.snapshot.tokens([item.stored.ref for item in items]) if self.stored else []

    def _vectors(self, ranked: Sequence[Candidate]) -> Vectors | None:
        """The candidates' vectors, where they are needed to tell what says the same."""
        if self.request.duplicates == "show" and not self.request.diverse:
            return None
        return self.snapshot.vectors([item.stored.ref for item in ranked])

    def _hit(self, rank: int, group: Sequence[Candidate], account: Explainer) -> Hit:
        item, *others = group
        stored, passage = item.stored, item.stored.passage
        context = self.request.context
        before, after = self.snapshot.neighbours(stored.ref, context) if context else ([], [])
        said = item.evidence
        stages = {"dense": said.dense, "lexical": said.lexical, "late": said.late, "reranker": said.reranker}
        marks = self._marks(item)
        return Hit(
            rank=rank,
            score=item.score,
            id=stored.id,
            document=stored.document.id,
            source=stored.document.source,
            title=stored.document.title,
            heading=passage.heading,
            text=passage.text,
            start=passage.start,
            end=passage.end,
            line=passage.line,
            page=passage.page,
            language=passage.language,
            highlights=marks.words,
            scores={name: score for name, score in stages.items() if score is not None},
            duplicates=tuple(_duplicate(other.stored) for other in others),
            metadata=stored.document.metadata,
            before=tuple(before),
            after=tuple(after),
            sentence=marks.sentence,
            explanation=account.explain(rank, item, len(others), marks) if self.request.explain else (),
        )

    def _marks(self, item: Candidate) -> Marks:
        """What to mark; by meaning where the passage's tokens are at hand."""
        text = item.stored.passage.text
        said = item.evidence
        if self.model is None or self.asked is None or (said.late is None and said.reranker is None):
            return by_words(text, self.weights)
        tokens = late.find_tokens(self.model, item.stored.passage, *(self._tokens([item]) or [b""]))
        return by_meaning(text, self.weights, self.query.text, self.asked, tokens)


def _matching(snapshot: Snapshot, expression: str) -> Refs:
    # The grammar takes a moment to load, and most searches have no filter.
    from retriever.filters.evaluate import Filter

    return Filter.parse(expression).refs(snapshot)


def _embed(query: Query, model: EmbeddingModel) -> Vectors:
    """The question's vector, centered by its language: float32 [dimension]."""
    vectors = model.embed_queries([query.text])
    vector: Vectors = model.centering.center(vectors, [query.language], "query")[0]
    return vector


def _duplicate(stored: StoredPassage) -> Duplicate:
    passage = stored.passage
    return Duplicate(stored.document.source, passage.start, passage.end, passage.line, stored.document.id)
