"""Puts the scores of a search on a scale on which they mean the same for every question, mode and language.

The fused log-odds rank the passages of one question. How likely the question is answered at all is estimated from the
evidence in that ranking, by a logistic regression on questions of every kind (docs/decisions/scores.md). The best
passage scores that, and the others as much less as they are ranked lower: all log-odds of a search are moved alike, so
no rank changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

from retriever.search.calibration_weights import WEIGHTS
from retriever.search.evidence import gather_evidence, is_found
from retriever.search.scale import Scale

if TYPE_CHECKING:
    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext
    from retriever.search.duplicates import TextComparer
    from retriever.search.scale import Evidence


# Of a question that is read behind earlier ones, each token is near what those are near, so that little but its own
# words tells whether it is answered: the log-odds of the ranking, in which these weigh much, moved so far that 73 of
# 87 follow-ups are answered in a context and 54 of 57 unanswered questions behind others refused. Farther, and what
# only lies on the subject fills contexts before what stands beside the best passage.
BEHIND_OTHERS = Scale(moved=1.2)


def find_kind(best: Candidate) -> str:
    """Which weights hold for a search, by its best candidate: those of its stages."""
    scores = best.scores
    if scores.late is not None:
        return "late"
    if scores.dense is None:
        return "lexical"
    return "dense" if scores.lexical is None else "hybrid"


def weigh(evidence: Evidence, kind: str) -> float:
    """The log-odds that a question is answered."""
    *weights, intercept = WEIGHTS[kind]
    values: tuple[float, ...] = astuple(evidence)
    return sum((weight * value for weight, value in zip(weights, values, strict=True)), intercept)


def make_scale(best: Candidate, evidence: Evidence, *, found: bool = False) -> Scale:
    """The scale on which the best candidate of a search scores what the evidence says.

    ``found`` says that it is what was looked for, whatever the evidence: then it scores no less than it was ranked.
    """
    likely = weigh(evidence, find_kind(best))
    if found:
        likely = max(likely, best.odds)
    return Scale(round(likely - best.odds, 6), evidence)


def find_scale(search: SearchContext, ranked: Sequence[Candidate], comparer: TextComparer) -> Scale:
    """The scale of a search, from its candidates, best first, at least one."""
    return make_scale(ranked[0], gather_evidence(search, ranked, comparer), found=is_found(search, ranked[0]))


def put_on_scale(ranked: Sequence[Candidate], scale: Scale) -> list[Candidate]:
    """Candidates with their scores on a scale, in the same order."""
    return [item.on_scale(scale) for item in ranked]
