"""Packs units into passages, by the outline and by their sizes in tokens.

Units are first grouped into runs: the short paragraphs of a section, or one long paragraph. Runs too small to stand
alone are merged with a neighbour. Then each run is packed on its own. A paragraph is divided evenly; a longer run is
divided at boundaries chosen by a hash of the words after them, so that an edit only affects passages near it.
Nothing here tokenises or splits text.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from retriever.chunking.outline import Section
from retriever.chunking.settings import ChunkSettings
from retriever.chunking.units import Unit

if TYPE_CHECKING:
    import numpy.typing as npt

_MAX_TOPIC_LENGTH = 16
# Larger than any checksum, so that a boundary between sections is stronger than any other.
_NEW_SECTION = 1 << 33
# A paragraph that fills more passages is not divided evenly: an edit would move all of its boundaries.
MAX_EVEN_PARTS = 3

#: The sections around a place in the document, outermost first.
Trail: TypeAlias = tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit with its sections, and the token ``budget`` that the limit leaves for text beside the embedded context."""

    unit: Unit
    trail: Trail
    budget: int

    @property
    def is_heading(self) -> bool:
        """Whether it consists of its section's heading alone."""
        return bool(self.trail) and self.unit.end <= self.trail[-1].heading.end + 1

    def leads_to(self, other: PlacedUnit) -> bool:
        """Whether it is a heading above ``other``."""
        return self.is_heading and other.trail[: len(self.trail)] == self.trail


@dataclass(slots=True)
class Run:
    """Units that are packed together, in order."""

    placed: list[PlacedUnit]
    is_long: bool = False

    @property
    def tokens(self) -> int:
        """The number of tokens of its units together."""
        return sum(item.unit.tokens for item in self.placed)


def common_trail(placed: Sequence[PlacedUnit]) -> Trail:
    """The trail of the units of one passage.

    A heading or an introduction takes the trail of the units that it leads to; otherwise it is the sections that
    all of the units share.
    """
    trail = placed[0].trail
    is_introduction = True
    for item in placed:
        depth = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(trail, item.trail, strict=False)))
        if is_introduction and depth == len(trail):
            trail = item.trail
        elif depth < len(trail):
            trail = trail[:depth]
            is_introduction = False
    return trail


def group_runs(paragraphs: Iterable[list[PlacedUnit]]) -> Iterator[Run]:
    """The paragraphs as runs: a new run begins at each change of section and around each paragraph that was split."""
    run: Run | None = None
    for placed in paragraphs:
        is_long = len(placed) > 1
        if run is not None and not run.is_long and not is_long and run.placed[-1].trail == placed[0].trail:
            run.placed.extend(placed)
            continue
        if run is not None:
            yield run
        run = Run(placed, is_long)
    if run is not None:
        yield run


def merge_small_runs(runs: Iterable[Run], settings: ChunkSettings) -> Iterator[Run]:
    """The runs, with those too small to stand alone merged with the previous or next run."""
    last: Run | None = None
    for run in runs:
        if last is not None and _belong_together(last, run, settings):
            last.placed.extend(run.placed)
            last.is_long |= run.is_long
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _belong_together(first: Run, second: Run, settings: ChunkSettings) -> bool:
    """Whether two runs are merged: the first introduces the second, or one of them is too small to stand alone."""
    before, after = common_trail(first.placed), second.placed[0].trail
    if before == after and second.tokens < settings.minimum:
        return True
    if first.tokens >= settings.target:
        return False
    is_small = first.tokens < settings.minimum
    if (is_small or all(item.is_heading for item in first.placed)) and after[: len(before)] == before:
        return True
    is_child, is_sibling = after[:-1] == before, bool(before) and after[:-1] == before[:-1]
    return second.tokens < settings.minimum and (is_child or (is_small and is_sibling))


