"""Fetches the passages beside others in their documents, whole: with ids, headings and pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from retriever.index.identity import passage_id
from retriever.types import Passage

if TYPE_CHECKING:
    from retriever.index.interface import Snapshot, StoredPassage


def fetch_around(snapshot: Snapshot, passages: Sequence[StoredPassage], count: int) -> list[StoredPassage]:
    """Up to ``count`` passages before and after each of ``passages`` in its document, each once, in no order.

    A storage call gives their texts and places, from which their ids follow, and a second one the rest.
    """
    if not passages or not count:
        return []
    ids: dict[str, None] = {}
    beside = snapshot.around([stored.ref for stored in passages], count)
    for stored, (before, after) in zip(passages, beside, strict=True):
        for item in (*before, *after):
            passage = Passage(item.text, item.start, item.end)
            ids[f"{passage_id(stored.document.key, passage):016x}"] = None
    return snapshot.find(list(ids))
