"""Packing: which units share a passage, decided by the outline and by sizes in tokens alone.

Units are first gathered in runs (a section's short paragraphs, or one long paragraph), runs that are too small
to stand alone are joined, then each run is packed by itself, so that an edit in one leaves the others as they
were. No text is tokenized here and none is cut.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

from retriever.chunking.outline import Section
from retriever.chunking.settings import ChunkSettings
from retriever.chunking.units import Unit

_LONGEST_TOPIC = 16

#: The sections around a place in the document, outermost first.
Trail: TypeAlias = tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit and where it stands. ``room``: the tokens that the limit leaves beside its embedded context."""

    unit: Unit
    trail: Trail
    room: int

    @property
    def is_heading(self) -> bool:
        """Whether it is nothing but the words of its section's heading."""
        return bool(self.trail) and self.unit.end <= self.trail[-1].heading.end + 1


@dataclass(slots=True)
class Run:
    """Units that are packed together, in order."""

    placed: list[Placed]
    is_long: bool = False

    @property
    def tokens(self) -> int:
        return sum(item.unit.tokens for item in self.placed)


def trail_of(placed: Sequence[Placed]) -> Trail:
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


def runs(paragraphs: Iterable[list[Placed]]) -> Iterator[Run]:
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


def joined(found: Iterable[Run], settings: ChunkSettings) -> Iterator[Run]:
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
    before, after = trail_of(first.placed), second.placed[0].trail
    if before == after and second.tokens < settings.minimum:
        return True
    if first.tokens >= settings.target:
        return False
    is_small = first.tokens < settings.minimum
    if (is_small or all(item.is_heading for item in first.placed)) and after[: len(before)] == before:
        return True
    is_child, is_sibling = after[:-1] == before, bool(before) and after[:-1] == before[:-1]
    return second.tokens < settings.minimum and (is_child or (is_small and is_sibling))


def packed(run: Run, settings: ChunkSettings, text: str) -> Iterator[list[Placed]]:
    """The units of a run in groups, each a passage.

    A group is filled up to the target. It may end earlier before a unit that its own words pick out, so that
    after an edit the groups soon fall back into step. What is left over at the end joins the last group.
    """
    groups: list[list[Placed]] = []
    size = 0
    for item in run.placed:
        if not groups:
            groups.append([])
        elif _is_full(size, item, settings, text):
            groups.append(_topic(groups[-1], size, settings, text) if run.is_long else [])
            size = sum(carried.unit.tokens for carried in groups[-1])
        groups[-1].append(item)
        size += item.unit.tokens
        if len(groups) > 2:
            yield groups.pop(0)
    if len(groups) > 1:
        total = sum(item.unit.tokens for group in groups[-2:] for item in group)
        room = min(item.room for group in groups[-2:] for item in group)
        if size < settings.minimum and total <= min(settings.maximum, room):
            groups[-2:] = [groups[-2] + groups[-1]]
    yield from groups


def _is_full(size: int, item: Placed, settings: ChunkSettings, text: str) -> bool:
    """Whether a group of ``size`` tokens ends before the next unit."""
    total = size + item.unit.tokens
    if total > item.room:
        return True
    if size < settings.minimum:
        return False
    if total > settings.target:
        return True
    return size * 3 >= settings.target * 2 and _is_anchor(text, item.unit)


def _topic(group: list[Placed], size: int, settings: ChunkSettings, text: str) -> list[Placed]:
    """Take from the end of a full group a short Chinese sentence that names the topic of the ones behind it.

    Reports put such a sentence ("项目建设提速增效。") before its details, in the middle of a long paragraph.
    """
    last = group[-1].unit
    words = text[last.start : last.end]
    is_topic = len(words) <= _LONGEST_TOPIC and words[-1] == "。" and "，" not in words
    return [group.pop()] if is_topic and size - last.tokens >= settings.minimum else []


def _is_anchor(text: str, unit: Unit) -> bool:
    """Whether a unit's own words make it a good place to begin a passage: true of one in four."""
    return zlib.crc32(text[unit.start : unit.end].encode("utf-8", "surrogatepass")) % 4 == 0