def pack_run(run: Run, settings: ChunkSettings, text: str) -> Iterator[list[PlacedUnit]]:
    """The units of a run in groups, one for each passage. An edit changes two or three of them.

    A paragraph of up to ``MAX_EVEN_PARTS`` passages is divided evenly. Anything longer is divided recursively: a
    stretch above the target is divided at the strongest boundary that leaves enough on both sides. The strength of a
    boundary is a hash of the words after it, so that the choice depends on nearby text only (as in a treap: Seidel
    and Aragon, 1996).
    """
    placed = run.placed
    ends = np.cumsum([0, *(item.unit.tokens for item in placed)])
    budget = min(item.budget for item in placed)
    target, maximum = min(settings.target, budget), min(settings.maximum, budget)
    strengths = _rate_boundaries(run, text) if ends[-1] > target else np.zeros(0, np.int64)
    parts = -(-int(ends[-1]) // target)
    if run.is_long and 1 < parts <= MAX_EVEN_PARTS:
        cuts = _cut_evenly(ends, strengths, parts)
        if np.diff(ends[cuts]).max() <= maximum:
            yield from (placed[first:last] for first, last in pairwise(cuts))
            return
    waiting = [(0, len(placed))]
    while waiting:
        first, last = waiting.pop()
        cut = 0
        if last - first > 1 and ends[last] - ends[first] > target:
            cut = _choose_boundary(ends[first : last + 1], strengths[first : last + 1], target // 3)
            sides = ends[first + cut] - ends[first], ends[last] - ends[first + cut]
            if min(sides) < settings.minimum and sum(sides) <= maximum:
                cut = 0
        if cut:
            waiting += [(first + cut, last), (first, first + cut)]
        else:
            yield placed[first:last]


def _cut_evenly(ends: npt.NDArray[np.int64], strengths: npt.NDArray[np.int64], parts: int) -> list[int]:
    """The indices at which about ``parts`` stretches of similar length begin, and the end of the last one.

    A boundary after a heading or topic sentence is used only if all others are a quarter of a part farther off.
    """
    even = ends[-1] / parts
    far = np.where(strengths > 0, 0, even / 4)
    cuts = [0]
    for part in range(1, parts):
        first, end = cuts[-1] + 1, len(ends) - 1
        if first < end:
            cuts.append(first + int((np.abs(ends[first:end] - part * even) + far[first:end]).argmin()))
    return [*cuts, len(ends) - 1]


def _choose_boundary(ends: npt.NDArray[np.int64], strengths: npt.NDArray[np.int64], least: int) -> int:
    """The index of the unit that begins the second part of a stretch.

    It is the strongest boundary with at least ``least`` tokens on either side, and of equally strong ones the one in
    the middle; if there is none, the boundary nearest to the middle.
    """
    begin = max(1, int(np.searchsorted(ends, ends[0] + least)))
    end = min(len(ends) - 2, int(np.searchsorted(ends, ends[-1] - least, side="right")) - 1) + 1
    if begin < end and (strongest := strengths[begin:end].max()) > 0:
        places = np.flatnonzero(strengths[begin:end] == strongest)
        return begin + int(places[len(places) // 2])
    uneven = np.abs(2 * ends[1:-1] - ends[0] - ends[-1]) + np.where(strengths[1:-1] > 0, 0, ends[-1] - ends[0])
    return 1 + int(uneven.argmin())


def _rate_boundaries(run: Run, text: str) -> npt.NDArray[np.int64]:
    """The strength of the boundary before each unit: highest at a new section, 0 after a heading or topic sentence."""
    strengths = np.zeros(len(run.placed) + 1, np.int64)
    for place, (before, item) in enumerate(pairwise(run.placed), 1):
        if before.leads_to(item) or (run.is_long and _is_topic(text, before.unit)):
            continue
        words = text[item.unit.start : item.unit.end].encode("utf-8", "surrogatepass")
        strengths[place] = 1 + zlib.crc32(words) + (before.trail != item.trail) * _NEW_SECTION
    return strengths


def _is_topic(text: str, unit: Unit) -> bool:
    """Whether it is a short Chinese sentence that names the topic of the sentences after it.

    Reports put such a sentence ("项目建设提速增效。") before its details, in the middle of a long paragraph.
    """
    words = text[unit.start : unit.end]
    return len(words) <= _MAX_TOPIC_LENGTH and words[-1] == "。" and "，" not in words
