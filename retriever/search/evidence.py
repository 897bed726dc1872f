"""Weighs whether the passages that a search ranked first answer its question, or only come closest to it.

The score of a passage says how well it matches. A question that nothing answers has a best match, too: how good that
is depends on the corpus, as all its passages resemble a question on their subject. So the best passage is compared with
the ones behind it, which hardly answer; in another language than the question it is weighed in another way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.search.fusion import logistic

if TYPE_CHECKING:
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.search.candidates import Candidate
    from retriever.search.pipeline import Search

# Candidates from this place on are the background: what answers a question is nearly always before it.
BACKGROUND = 5
# Where so many of the candidates are in the language of the question, one in another has to be as good as they would
# have to be: of many languages some passage always comes close.
OWN = 0.2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a ranking says about whether its question is answered.

    ``odds`` are the log-odds of the best candidate, ``dense`` is its similarity as a whole vector, ``background`` the
    mean similarity of those behind the first ones, both in standard deviations above unrelated texts. ``crossed`` is
    true if the best one is in another language than the question, and so are nearly all. ``compared`` is false where
    there was no late interaction, or nothing behind the first ones.
    """

    odds: float
    dense: float
    background: float
    crossed: bool
    compared: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """The log-odds that a question is answered are the sum of the evidence by these weights, and ``intercept``."""

    odds: float
    dense: float
    background: float
    intercept: float


# Fitted by benchmarks/fit_evidence.py. Where the languages differ, the background tells nothing, and the whole vector
# what words would tell.
SAME = Weights(odds=2.2, dense=0.0, background=-1.4, intercept=6.5)
CROSSED = Weights(odds=1.35, dense=0.6, background=0.0, intercept=0.7)


def judge(search: Search, ranked: Sequence[Candidate]) -> float:
    """How likely it is that a question is answered, 0 to 1, by candidates of its search, best first."""
    return estimate(find_evidence(search, ranked))


def find_evidence(search: Search, ranked: Sequence[Candidate]) -> Evidence | None:
    """The evidence in candidates of a search, best first; None if there are none."""
    compared = [item for item in ranked if item.scores.late is not None]
    return gather_evidence(ranked, search.drop_repeated(compared), search.baseline)


def gather_evidence(
    ranked: Sequence[Candidate], distinct: Sequence[Candidate], baseline: ScoreBaseline
) -> Evidence | None:
    """The evidence in the candidates of a question, best first; None if there are none.

    ``distinct`` are those that late interaction has compared, without near-duplicates: twenty editions of the passage
    that answers would look like a background as good as it.
    """
    if not ranked:
        return None
    best = ranked[0]
    behind = [item.fusion.deviations for item in distinct[BACKGROUND:]]
    compared = best.scores.late is not None and best.scores.dense is not None and bool(behind)
    dense = ((best.scores.dense or 0.0) - baseline.dense_mean) / baseline.dense_deviation
    background = sum(behind) / len(behind) if behind else 0.0
    own = sum(item.scores.same_language for item in ranked) / len(ranked)
    return Evidence(best.odds, dense, background, not best.scores.same_language and own < OWN, compared)


def estimate(evidence: Evidence | None) -> float:
    """How likely it is that the question is answered, 0 to 1; without a background, the score of the best candidate."""
    if evidence is None:
        return 0.0
    if not evidence.compared:
        return logistic(evidence.odds)
    weights = CROSSED if evidence.crossed else SAME
    matched = weights.odds * evidence.odds + weights.dense * evidence.dense
    return logistic(matched + weights.background * evidence.background + weights.intercept)
