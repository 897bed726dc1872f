"""What scores tell about questions without an answer: thresholds, areas and intervals, against slow definitions."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu

from retriever.errors import UsageError
from retriever.evaluation.answerability import Outcome, weigh_answers
from retriever.evaluation.proportions import estimate_area, estimate_share
from retriever.evaluation.thresholds import choose_balanced, choose_for_false_answers

SCORES = st.lists(st.integers(0, 20).map(lambda number: number / 20), min_size=1, max_size=12).map(sorted)


def outcomes(right: Sequence[float], unanswerable: Sequence[float], wrong: Sequence[float] = ()) -> list[Outcome]:
    return [
        *(Outcome(score, "right") for score in right),
        *(Outcome(score, "unanswerable") for score in unanswerable),
        *(Outcome(score, "wrong") for score in wrong),
    ]


def rates(threshold: float, right: Sequence[float], unanswerable: Sequence[float]) -> tuple[float, float]:
    kept = sum(score >= threshold for score in right) / len(right)
    return kept, sum(score < threshold for score in unanswerable) / len(unanswerable)


@given(SCORES, SCORES)
def test_no_threshold_beats_the_balanced_one(right: list[float], unanswerable: list[float]) -> None:
    best = sum(rates(choose_balanced(right, unanswerable), right, unanswerable))
    assert best == pytest.approx(max(sum(rates(n / 80, right, unanswerable)) for n in range(1, 81)))


@given(SCORES, SCORES, st.floats(0, 1))
def test_a_limit_on_false_answers_is_kept_and_nothing_is_refused_for_it_in_vain(
    right: list[float], unanswerable: list[float], share: float
) -> None:
    threshold = choose_for_false_answers(right, unanswerable, share)
    allowed = [n / 80 for n in range(1, 81) if 1 - rates(n / 80, right, unanswerable)[1] <= share + 1e-9]
    assert (threshold is None) == (not allowed)
    if threshold is not None:
        kept, refused = rates(threshold, right, unanswerable)
        assert 1 - refused <= share + 1e-9
        assert kept == pytest.approx(max(rates(other, right, unanswerable)[0] for other in allowed))


def test_a_threshold_has_few_digits_and_the_most_room() -> None:
    assert choose_balanced([0.41, 0.8], [0.03, 0.2]) == 0.3
    assert choose_balanced([0.0321, 0.8], [0.0312]) == 0.032
    # Above 0.6 one right answer is lost, above 0.1 none, and both refuse as much.
    assert choose_balanced([0.6, 0.9], [0.1, 0.1]) == 0.3
    assert choose_for_false_answers([0.5], [1.0], 0) is None
    assert choose_for_false_answers([0.5], [0.2, 0.6], 0.5) == 0.3


@given(SCORES, SCORES)
def test_the_area_is_that_of_mann_and_whitney(right: list[float], unanswerable: list[float]) -> None:
    found = estimate_area(right, unanswerable)
    statistic = mannwhitneyu(right, unanswerable).statistic
    assert found.mean == pytest.approx(statistic / (len(right) * len(unanswerable)))
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.mean <= found.high <= 1


def test_a_perfect_area_of_few_questions_is_no_certainty() -> None:
    few, many = estimate_area([0.8] * 5, [0.1] * 5), estimate_area([0.8] * 500, [0.1] * 500)
    assert few.mean == many.mean == few.high == 1.0
    assert few.low is not None
    assert many.low is not None
    assert 0.4 < few.low < 0.8
    assert 0.99 < many.low < 1


@given(st.integers(0, 60), st.integers(1, 60))
def test_shares_have_the_interval_of_wilson(count: int, total: int) -> None:
    count = min(count, total)
    exact = binomtest(count, total).proportion_ci(method="wilson")
    found = estimate_share(count, total)
    assert (found.mean, found.questions) == (count / total, total)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_everything_by_hand() -> None:
    weighed = weigh_answers(outcomes([0.2, 0.6, 0.8, 1.0], [0.05, 0.3], wrong=[0.1]))
    assert (weighed.right, weighed.wrong, weighed.unanswerable) == (4, 1, 2)
    assert weighed.auc.mean == 7 / 8
    assert weighed.proposed is not None
    # 0.4 keeps three of four and refuses both; 0.1 keeps all and refuses one.
    assert weighed.proposed.threshold in (0.4, 0.5)
    assert (weighed.proposed.kept.mean, weighed.proposed.refused.mean) == (0.75, 1.0)
    assert weighed.proposed.wrong_refused is not None
    assert weighed.proposed.wrong_refused.mean == 1.0
    assert [item.threshold for item in weighed.curve] == [0.05, 0.2, 0.3, 0.6, 0.8, 1.0]
    assert [(item.low, item.high, item.questions, item.right.mean) for item in weighed.bins] == [
        (0.0, 0.1, 1, 0.0),
        (0.1, 0.3, 2, 0.5),
        (0.3, 0.5, 1, 0.0),
        (0.5, 0.7, 1, 1.0),
        (0.7, 0.9, 1, 1.0),
        (0.9, 1.0, 1, 1.0),
    ]
    assert weighed.calibration_error == pytest.approx((0.05 + 2 * 0.35 + 0.3 + 0.4 + 0.2 + 0.0) / 7)
    assert json.loads(json.dumps(weighed.to_dict()))["proposed"]["threshold"] == weighed.proposed.threshold


def test_rates_without_wrong_answers_and_a_long_curve() -> None:
    weighed = weigh_answers(outcomes([n / 1000 for n in range(500, 900)], [n / 1000 for n in range(300)]))
    assert weighed.auc.mean == 1.0
    assert all(item.wrong_refused is None for item in weighed.rates)
    assert len(weighed.curve) < 150
    assert (weighed.curve[0].threshold, weighed.curve[-1].threshold) == (0.0, 0.899)
    assert weighed.proposed is not None
    assert weighed.proposed.threshold == 0.4


@pytest.mark.parametrize("share", [-0.1, 1.1, True, "5%", float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="max_false_answers must be 0 to 1"):
        weigh_answers(outcomes([0.5], [0.1]), share)


def test_questions_of_both_kinds_are_needed() -> None:
    with pytest.raises(UsageError, match="no question without an answer") as error:
        weigh_answers(outcomes([0.5], []))
    assert '"answerable": false' in error.value.hint
    with pytest.raises(UsageError, match="no question was answered right"):
        weigh_answers(outcomes([], [0.1], wrong=[0.5]))
