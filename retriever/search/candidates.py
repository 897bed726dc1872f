"""Candidates of a search: found by meaning and by words, scored by both, the best ones reranked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from retriever.frozen import dataclass
from retriever.locks import WORK
from retriever.search.filtering import select
from retriever.search.fusion import Fusion, StageScores, fuse, logistic
from retriever.search.phrases import Phrases
from retriever.search.scale import AS_RANKED, Scale
from retriever.search.turns import TURNS
from retriever.text.analyzer import CURRENT

if TYPE_CHECKING:
    from retriever.index.interface import StoredPassage
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.search.bm25 import TermWeights
    from retriever.search.context import SearchContext

# Postings tell which words a passage has, not how often, nor how long it is. So more passages may tie than there are
# places for candidates, and ids would decide among them. All that tie with the last candidate are scored instead, up to
# so many times the candidates.
TIED = 3
# Decimals to which scores and log-odds are rounded before they are compared: finer than any real difference between
# passages, coarser than the last bits in which two orders of summation differ.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage with its scores by stage and the score that follows from them.

    Candidates are ranked by ``odds``. These may be lower than those of ``fusion``, so that a candidate that was not
    reranked stays below all that were, or higher, by what is known of its translation. ``scale`` says what they mean in
    this search.
    """

    stored: StoredPassage
    scores: StageScores
    fusion: Fusion
    odds: float
    scale: Scale = AS_RANKED

    @classmethod
    def of(
        cls, stored: StoredPassage, scores: StageScores, baseline: ScoreBaseline, own_coverage: float = 0.0
    ) -> Candidate:
        """A candidate with the score that follows from those of its stages, ``own_coverage`` is as for ``fuse``."""
        fusion = fuse(scores, baseline, own_coverage)
        return cls(stored, scores, fusion, round(fusion.odds, DECIMALS))

    def on_scale(self, scale: Scale) -> Candidate:
        """The same candidate with its score on a scale."""
        # Not by ``replace``, which takes three times as long.
        return Candidate(self.stored, self.scores, self.fusion, self.odds, scale)

    @property
    def score(self) -> float:
        """How likely it answers, 0 to 1. Near 0 and 1 different log-odds round to the same score."""
        return round(logistic(self.likely), DECIMALS)

    @property
    def likely(self) -> float:
        """The log-odds that it answers, on the scale of its search."""
        return self.scale.apply(self.odds)

    @property
    def order(self) -> tuple[float, str, str, int]:
        """The sort key, best first; ties by document and offset, wherever the corpus is stored."""
        document = self.stored.document
        return -self.odds, document.source, document.id, self.stored.passage.start

    @property
    def order_among_searches(self) -> tuple[float, str, str, int]:
        """The sort key among candidates of several searches, which keeps the order within each."""
        return -round(self.likely, DECIMALS), *self.order[1:]


def find_candidates(search: SearchContext, limit: int) -> list[int]:
    """Refs of the ``limit`` best candidates of each stage, without repetition.

    Languages that the index's vectors are not centered for are also searched separately. Of passages that tie in words
    with the last one, up to ``TIED`` times as many are taken.
    """
    snapshot, refs = search.snapshot, dict[int, None]()
    if search.vector is not None:
        found = snapshot.dense(search.vector, limit, within=search.within)
        refs.update(dict.fromkeys(found.refs.tolist()))
        if search.centering.languages:
            with WORK.hold():
                from retriever.filters.filter import Filter
            languages = Filter.by_language(search.centering.languages)
            within = select(snapshot, languages if search.where is None else search.where.intersect(languages))
            found = snapshot.dense(search.vector, limit * len(search.centering.languages), within=within)
            refs.update(dict.fromkeys(found.refs.tolist()))
    if search.options.mode != "dense" and search.weights.informative:
        refs.update(dict.fromkeys(_find_by_words(search, search.weights.informative, limit)))
        # Where passages are filtered, those left may hold none of the words that are informative in the whole corpus.
        common = search.weights.held.keys() - search.weights.informative.keys()
        if search.within is not None and common and len(refs) < min(limit, search.available):
            refs.update(dict.fromkeys(_find_by_words(search, search.weights.held, limit)))
    return list(refs)


def _find_by_words(search: SearchContext, weights: Mapping[str, float], limit: int) -> list[int]:
    found = search.snapshot.lexical(weights, min(TIED * limit, search.available), within=search.within)
    tied = found.scores >= found.scores[limit - 1] if len(found.scores) > limit else slice(None)
    refs: list[int] = found.refs[tied].tolist()
    return refs


