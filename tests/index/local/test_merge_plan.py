from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from retriever.index.local.limits import DEFAULT_LIMITS as LIMITS
from retriever.index.local.merge import Weight, plan_merge

weights = st.lists(st.builds(Weight, st.integers(0, 3 * LIMITS.large_rows), st.integers(0, 100)), max_size=60)


def _after(segments: list[Weight]) -> list[Weight]:
    groups = plan_merge(segments, LIMITS)
    taken = {number for group in groups for number in group}
    kept = [segment for number, segment in enumerate(segments) if number not in taken]
    return kept + [Weight(sum(segments[number].live for number in group), 0) for group in groups]


@settings(max_examples=50, deadline=None)
@given(weights)
def test_what_is_left_needs_no_more_merging(segments: list[Weight]) -> None:
    after = _after(segments)
    assert plan_merge(after, LIMITS) == []
    assert sum(segment.live for segment in after) == sum(segment.live for segment in segments)


@settings(max_examples=50, deadline=None)
@given(weights)
def test_no_segment_is_in_two_groups_and_none_becomes_too_large(segments: list[Weight]) -> None:
    groups = plan_merge(segments, LIMITS)
    members = [number for group in groups for number in group]
    assert len(members) == len(set(members))
    for group in groups:
        assert len(group) == 1 or sum(segments[number].live for number in group) <= LIMITS.full_rows


def test_few_segments_are_left_alone() -> None:
    assert plan_merge([], LIMITS) == []
    assert plan_merge([Weight(LIMITS.smallest_tier, 0)] * LIMITS.tier_factor, LIMITS) == []
    assert plan_merge([Weight(LIMITS.large_rows, 0)] * 100, LIMITS) == []


def test_many_small_segments_become_one() -> None:
    small = [Weight(5, 0)] * (LIMITS.tier_factor + 1)
    assert plan_merge([Weight(LIMITS.large_rows, 0), *small], LIMITS) == [list(range(1, len(small) + 1))]


def test_a_segment_with_many_deletions_is_written_anew_alone() -> None:
    assert plan_merge([Weight(70, 30), Weight(69, 31)], LIMITS) == [[1]]
    assert LIMITS.deleted_share == 0.3


def test_each_passage_is_written_anew_a_logarithmic_number_of_times() -> None:
    segments: list[Weight] = []
    rewritten = 0
    commits = 20_000
    for _ in range(commits):
        segments.append(Weight(3, 0))
        groups = plan_merge(segments, LIMITS)
        rewritten += sum(segments[number].live for group in groups for number in group)
        segments = _after(segments)
    assert rewritten <= 3 * commits * (math.log(3 * commits / LIMITS.smallest_tier, LIMITS.tier_factor) + 2)
    assert len(segments) <= (LIMITS.tier_factor + 1) * 5
