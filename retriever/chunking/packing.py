"""Packing: which units share a passage, decided by the outline and by sizes in tokens alone.

Units are first gathered in runs (a section's short paragraphs, or one long paragraph), runs that are too small
to stand alone are joined, then each run is packed by itself: a paragraph evenly, what is longer at boundaries that
its words pick out, so that an edit leaves what is not near it as it was. No text is tokenized here and none is cut.
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
# More than any checksum, so that a boundary between sections is stronger than any other.
_NEW_SECTION = 1 << 33
# A paragraph of more passages is not parted anew as a whole when some of it changes.
MAX_EVEN_PARTS = 3

#: The sections around a place in the document, outermost first.
Trail: TypeAlias = tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit and where it stands. ``room``: the tokens that the limit leaves beside its embedded context."""

    unit: Unit
    trail: Trail
    room: int

    @property
    def is_heading(self) -> bool:
        """Whether it is nothing but the words of its section's heading."""
        return bool(self.trail) and self.unit.end <= self.trail[-1].heading.end + 1

    def leads_to(self, other: PlacedUnit) -> bool:
        """Whether it is a heading of what follows."""
        return self.is_heading and other.trail[: len(self.trail)] == self.trail


@dataclass(slots=True)
class Run:
    """Units that are packed together, in order."""

    placed: list[PlacedUnit]
    is_long: bool = False

    @property
    def tokens(self) -> int:
        return sum(item.unit.tokens for item in self.placed)


def common_trail(placed: Sequence[PlacedUnit]) -> Trail:
    """The sections that units in one passage stand in: those of the words that an introduction or heading leads
    to, and of words from several sections those that hold them all."""
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
    """The paragraphs as runs: a new one at each change of section and around each paragraph that was cut."""
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


def merge_small_runs(found: Iterable[Run], settings: ChunkSettings) -> Iterator[Run]:
    """The runs, those that are too small to stand alone put together with the one before or behind them."""
    last: Run | None = None
    for run in found:
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
    """Whether a run joins the next: it introduces it, or one of them is too small to stand alone."""
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
    """The units of a run in groups, each a passage; an edit changes two or three of them.

    A paragraph of up to ``MOST_EVEN`` passages is parted evenly. Of anything longer, a stretch above the target is
    parted at the strongest of the boundaries that leave enough on both sides, then its parts likewise. How strong a
    boundary is follows from the words behind it, so that which ones are used depends on what stands near (as in a
    treap: Seidel and Aragon, 1996).
    """
    placed = run.placed
    ends = np.cumsum([0, *(item.unit.tokens for item in placed)])
    room = min(item.room for item in placed)
    target, maximum = min(settings.target, room), min(settings.maximum, room)
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
    """The places of the units that begin each of about ``parts`` stretches of like length, and the end of the last.

    A boundary behind what leads to the next unit is used only where the others are a quarter of a part further off.
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
    """Where a stretch is parted: the place of the unit that begins its second part.

    The strongest boundary with at least ``least`` tokens on either side, of equal ones the middle one; where there
    is none, the one nearest to the middle.
    """
    begin = max(1, int(np.searchsorted(ends, ends[0] + least)))
    end = min(len(ends) - 2, int(np.searchsorted(ends, ends[-1] - least, side="right")) - 1) + 1
    if begin < end and (strongest := strengths[begin:end].max()) > 0:
        places = np.flatnonzero(strengths[begin:end] == strongest)
        return begin + int(places[len(places) // 2])
    uneven = np.abs(2 * ends[1:-1] - ends[0] - ends[-1]) + np.where(strengths[1:-1] > 0, 0, ends[-1] - ends[0])
    return 1 + int(uneven.argmin())


def _rate_boundaries(run: Run, text: str) -> npt.NDArray[np.int64]:
    """How good it is to begin a passage at each unit of a run: at a new section best, behind what leads to it not."""
    strengths = np.zeros(len(run.placed) + 1, np.int64)
    for place, (before, item) in enumerate(pairwise(run.placed), 1):
        if before.leads_to(item) or (run.is_long and _is_topic(text, before.unit)):
            continue
        words = text[item.unit.start : item.unit.end].encode("utf-8", "surrogatepass")
        strengths[place] = 1 + zlib.crc32(words) + (before.trail != item.trail) * _NEW_SECTION
    return strengths


def _is_topic(text: str, unit: Unit) -> bool:
    """Whether it is a short Chinese sentence that names the topic of the ones behind it.

    Reports put such a sentence ("项目建设提速增效。") before its details, in the middle of a long paragraph.
    """
    words = text[unit.start : unit.end]
    return len(words) <= _MAX_TOPIC_LENGTH and words[-1] == "。" and "，" not in words