class CandidateScorer:
    """Scores the candidates of one search, each once, however often it is asked for more.

    ``folded`` has those of their texts that were folded as ``CURRENT`` does.
    """

    def __init__(self, search: SearchContext) -> None:
        self._search = search
        self._scored: dict[int, Candidate] = {}
        # See ``fuse``: that of the candidates that were scored first, so that none changes when more are asked for.
        self._own_coverage: float | None = None
        self.folded: dict[str, str] = {}

    def score(self, refs: Sequence[int]) -> list[Candidate]:
        """Score every candidate by every first stage of the mode, whichever stage proposed it; best first."""
        new = [ref for ref in refs if ref not in self._scored]
        self._scored.update(zip(new, self._score(new), strict=True))
        return sorted((self._scored[ref] for ref in refs), key=lambda item: item.order)

    def _score(self, refs: Sequence[int]) -> list[Candidate]:
        """The candidates of ``refs``, in that order."""
        if not refs:
            return []
        search = self._search
        passages = search.snapshot.fetch(refs, vectors=search.reads_vectors, tokens=search.reads_tokens)
        with TURNS.hold():
            scored = _score_all(search, passages, self.folded)
            if self._own_coverage is None:
                self._own_coverage = find_own_coverage(scored)
            return _give_words(scored, self._own_coverage, search.baseline)


def _score_all(search: SearchContext, passages: Sequence[StoredPassage], known: dict[str, str]) -> list[Candidate]:
    """Score passages; texts that are folded as ``CURRENT`` does are added to ``known``."""
    dense: list[float | None] = [None] * len(passages)
    # A passage of a pending document has no vector, and is scored without one.
    embedded = [(place, stored.vector) for place, stored in enumerate(passages) if stored.vector is not None]
    if search.vector is not None and embedded:
        kept = np.array([vector for _, vector in embedded])
        vectors = search.centering.center(kept, [passages[place].passage.language for place, _ in embedded])
        # In double precision and per row, so that a score does not depend on what is scored beside it.
        products = np.einsum("ij,j->i", vectors.astype(np.float64), search.vector.astype(np.float64))
        for (place, _), product in zip(embedded, products.round(DECIMALS).tolist(), strict=True):
            dense[place] = product
    words: Sequence[tuple[float | None, bool, float]] = [(None, False, 0.0)] * len(passages)
    if search.options.mode != "dense":
        texts, analyzer = [stored.indexed_text for stored in passages], search.weights.analyzer
        folded = analyzer.fold_all(texts)
        if analyzer is CURRENT:
            known.update(zip(texts, folded, strict=True))
        words = _score_words(search.weights, Phrases.of(search.query.text, analyzer), passages, folded)
    result = []
    for stored, cosine, (lexical, is_title, phrase) in zip(passages, dense, words, strict=True):
        same = search.query.shares_language(stored.passage.language)
        scores = StageScores(cosine, lexical, None, same, None, is_title, phrase)
        result.append(Candidate.of(stored, scores, search.baseline))
    return result


def _score_words(
    weights: TermWeights, phrases: Phrases, passages: Sequence[StoredPassage], texts: Sequence[str]
) -> list[tuple[float, bool, float]]:
    """How much of the question each passage covers, whether it is its title, and what its whole occurrence adds.

    ``texts`` are those of the passages, folded.
    """
    scored = []
    for stored, folded, counts in zip(passages, texts, weights.finder.counts(texts), strict=True):
        # The title is indexed with the first passage, so if it is the question, that passage has most of its terms.
        maybe_title = stored.position == 0 and 2 * len(counts) >= len(weights.idf)
        coverage = phrases.raise_coverage(weights.score(counts, stored.terms), folded, stored.document.title)
        is_title = maybe_title and phrases.is_title(stored.document.title)
        phrase = weights.rarity if counts and phrases.question_occurs_in(folded) else 0.0
        scored.append((round(coverage, DECIMALS), is_title, phrase))
    return scored


def find_own_coverage(candidates: Sequence[Candidate]) -> float:
    """The coverage of the best candidate in the question's language, 0 to 1; 0 where there is none."""
    own = [(item.fusion.odds, item.scores.lexical or 0.0) for item in candidates if item.scores.same_language]
    return max(own, default=(0.0, 0.0))[1]


def _give_words(candidates: Sequence[Candidate], own_coverage: float, baseline: ScoreBaseline) -> list[Candidate]:
    """Candidates, of which those in other languages than the question are given words of the best in its own."""
    return [
        item
        if item.scores.same_language or not own_coverage
        else Candidate.of(item.stored, item.scores, baseline, own_coverage)
        for item in candidates
    ]


def rerank(
    ranked: Sequence[Candidate], scores: Sequence[float], stage: Literal["late", "reranker"], baseline: ScoreBaseline
) -> list[Candidate]:
    """Rank the first ``len(scores)`` candidates by the scores of ``stage``; the others follow, none above them."""
    first, rest = ranked[: len(scores)], ranked[len(scores) :]
    reranked = []
    for item, value in zip(first, scores, strict=True):
        known, score = item.scores, round(value, DECIMALS)
        late, reranker = (score, known.reranker) if stage == "late" else (known.late, score)
        # Not by ``replace``, which takes several times as long.
        own = StageScores(known.dense, known.lexical, late, known.same_language, reranker, known.is_title, known.phrase)
        reranked.append(Candidate.of(item.stored, own, baseline))
    reranked = _give_words(reranked, find_own_coverage(reranked), baseline)
    reranked.sort(key=lambda item: item.order)
    lowest = reranked[-1].odds if reranked else math.inf
    return reranked + [
        item if item.odds <= lowest else Candidate(item.stored, item.scores, item.fusion, lowest, item.scale)
        for item in rest
    ]
