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

# The segments of a tier have up to this many times the passages of those of the tier below.
FACTOR = 8
SMALLEST = 64
# Segments of this many passages and more are never merged for their size, and no merge creates one of more than twice
# as many: this bounds what one commit may have to rewrite.
LARGE = 1 << 17
DELETED_SHARE = 0.3
# Passages of the largest segment that is created. A search reads every segment, and a large one takes it little longer
# than a small one (see ``ivf``); but a commit may have to rewrite one.
FULL = 2 * LARGE


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight of a segment in the policy: its numbers of live and deleted passages."""

    live: int
    deleted: int


@dataclass(slots=True)
class _Group:
    members: list[int]
    live: int


def plan_merge(segments: Sequence[Weight]) -> list[list[int]]:
    """Groups of segments, by position, each to be rewritten as one segment; usually there are none."""
    groups = [_Group([number], segment.live) for number, segment in enumerate(segments)]
    while crowded := _find_crowded(groups):
        merged = _Group([number for group in crowded for number in group.members], sum(one.live for one in crowded))
        groups = [group for group in groups if group not in crowded] + [merged]
    return [
        sorted(group.members)
        for group in groups
        if len(group.members) > 1 or _has_many_deletions(segments[group.members[0]])
    ]


def plan_compaction(segments: Sequence[Weight]) -> list[list[int]]:
    """Groups that leave few segments without deletions: small ones are merged, up to ``FULL`` passages."""
    groups: list[_Group] = []
    for number in sorted(range(len(segments)), key=lambda number: (segments[number].live, number)):
        live = segments[number].live
        if groups and groups[-1].live + live <= FULL:
            groups[-1].members.append(number)
            groups[-1].live += live
        else:
            groups.append(_Group([number], live))
    return [sorted(group.members) for group in groups if len(group.members) > 1 or segments[group.members[0]].deleted]


def _find_crowded(groups: Sequence[_Group]) -> list[_Group]:
    """The smallest segments of the lowest tier with more than FACTOR of them, as many as may be merged."""
    tiers: dict[int, list[_Group]] = defaultdict(list)
    for group in groups:
        if group.live < LARGE:
            tiers[_find_tier(group.live)].append(group)
    crowded = next((tiers[tier] for tier in sorted(tiers) if len(tiers[tier]) > FACTOR), [])
    crowded.sort(key=lambda group: group.live)
    totals = accumulate(group.live for group in crowded)
    return [group for group, total in zip(crowded, totals, strict=True) if total <= 2 * LARGE]


def _find_tier(live: int) -> int:
    tier, bound = 0, SMALLEST
    while live > bound:
        tier, bound = tier + 1, bound * FACTOR
    return tier


def _has_many_deletions(segment: Weight) -> bool:
    return segment.deleted > DELETED_SHARE * (segment.live + segment.deleted)
