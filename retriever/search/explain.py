"""Explains in words how the score and the rank of a hit were determined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from retriever.arguments import describe_filter
from retriever.frozen import dataclass
from retriever.hits import Contribution
from retriever.search.candidates import DECIMALS
from retriever.search.evidence import MOST_MARGIN
from retriever.search.fusion import logistic
from retriever.search.question_words import MOST_WORDS, QuestionWords

if TYPE_CHECKING:
    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext
    from retriever.search.highlights import Marks
    from retriever.search.scale import Scale

_SUPERSEDED = "replaced by the reranker in the score"


class Explainer:
    """Explains the hits of one search."""

    def __init__(
        self, search: SearchContext, first: Sequence[Candidate], ranked: Sequence[Candidate], without_late: str = ""
    ) -> None:
        """Of one search.

        - ``search``: its context
        - ``first``, ``ranked``: its candidates before late interaction and after it, best first
        - ``without_late``: why late interaction was left out although the mode includes it
        """
        self.search, self.first, self.ranked, self.without_late = search, first, ranked, without_late
        self._question = QuestionWords(search.query, search.weights.analyzer)

    def explain(self, rank: int, item: Candidate, folded: int, marks: Marks) -> tuple[Contribution, ...]:
        """What each stage contributed to the hit at ``rank``, into which ``folded`` others were folded."""
        parts = [*self._meaning(item), *self._words(item), *self._late(item, marks), *self._language(item)]
        return (*parts, *self._translation(item), *self._selection(rank, item, folded), *self._score(item))

    def _meaning(self, item: Candidate) -> list[Contribution]:
        value = item.scores.dense
        if value is None:
            return []
        place = 1 + sum(other.scores.dense is not None and other.scores.dense > value for other in self.first)
        text = (
            f"the passage as a whole is number {place} of {len(self.first)} candidates by meaning (cosine {value:.2f}"
        )
        if item.scores.reranker is not None:
            return [Contribution("dense", f"{text}); {_SUPERSEDED}", value)]
        if item.scores.late is not None:
            return [Contribution("dense", f"{text}); replaced by late interaction in the score", value)]
        text += f", {item.fusion.deviations:.1f} standard deviations above unrelated texts)"
        return [Contribution("dense", text, value, _share(item).similarity)]

    def _words(self, item: Candidate) -> list[Contribution]:
        value = item.scores.lexical
        if value is None:
            return []
        if item.scores.reranker is not None:
            return [Contribution("lexical", f"its words cover {value:.0%} of the question; {_SUPERSEDED}", value)]
        effect = 0.0 if _is_given_words(item) else _share(item).words
        if item.scores.is_title:
            return [Contribution("lexical", "the question is the title of its document", value, effect)]
        held, missing = self._question.name(self.search.weights.analyzer.count_terms(item.stored.indexed_text))
        if not held:
            return [Contribution("lexical", "the passage contains none of the question's words", value, 0.0)]
        text = f"its words cover {value:.0%} of the question: {held}"
        if item.scores.phrase:
            text += "; it contains the whole question"
        if missing:
            text += f"; missing: {missing}"
        return [Contribution("lexical", text, value, effect)]

    def _late(self, item: Candidate, marks: Marks) -> list[Contribution]:
        value = item.scores.late
        if item.scores.reranker is not None:
            before, after = _find_place(self.first, item), _find_place(self.ranked, item)
            text = f"read together with the question; its score is used; from place {before} to {after}"
            return [Contribution("reranker", text, item.scores.reranker, item.scores.reranker)]
        if value is None:
            if self.without_late:
                return [Contribution("late", f"left out: {self.without_late}")]
            if not self.search.options.reranked:
                return []
            stage, done = (
                ("reranker", "that were reranked") if self._read_together else ("late", "compared token by token")
            )
            effect = round(item.score - logistic(item.scale.apply(item.fusion.odds)), DECIMALS)
            return [Contribution(stage, f"not among the candidates {done}; stays below them", None, effect)]
        text = f"token by token {item.fusion.deviations:.1f} standard deviations above unrelated texts"
        before, after = _find_place(self.first, item), _find_place(self.ranked, item)
        text += f"; moved it from place {before} to {after}" if before != after else f"; left it in place {after}"
        if marks.pairs:
            question, passage = self.search.query.text, item.stored.passage.text
            pairs = [
                f"{question[pair.question.start : pair.question.end]} → "
                f"{passage[pair.passage.start : pair.passage.end]}"
                for pair in marks.pairs[:MOST_WORDS]
            ]
            text += f"; closest: {', '.join(pairs)}"
        return [Contribution("late", text, value, _share(item).similarity)]

    def _language(self, item: Candidate) -> list[Contribution]:
        scores = item.scores
        compared = scores.lexical is not None and (scores.dense is not None or scores.late is not None)
        if scores.same_language or not compared or scores.reranker is not None:
            return []
        text = f"the question is in {self.search.query.language}, the passage in {item.stored.passage.language}: "
        if item.fusion.crossed:
            if item.fusion.words:
                text += "given most of what words count for in the best passage in the former, instead of its own"
            else:
                text += "its similarity alone counts, because the best passage in the former, if any, shares no words"
            return [Contribution("language", text, None, _share(item).words if _is_given_words(item) else None)]
        return [Contribution("language", f"{text}it is weighted as usual, because words are shared")]

    def _translation(self, item: Candidate) -> list[Contribution]:
        if item.odds <= round(item.fusion.odds, DECIMALS):
            return []
        effect = round(item.score - logistic(item.scale.apply(item.fusion.odds)), DECIMALS)
        text = "it says the same as a passage in another language that scores higher; raised halfway to it"
        return [Contribution("language", text, None, effect)]

    def _selection(self, rank: int, item: Candidate, folded: int) -> list[Contribution]:
        parts = []
        if self.search.options.where:
            parts.append(f"it matches {describe_filter(self.search.options.where)}")
        if folded:
            parts.append(f"{folded} near-duplicate{'s' if folded > 1 else ''} folded into it")
        place = _find_place(self.ranked, item)
        if place != rank:
            parts.append(f"number {place} by score, number {rank} of those shown")
        return [Contribution("selection", "; ".join(parts))] if parts else []

    def _score(self, item: Candidate) -> list[Contribution]:
        fusion, scale = item.fusion, item.scale
        if item.scores.reranker is not None:
            return [Contribution("score", f"{item.score:.2f}, from the reranker", item.score)]
        odds = scale.apply(fusion.odds)
        parts = [fusion.similarity, fusion.words, fusion.intercept, scale.moved]
        similarity, words, start, search = _round_to_sum(parts, odds, 1)
        text = f"{item.score:.2f}, from similarity {similarity:+.1f}, words {words:+.1f}, "
        text += f"start {start:+.1f}, search {search:+.1f} (log-odds {odds:+.1f})"
        if item.odds < round(fusion.odds, DECIMALS):
            above = "reranked" if self._read_together else "compared token by token"
            text += f"; lowered from {logistic(odds):.2f}, below the passages {above}"
        elif item.odds > round(fusion.odds, DECIMALS):
            text += f"; raised from {logistic(odds):.2f}, towards its translation"
        shares = _share(item)
        return [
            Contribution("start", "what a passage has that shares nothing with the question", None, shares.start),
            Contribution("search", self._describe_search(scale), None, shares.search),
            Contribution("score", text, item.score),
        ]

    def _describe_search(self, scale: Scale) -> str:
        """What moves the scores of all passages of the search alike."""
        evidence = scale.evidence
        text = "counts for all passages of this search alike"
        if evidence is None:
            return text
        if self.ranked[0].scores.dense is not None:
            crowd = f"the best of {self.search.available:,} unrelated passages"
            text += f": the best one is {evidence.similarity:+.1f} standard deviations from {crowd}"
        apart = "at least " if evidence.margin >= MOST_MARGIN else ""
        return f"{text}; it stands out from those behind it by {apart}{evidence.margin:.1f} log-odds"

    @property
    def _read_together(self) -> bool:
        """Whether a reranker replaced late interaction: then the first candidate has its score."""
        return self.ranked[0].scores.reranker is not None


@dataclass(frozen=True, slots=True)
class _Shares:
    """A fused score as a sum."""

    similarity: float
    words: float
    search: float
    start: float


def _is_given_words(item: Candidate) -> bool:
    """Whether all that words add to a candidate is what it is given for those that it cannot share."""
    return item.fusion.crossed and not item.scores.is_title and not item.scores.phrase


def _share(item: Candidate) -> _Shares:
    """Divide a score between its parts, which add up to it.

    Similarity, words and the search each get what they add, averaged over all orders of adding them (their Shapley
    values).
    """
    fusion, scale = item.fusion, item.scale
    players = (fusion.similarity, fusion.words, scale.moved)
    added = [0.0] * len(players)
    orders = list(permutations(range(len(players))))
    for order in orders:
        reached = fusion.intercept
        for player in order:
            before, reached = reached, reached + players[player]
            added[player] += (logistic(reached) - logistic(before)) / len(orders)
    similarity, words, search = (round(part, DECIMALS) for part in added)
    total = round(logistic(scale.apply(fusion.odds)), DECIMALS)
    return _Shares(similarity, words, search, round(total - similarity - words - search, DECIMALS))


def _round_to_sum(parts: Sequence[float], total: float, digits: int) -> list[float]:
    """The parts of a total, rounded so that they add up to the rounded total; the largest one takes the difference."""
    rounded = [round(part, digits) for part in parts]
    largest = max(range(len(parts)), key=lambda i: abs(parts[i]))
    rounded[largest] = round(rounded[largest] + round(total, digits) - sum(rounded), digits)
    return rounded


def _find_place(ranking: Sequence[Candidate], item: Candidate) -> int:
    return next(place for place, other in enumerate(ranking, 1) if other.stored.ref == item.stored.ref)
