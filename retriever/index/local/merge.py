"""The merge policy: chooses segments to rewrite as one, by tiers of size as in Lucene.

Segments of similar size are merged when there are too many of them, so that a passage is rewritten a number of times
that grows with the logarithm of the corpus. Segments with many deletions are rewritten without them. Nothing here
touches files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retriever.index.local.limits import Limits


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight of a segment in the policy: its numbers of live and deleted passages."""

    live: int
    deleted: int


@dataclass(slots=True)
class _Group:
    members: list[int]
    live: int


def plan_merge(segments: Sequence[Weight], limits: Limits) -> list[list[int]]:
    """Groups of segments, by position, each to be rewritten as one segment; usually there are none."""
    groups = [_Group([number], segment.live) for number, segment in enumerate(segments)]
    while crowded := _find_crowded(groups, limits):
        merged = _Group([number for group in crowded for number in group.members], sum(one.live for one in crowded))
        groups = [group for group in groups if group not in crowded] + [merged]
    return [
        sorted(group.members)
        for group in groups
        if len(group.members) > 1 or _has_many_deletions(segments[group.members[0]], limits)
    ]


def plan_compaction(segments: Sequence[Weight], limits: Limits) -> list[list[int]]:
    """Groups that leave few segments without deletions: small ones are merged, up to ``full_rows`` passages."""
    groups: list[_Group] = []
    for number in sorted(range(len(segments)), key=lambda number: (segments[number].live, number)):
        live = segments[number].live
        if groups and groups[-1].live + live <= limits.full_rows:
            groups[-1].members.append(number)
            groups[-1].live += live
        else:
            groups.append(_Group([number], live))
    return [sorted(group.members) for group in groups if len(group.members) > 1 or segments[group.members[0]].deleted]


def _find_crowded(groups: Sequence[_Group], limits: Limits) -> list[_Group]:
    """The smallest segments of the lowest tier with more than ``tier_factor`` of them, as many as may be merged."""
    tiers: dict[int, list[_Group]] = defaultdict(list)
    for group in groups:
        if group.live < limits.large_rows:
            tiers[_find_tier(group.live, limits)].append(group)
    crowded = next((tiers[tier] for tier in sorted(tiers) if len(tiers[tier]) > limits.tier_factor), [])
    crowded.sort(key=lambda group: group.live)
    totals = accumulate(group.live for group in crowded)
    return [group for group, total in zip(crowded, totals, strict=True) if total <= limits.full_rows]


def _find_tier(live: int, limits: Limits) -> int:
    tier, bound = 0, limits.smallest_tier
    while live > bound:
        tier, bound = tier + 1, bound * limits.tier_factor
    return tier


def _has_many_deletions(segment: Weight, limits: Limits) -> bool:
    return segment.deleted > limits.deleted_share * (segment.live + segment.deleted)
