"""Lets documents that a search found before they have vectors be embedded first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext


def note_pending(search: SearchContext, location: str, heads: Sequence[Candidate]) -> None:
    """Note the pending documents among the hits of a search of the index at ``location``."""
    if not search.snapshot.pending or not search.reads_vectors:
        return
    from retriever.index.wanted import note_wanted

    keys = [head.stored.document.key for head in heads if head.stored.vector is None]
    if keys:
        note_wanted(location, dict.fromkeys(keys))
