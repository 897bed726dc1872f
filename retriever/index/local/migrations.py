"""How a manifest of an older format becomes one of the present format: a pure function a step, applied in memory.

Segments are never rewritten for a new format: whatever they lack, their reader does without. The next commit writes
its manifest in the present format. A change of what a manifest says adds a step here and stores an index of the
format before it in tests/data (scripts/make_stored_index.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Step = Callable[[Mapping[str, Any]], dict[str, Any]]


def _from_1(value: Mapping[str, Any]) -> dict[str, Any]:
    """Format 1 had no inverted files and no checksum of the manifest in itself."""
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
"""For each older format the step to the next one."""

FORMAT = max(STEPS) + 1


def migrate(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest in the present format. Raises KeyError or TypeError for one that is not what its format says."""
    for number in range(value["format"], FORMAT):
        value = STEPS[number](value)
    return value
