"""What an index holds, in numbers. Nothing is decided here and no model is loaded."""

from __future__ import annotations

from pathlib import Path

from retriever.index.interface import Snapshot
from retriever.index.settings import IndexSettings
from retriever.types import IndexedDocument, IndexStatus


def status_of(path: Path, snapshot: Snapshot) -> IndexStatus:
    """The numbers of one generation of the index at ``path``, and what it was built with."""
    numbers = snapshot.statistics()
    settings = IndexSettings.of(snapshot.settings) if snapshot.settings else None
    return IndexStatus(
        path=str(path),
        generation=numbers.generation,
        created=numbers.created,
        documents=numbers.documents,
        passages=numbers.passages,
        segments=numbers.segments,
        model=settings.model_name if settings else "",
        dimension=numbers.dimension,
        bytes=numbers.bytes,
        languages=numbers.languages,
        settings=dict(snapshot.settings),
    )


def documents_of(snapshot: Snapshot) -> list[IndexedDocument]:
    """The documents of one generation, by source and id."""
    held = [
        IndexedDocument(item.id, item.source, item.title, item.language, len(refs))
        for refs, item in snapshot.documents()
    ]
    return sorted(held, key=lambda item: (item.source, item.document))
