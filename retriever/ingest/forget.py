"""Forgetting a source: the index no longer knows it, and its documents go unless another source brings them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retriever.errors import UsageError
from retriever.index.interface import Changes
from retriever.ingest.sources import below_any, covering, resolve_source
from retriever.reports import RemoveReport
from retriever.types import Source

if TYPE_CHECKING:
    from retriever.index.interface import Index


def forget(index: Index, source: str | Path, *, wait: float = 0.0) -> RemoveReport:
    """Take a source and its documents out of an index; see ``Retriever.forget``."""
    with index.writing(timeout=wait):
        with index.reading() as snapshot:
            before, settings = snapshot.generation, snapshot.settings
            target = _find(snapshot.sources, source, index.location)
            remaining = tuple(one for one in snapshot.sources if one != target)
            covers, stays = covering([target], missing=True), covering(remaining, missing=True)
            keys = [
                stored.key
                for stored in snapshot.stored_documents()
                if stored.file
                # A file that a link led to lies elsewhere, but is named as part of the source.
                and (covers(stored.file) or below_any(stored.source, [target.name]))
                and not stays(stored.file)
            ]
        generation = index.commit(Changes(sorted(keys), [], settings, remaining))
        with index.reading() as snapshot:
            documents = snapshot.documents
    return RemoveReport(
        generation=generation,
        committed=generation != before,
        removed=len(keys),
        missing=(),
        documents=documents,
    )


def _find(sources: tuple[Source, ...], wanted: str | Path, location: str) -> Source:
    """The source of that path or name. Raises UsageError where the index knows none."""
    path = resolve_source(wanted).path
    for source in sources:
        if source.path == path or str(wanted) in (source.path, source.name):
            return source
    known = ", ".join(source.name for source in sources) or "none"
    raise UsageError(f"the index {location} has no source {str(wanted)!r}", hint=f"its sources: {known}")
