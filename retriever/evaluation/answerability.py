"""Tells from scores which questions a corpus answers: the trade-off of thresholds, and what a score means.

An answer is the first hit of a question. It is right if it has a relevant item, wrong if only a later hit has one or
none has, and false if nothing in the corpus answers the question. Nothing here searches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from retriever.arguments import quote
from retriever.errors import UsageError
from retriever.evaluation.proportions import estimate_area, estimate_share
from retriever.evaluation.statistics import Estimate
from retriever.evaluation.thresholds import choose_balanced, choose_for_false_answers

AUC = "auc"
Kind: TypeAlias = Literal["right", "wrong", "unanswerable"]

# Thresholds that people try, closer where scores of unanswerable questions lie.
ROUND_THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
# The bounds of the bins of the reliability table. The first is narrower: most false answers are in it.
BIN_BOUNDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
_CURVE_POINTS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """The score of the first hit of a question (0 if there is none), and what kind of answer it is."""

    score: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class ThresholdRates:
    """What a threshold does, if only first hits that score at or above it count as answers.

    ``kept`` is the share of right answers at or above it, ``refused`` the share of questions without an answer below
    it, ``wrong_refused`` the share of wrong answers below it (None if there are none). Intervals are Wilson's.
    """

    threshold: float
    kept: Estimate
    refused: Estimate
    wrong_refused: Estimate | None


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """The questions whose first hit scores from ``low`` to below ``high`` (up to 1 in the last bin).

    ``score`` is their mean score, ``right`` the share of them whose first hit is right. Where scores are calibrated the
    two are equal.
    """

    low: float
    high: float
    questions: int
    score: float
    right: Estimate


@dataclass(frozen=True, slots=True)
class Answerability:
    """How well scores tell questions with an answer from those without.

    Attributes:
        right: the number of questions whose first hit is right.
        wrong: the number of questions that have an answer, but whose first hit is not it.
        unanswerable: the number of questions without an answer.
        auc: the area under the curve: how likely a right answer scores above the first hit of a question without an
            answer; 0.5 is chance.
        rule: how the proposed threshold is chosen, in words.
        proposed: the proposed threshold with its rates; None if no threshold follows the rule.
        rates: the same for round thresholds.
        curve: the same for thresholds at which a rate changes, ascending, at most about 100.
        bins: the reliability of scores, by bins that are not empty. Unlike the rates it depends on how many questions
            of each kind there are.
        calibration_error: the expected calibration error: the mean distance of score and share right over the bins,
            weighted by their questions.
    """

    right: int
    wrong: int
    unanswerable: int
    auc: Estimate
    rule: str
    proposed: ThresholdRates | None
    rates: tuple[ThresholdRates, ...]
    curve: tuple[ThresholdRates, ...]
    bins: tuple[ScoreBin, ...]
    calibration_error: float

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-ready values."""
        values = asdict(self)
        return {**values, **{name: list(values[name]) for name in ("rates", "curve", "bins")}}


def weigh_answers(outcomes: Sequence[Outcome], max_false_answers: float | None = None) -> Answerability:
    """Weigh the first hits of questions; see ``Evaluation.answerability``."""
    scores = {
        kind: sorted(item.score for item in outcomes if item.kind == kind)
        for kind in ("right", "wrong", "unanswerable")
    }
    right, unanswerable = scores["right"], scores["unanswerable"]
    if not unanswerable:
        raise UsageError(
            "no question without an answer was asked", hint='add some: {"query": "…", "answerable": false}'
        )
    if not right:
        raise UsageError(
            "no question was answered right, so scores cannot be compared",
            hint="check the judgements, and that the index has the documents",
        )
    if max_false_answers is None:
        rule = "the best mean of right answers kept and questions without an answer refused"
        threshold: float | None = choose_balanced(right, unanswerable)
    else:
        share = _check_share(max_false_answers)
        rule = f"the lowest at which at most {100 * share:g} % of the questions without an answer get one"
        threshold = choose_for_false_answers(right, unanswerable, share)
    bins = _fill_bins(outcomes)
    return Answerability(
        right=len(right),
        wrong=len(scores["wrong"]),
        unanswerable=len(unanswerable),
        auc=estimate_area(right, unanswerable),
        rule=rule,
        proposed=None if threshold is None else _rate(threshold, scores),
        rates=tuple(_rate(item, scores) for item in ROUND_THRESHOLDS),
        curve=tuple(_rate(item, scores) for item in _thin([*right, *unanswerable])),
        bins=bins,
        calibration_error=sum(item.questions * abs(item.score - item.right.mean) for item in bins) / len(outcomes),
    )


def _check_share(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError(f"max_false_answers must be 0 to 1, not {quote(value)}", hint="0.05 allows 5 %")
    return float(value)


def _rate(threshold: float, scores: dict[str, list[float]]) -> ThresholdRates:
    def share_below(kind: str) -> Estimate:
        return estimate_share(sum(score < threshold for score in scores[kind]), len(scores[kind]))

    kept = estimate_share(sum(score >= threshold for score in scores["right"]), len(scores["right"]))
    return ThresholdRates(
        threshold, kept, share_below("unanswerable"), share_below("wrong") if scores["wrong"] else None
    )


def _thin(scores: Sequence[float]) -> list[float]:
    """Distinct scores, ascending; of many about ``_CURVE_POINTS``, the first and the last among them."""
    distinct = sorted(set(scores))
    step = max(1, len(distinct) // _CURVE_POINTS)
    return [*distinct[:-1:step], distinct[-1]]


def _fill_bins(outcomes: Sequence[Outcome]) -> tuple[ScoreBin, ...]:
    bins = []
    for low, high in pairwise(BIN_BOUNDS):
        inside = [item for item in outcomes if low <= item.score < high or item.score == high == BIN_BOUNDS[-1]]
        if inside:
            score = sum(item.score for item in inside) / len(inside)
            right = estimate_share(sum(item.kind == "right" for item in inside), len(inside))
            bins.append(ScoreBin(low, high, len(inside), score, right))
    return tuple(bins)
