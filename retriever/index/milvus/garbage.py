"""Removes the rows of generations that nobody reads any more. See ``holds`` for how readers are heard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.index.milvus import schema
from retriever.index.milvus.clock import read_seconds
from retriever.index.milvus.recovery import drop_era

if TYPE_CHECKING:
    from retriever.index.milvus.site import Site
    from retriever.index.milvus.state import State


def collect(site: Site, state: State) -> None:
    """Remove what died in or before the oldest generation that may still be read. For the holder of the lease."""
    # The time of the last rows, which is shortly before now: that keeps rather more.
    now = read_seconds(state.time)
    if not any(one.generation >= state.oldest and one.time <= now - site.limits.kept for one in state.history):
        return
    oldest = _find_oldest(site, state, now)
    if oldest <= state.oldest:
        return
    history = tuple(one for one in state.history if one.generation >= oldest)
    site.lease.require()
    site.head.point(replace(state, oldest=oldest, history=history))
    # Who signed before the pointer was written is seen now; who signs later sees the pointer.
    oldest = min(oldest, *_read_generations(site, now), state.generation)
    if oldest <= state.oldest:
        return
    if oldest < state.era:
        return
    names = schema.Names.of(site.location, state.era)
    for collection in (names.records, *([names.passages] if state.dimension else [])):
        site.client.delete(collection, f"died <= {oldest}")
    if state.oldest < state.era:
        _drop_older_eras(site, state.era)


def _find_oldest(site: Site, state: State, now: int) -> int:
    """The oldest generation that is read, or that was the newest not long ago."""
    recent = (one.generation for one in state.history if one.time > now - site.limits.kept)
    oldest = min((state.generation, *recent))
    return min(oldest, *_read_generations(site, now), state.generation) if oldest > state.oldest else oldest


def _read_generations(site: Site, now: int) -> list[int]:
    """The oldest generations of the readers that gave a sign of life; signs of the dead are removed."""
    found, dead = [], []
    for identity, values in site.head.signs(schema.READER).items():
        oldest, at = values.get("oldest"), values.get("time")
        if type(oldest) is int and type(at) is int and at > now - site.limits.kept:
            found.append(oldest)
        else:
            dead.append(identity)
    site.head.erase(dead)
    return found


def _drop_older_eras(site: Site, era: int) -> None:
    begin = f"{site.location.prefix}__"
    for name in site.client.collections():
        number = name.removeprefix(begin).partition("_")[0]
        if name.startswith(begin) and number.isdecimal() and int(number) < era:
            drop_era(site, int(number))
