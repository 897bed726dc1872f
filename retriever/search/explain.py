"""Says in words how a hit came by its score and its rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.hits import Contribution
from retriever.search.candidates import DECIMALS
from retriever.search.fusion import LATE, Fusion, logistic
from retriever.search.highlights import joined
from retriever.text.analyzer import Token, term_counts, tokens
from retriever.types import Span

if TYPE_CHECKING:
    from retriever.search.bm25 import TermWeights
    from retriever.search.candidates import Candidate
    from retriever.search.highlights import Marks
    from retriever.search.query import Query, SearchRequest

# Words and pairs of words that are named.
MOST_WORDS = 8
_SUPERSEDED = "the reranker takes its place in the score"


@dataclass(frozen=True, slots=True)
class Explainer:
    """What an explanation needs besides the hit: the candidates before late interaction and after it, best first,
    and why late interaction was left out where the mode would have had it.
    """

    query: Query
    weights: TermWeights
    request: SearchRequest
    first: Sequence[Candidate]
    ranked: Sequence[Candidate]
    without_late: str = ""

    def explain(self, rank: int, item: Candidate, folded: int, marks: Marks) -> tuple[Contribution, ...]:
        """What each stage did for the hit of this rank, into which ``folded`` others were folded."""
        parts = [*self._meaning(item), *self._words(item), *self._late(item, marks), *self._language(item)]
        return (*parts, *self._selection(rank, item, folded), self._score(item))

    def _meaning(self, item: Candidate) -> list[Contribution]:
        value = item.evidence.dense
        if value is None:
            return []
        place = 1 + sum(other.evidence.dense is not None and other.evidence.dense > value for other in self.first)
        text = (
            f"the passage as a whole is number {place} of {len(self.first)} candidates by meaning (cosine {value:.2f}"
        )
        if item.evidence.reranker is not None:
            return [Contribution("dense", f"{text}); {_SUPERSEDED}", value)]
        if item.evidence.late is not None:
            return [Contribution("dense", f"{text}); late interaction takes its place in the score", value)]
        text += f", {item.fusion.deviations:.1f} standard deviations above unrelated texts)"
        return [Contribution("dense", text, value, _effect(item.fusion, item.fusion.similarity))]

    def _words(self, item: Candidate) -> list[Contribution]:
        value = item.evidence.lexical
        if value is None:
            return []
        if item.evidence.reranker is not None:
            return [Contribution("lexical", f"its words cover {value:.0%} of the question; {_SUPERSEDED}", value)]
        counts = term_counts(item.stored.searched)
        asked = tokens(self.query.text)
        effect = _effect(item.fusion, item.fusion.words)
        if item.evidence.entitled:
            return [Contribution("lexical", "the question is the title of its document", value, effect)]
        held = joined([Span(token.start, token.end) for token in asked if token.term in counts])
        if not held:
            return [Contribution("lexical", "the passage holds none of the question's words", value, 0.0)]
        rest = [Span(token.start, token.end) for token in asked if not _covered(token, held)]
        text = f"its words cover {value:.0%} of the question: {self._named(held)}"
        if item.evidence.phrase:
            text += "; the whole question stands in it"
        if rest:
            text += f"; not in it: {self._named(joined(rest))}"
        return [Contribution("lexical", text, value, effect)]

    def _named(self, spans: Sequence[Span]) -> str:
        """Words of the question, each once, not more than a line of them."""
        words = list(dict.fromkeys(self.query.text[span.start : span.end] for span in spans))
        more = len(words) - MOST_WORDS
        return ", ".join(words[:MOST_WORDS]) + (f" and {more} more" if more > 0 else "")

    def _late(self, item: Candidate, marks: Marks) -> list[Contribution]:
        value = item.evidence.late
        if item.evidence.reranker is not None:
            before, after = _place(self.first, item), _place(self.ranked, item)
            text = f"read together with the question; its score is taken; from place {before} to {after}"
            return [Contribution("reranker", text, item.evidence.reranker)]
        if value is None:
            if self.without_late:
                return [Contribution("late", f"left out: {self.without_late}")]
            if not self.request.reranked:
                return []
            if self._read_together:
                return [Contribution("reranker", "not among the candidates that were reranked; stays below them")]
            return [Contribution("late", "not among the candidates compared token by token; stays below them")]
        text = f"token by token {item.fusion.deviations:.1f} standard deviations above unrelated texts"
        before, after = _place(self.first, item), _place(self.ranked, item)
        text += f"; moved it from place {before} to {after}" if before != after else f"; left it in place {after}"
        if marks.pairs:
            question, passage = self.query.text, item.stored.passage.text
            pairs = [
                f"{question[pair.question.start : pair.question.end]} → "
                f"{passage[pair.passage.start : pair.passage.end]}"
                for pair in marks.pairs[:MOST_WORDS]
            ]
            text += f"; closest: {', '.join(pairs)}"
        return [Contribution("late", text, value, _effect(item.fusion, item.fusion.similarity))]

    def _language(self, item: Candidate) -> list[Contribution]:
        said = item.evidence
        compared = said.lexical is not None and (said.dense is not None or said.late is not None)
        if said.same_language or not compared or said.reranker is not None:
            return []
        text = f"the question is in {self.query.language}, the passage in {item.stored.passage.language}: "
        if item.fusion.crossed:
            return [Contribution("language", f"{text}alikeness counts {LATE.stretch:g} times, single words do not")]
        return [Contribution("language", f"{text}it is weighed as usual, because words are shared")]

    def _selection(self, rank: int, item: Candidate, folded: int) -> list[Contribution]:
        parts = []
        if self.request.where:
            parts.append(f"it matches {self.request.where}")
        if folded:
            parts.append(
                f"{folded} passage{'s' if folded > 1 else ''} that say{'' if folded > 1 else 's'} the same "
                "folded into it"
            )
        place = _place(self.ranked, item)
        if place != rank:
            parts.append(f"number {place} by score, number {rank} of those shown")
        return [Contribution("selection", "; ".join(parts))] if parts else []

    def _score(self, item: Candidate) -> Contribution:
        fusion = item.fusion
        if item.evidence.reranker is not None:
            return Contribution("score", f"{item.score:.2f}, what the reranker says", item.score)
        text = f"{item.score:.2f}, from alikeness {fusion.similarity:+.1f}, words {fusion.words:+.1f}, "
        text += f"start {fusion.intercept:+.1f} (log-odds {fusion.odds:+.1f})"
        if item.odds < round(fusion.odds, DECIMALS):
            above = "reranked" if self._read_together else "compared token by token"
            text += f"; held down from {fusion.score:.2f}, below what was {above}"
        return Contribution("score", text, item.score)

    @property
    def _read_together(self) -> bool:
        """Whether a reranker took the place of late interaction: then the first candidate has its score."""
        return self.ranked[0].evidence.reranker is not None


def _effect(fusion: Fusion, part: float) -> float:
    """What the score is more than it would be without this part of the log-odds."""
    return round(fusion.score - logistic(fusion.odds - part), 4)


def _place(ranking: Sequence[Candidate], item: Candidate) -> int:
    return next(place for place, other in enumerate(ranking, 1) if other.stored.ref == item.stored.ref)


def _covered(token: Token, spans: Sequence[Span]) -> bool:
    return any(span.start <= token.start and token.end <= span.end for span in spans)
