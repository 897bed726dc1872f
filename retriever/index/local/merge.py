"""Which segments to write anew as one: a size-tiered policy, as in Lucene.

Segments of like size are merged when they become many, so that each passage is written anew a number of times
that grows with the logarithm of the corpus; segments with many deletions are written anew without them. Nothing
here touches files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

# A tier holds segments of up to this times as many passages as the one below it.
FACTOR = 8
SMALLEST = 64
# Segments of so many passages and more are never merged for their size, and no merge makes one of more than
# twice as many: this bounds what one commit may have to write anew.
LARGE = 1 << 17
DELETED_SHARE = 0.3
# Passages of the largest segment that is made. A search asks every segment, and a large one costs it little more
# than a small one (see ``ivf``); but a commit may have to write one anew.
FULL = 2 * LARGE


@dataclass(frozen=True, slots=True)
class Weight:
    """A segment for the policy: the live passages and documents in it, and what of it is deleted."""

    live: int
    deleted: int


@dataclass(slots=True)
class _Group:
    members: list[int]
    live: int


def plan_merge(segments: Sequence[Weight]) -> list[list[int]]:
    """Groups of segments, by position, each to be written anew as one segment; most often there is none."""
    groups = [_Group([number], segment.live) for number, segment in enumerate(segments)]
    while crowded := _crowded(groups):
        merged = _Group([number for group in crowded for number in group.members], sum(one.live for one in crowded))
        groups = [group for group in groups if group not in crowded] + [merged]
    return [sorted(group.members) for group in groups if len(group.members) > 1 or _worn(segments[group.members[0]])]


def plan_compaction(segments: Sequence[Weight]) -> list[list[int]]:
    """Groups by which few segments without deletions remain: smaller ones together, none above ``FULL``."""
    groups: list[_Group] = []
    for number in sorted(range(len(segments)), key=lambda number: (segments[number].live, number)):
        live = segments[number].live
        if groups and groups[-1].live + live <= FULL:
            groups[-1].members.append(number)
            groups[-1].live += live
        else:
            groups.append(_Group([number], live))
    return [sorted(group.members) for group in groups if len(group.members) > 1 or segments[group.members[0]].deleted]


def _crowded(groups: Sequence[_Group]) -> list[_Group]:
    """The smallest segments of the lowest tier that has more than FACTOR of them, as many as may be merged."""
    tiers: dict[int, list[_Group]] = defaultdict(list)
    for group in groups:
        if group.live < LARGE:
            tiers[_tier(group.live)].append(group)
    crowded = next((tiers[tier] for tier in sorted(tiers) if len(tiers[tier]) > FACTOR), [])
    crowded.sort(key=lambda group: group.live)
    totals = accumulate(group.live for group in crowded)
    return [group for group, total in zip(crowded, totals, strict=True) if total <= 2 * LARGE]


def _tier(live: int) -> int:
    tier, bound = 0, SMALLEST
    while live > bound:
        tier, bound = tier + 1, bound * FACTOR
    return tier


def _worn(segment: Weight) -> bool:
    return segment.deleted > DELETED_SHARE * (segment.live + segment.deleted)
