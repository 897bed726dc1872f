"""Weighs whether the passages that a search ranked first answer its question, or only come closest to it.

The score of a passage says how well it matches. A question that nothing answers has a best match, too: how good that
is depends on the corpus, as all its passages resemble a question on their subject. So the best passage is compared with
the ones behind it, which hardly answer, and in another language than the question less is expected of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.search.fusion import logistic

if TYPE_CHECKING:
    from retriever.search.candidates import Candidate

# Candidates from this place on are the background: what answers a question is nearly always before it.
BACKGROUND = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a ranking says about whether its question is answered.

    ``odds`` are the log-odds of the best candidate. ``background`` is the mean similarity of those behind the first
    ones, in standard deviations above unrelated texts. ``crossed`` is true if the best one is in another language than
    the question. ``compared`` is false where there was no late interaction, or nothing behind the first ones.
    """

    odds: float
    background: float
    crossed: bool
    compared: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """``odds * e.odds + background * e.background + intercept`` is the log-odds that a question is answered."""

    odds: float
    background: float
    intercept: float


# Fitted by benchmarks/fit_evidence.py.
SAME = Weights(odds=2.2, background=-1.4, intercept=6.5)
CROSSED = Weights(odds=1.25, background=-0.5, intercept=3.1)


def gather_evidence(ranked: Sequence[Candidate]) -> Evidence | None:
    """The evidence in the candidates of a question, best first; None if there are none."""
    if not ranked:
        return None
    best = ranked[0]
    behind = [item.fusion.deviations for item in ranked[BACKGROUND:] if item.scores.late is not None]
    compared = best.scores.late is not None and bool(behind)
    background = sum(behind) / len(behind) if behind else 0.0
    return Evidence(best.odds, background, not best.scores.same_language, compared)


def estimate(evidence: Evidence | None) -> float:
    """How likely it is that the question is answered, 0 to 1; without a background, the score of the best candidate."""
    if evidence is None:
        return 0.0
    if not evidence.compared:
        return logistic(evidence.odds)
    weights = CROSSED if evidence.crossed else SAME
    return logistic(weights.odds * evidence.odds + weights.background * evidence.background + weights.intercept)
