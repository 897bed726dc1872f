"""Takes back what an unfinished commit wrote: the next writer does it, and so does a commit that fails.

What it wrote is above the newest generation: rows that were born after it go, rows that were to die after it live on.
For a reader of the newest generation neither changes anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retriever.index.milvus import schema
from retriever.index.milvus.head import MARK_ID
from retriever.index.milvus.removal import PAD, stored_fields
from retriever.index.milvus.view import View, chunks

if TYPE_CHECKING:
    from retriever.index.milvus.head import Mark
    from retriever.index.milvus.site import Site
    from retriever.index.milvus.state import State

_SOME = 200


def recover(site: Site, state: State, mark: Mark | None) -> None:
    """Undo the commit that ``mark`` was left by, unless it became the newest generation."""
    if mark is None or mark.generation <= state.generation:
        return
    if mark.era != state.era:
        drop_era(site, mark.era)
    elif state.era:
        _undo(site, state)
    site.head.erase([MARK_ID])


def drop_era(site: Site, era: int) -> None:
    """Remove the collections of an era."""
    names = schema.Names.of(site.location, era)
    for name in (names.passages, names.records):
        if site.client.has(name):
            site.client.drop(name)


def _undo(site: Site, state: State) -> None:
    view = View(site.client, schema.Names.of(site.location, state.era), state)
    # What the server leaves out now, be it a row that was to die, would not be taken back.
    view.require_whole()
    groups = [(view.names.records, "id", [*schema.RECORD_FIELDS], {"pad": PAD})]
    if site.client.has(view.names.passages):
        groups.append((view.names.passages, "ref", stored_fields(view), {}))
    for collection, key, fields, pad in groups:
        site.lease.require()
        site.client.delete(collection, f"born > {state.generation}")
        doomed = f"died > {state.generation} and died < {schema.NEVER}"
        keys = [row[key] for row in site.client.query(collection, doomed, [key])]
        for some in chunks(keys, _SOME):
            rows = site.client.query(collection, f"{key} in {some}", fields)
            site.lease.require()
            site.client.write(collection, [{**row, **pad, "died": schema.NEVER} for row in rows])
    if not state.dimension and len(groups) > 1:
        site.client.drop(view.names.passages)
