"""Migrates manifests of older formats to the current format in memory, by one pure function per step.

Segments are never rewritten for a new format: their reader copes with what they lack. The next commit writes its
manifest in the current format. A change to the manifest adds a step here, and an index of the previous format to
tests/data (scripts/make_stored_index.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Step = Callable[[Mapping[str, Any]], dict[str, Any]]


def _from_1(value: Mapping[str, Any]) -> dict[str, Any]:
    """Format 1 had no inverted files, and its manifests had no checksum."""
    return {**value, "segments": [{**segment, "efforts": []} for segment in value["segments"]]}


def _from_2(value: Mapping[str, Any]) -> dict[str, Any]:
    """Format 2 remembered no sources, had {} for no settings, and counted languages in the manifest.

    Its segments hold no sums by language and no terms of their passages: their readers derive both.
    """
    segments = []
    for segment in value["segments"]:
        rest = {name: part for name, part in segment.items() if name not in ("efforts", "languages")}
        segments.append({**rest, "operating_points": segment["efforts"]})
    return {**value, "segments": segments, "settings": value["settings"] or None, "sources": []}


STEPS: Mapping[int, Step] = {1: _from_1, 2: _from_2}
"""For each older format, the step to the next one."""

FORMAT = max(STEPS) + 1


def migrate(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest in the current format. Raises KeyError or TypeError for one that does not conform to its format."""
    for number in range(value["format"], FORMAT):
        value = STEPS[number](value)
    return value
