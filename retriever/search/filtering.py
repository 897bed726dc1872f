"""Selects the passages that match a filter, and caches selections for each generation."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retriever.locks import ForkSafeLock

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.index.interface import Selection, Snapshot
    from retriever.options import Where

# Cached selections per generation, and the passages that they may select together.
KEPT = 32
KEPT_PASSAGES = 8 << 20


def make_filter(where: Where | None) -> Filter | None:
    """The filter that a search was given, in whatever form. Raises FilterError."""
    if where is None:
        return None
    # The grammar is slow to import, and most searches have no filter.
    from retriever.filters import Filter

    return Filter.of(where)


def select(snapshot: Snapshot, where: Filter) -> Selection:
    """The passages of a generation that match. Raises FilterError for a field that no document has."""
    kept = _selections_of(snapshot)
    with kept.lock.hold():
        if where in kept.selections:
            kept.selections.move_to_end(where)
            return kept.selections[where]
    selection = snapshot.select(where)
    with kept.lock.hold():
        kept.selections[where] = selection
        while len(kept.selections) > KEPT or sum(one.count for one in kept.selections.values()) > KEPT_PASSAGES:
            kept.selections.popitem(last=False)
    return selection


@dataclass(slots=True)
class _Selections:
    selections: OrderedDict[Filter, Selection] = field(default_factory=OrderedDict)
    lock: ForkSafeLock = field(default_factory=ForkSafeLock)


_BY_SNAPSHOT: weakref.WeakKeyDictionary[Snapshot, _Selections] = weakref.WeakKeyDictionary()
_LOCK = ForkSafeLock()


def _selections_of(snapshot: Snapshot) -> _Selections:
    with _LOCK.hold():
        return _BY_SNAPSHOT.setdefault(snapshot, _Selections())
