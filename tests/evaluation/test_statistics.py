"""Intervals and paired tests, compared with exact enumerations."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.evaluation.statistics import Estimate, estimate, paired_p_value

VALUES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=2, max_size=8)


def test_one_value_has_no_interval() -> None:
    assert estimate([0.4]) == Estimate(0.4, None, None, 1)


def test_equal_values_have_a_degenerate_interval() -> None:
    assert estimate([0.5] * 7) == Estimate(0.5, 0.5, 0.5, 7)


def test_the_interval_is_that_of_all_resamples() -> None:
    """All 256 resamples of four values can be listed; 9,999 random ones come within one step of their quantiles."""
    values = [0.0, 0.1, 0.6, 1.0]
    means = sorted(sum(drawn) / 4 for drawn in product(values, repeat=4))
    found = estimate(values)
    assert found.mean == pytest.approx(0.425)
    assert found.low == pytest.approx(means[6], abs=0.03)
    assert found.high == pytest.approx(means[249], abs=0.03)


@given(VALUES)
def test_the_interval_contains_the_mean_and_is_deterministic(values: list[float]) -> None:
    found = estimate(values)
    assert found.low is not None
    assert found.high is not None
    assert min(values) <= found.low <= found.mean + 1e-12
    assert found.mean - 1e-12 <= found.high <= max(values)
    assert estimate(values) == found


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=7))
def test_p_is_the_share_of_permutations_that_differ_as_much(pairs: list[tuple[int, int]]) -> None:
    differences = [second - first for first, second in pairs]
    sums = [sum(sign * value for sign, value in zip(signs, differences, strict=True)) for signs in _signs(len(pairs))]
    above = sum(value >= sum(differences) for value in sums) / len(sums)
    below = sum(value <= sum(differences) for value in sums) / len(sums)
    first, second = ([pair[side] / 4 for pair in pairs] for side in (0, 1))
    assert paired_p_value(first, second) == pytest.approx(min(1.0, 2 * min(above, below)))


def _signs(count: int) -> list[tuple[int, ...]]:
    return list(product((1, -1), repeat=count))


def test_one_pair_gives_a_p_value_of_one() -> None:
    assert paired_p_value([0.2], [0.9]) == 1.0


def test_p_of_many_pairs_is_sampled_and_deterministic() -> None:
    first = [number % 7 / 7 for number in range(60)]
    better = [min(1.0, value + 0.1) for value in first]
    mixed = [value + (0.1 if number % 2 else -0.1) for number, value in enumerate(first)]
    assert paired_p_value(first, better) == paired_p_value(first, better) < 0.001
    assert paired_p_value(first, mixed) > 0.5
    assert paired_p_value(first, first) == 1.0
