"""Reads the passages that a map shows from a snapshot, through the contract of every engine: all, or a sample."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappush, heapreplace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import xxhash

if TYPE_CHECKING:
    from retriever.index.interface import Selection, Snapshot, StoredPassage
    from retriever.types import Vectors

Center: TypeAlias = "Callable[[Vectors, Sequence[str]], Vectors]"

# Passages fetched in one call.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Gathered:
    """Passages in an order that only their contents decide, and their vectors, float32 [n, dimension].

    ``total`` counts the passages that they were taken from.
    """

    passages: Sequence[StoredPassage]
    vectors: Vectors
    total: int


def gather(
    snapshot: Snapshot, limit: int, *, within: Selection | None, always: Collection[str], center: Center
) -> Gathered:
    """Up to ``limit`` passages, chosen by a hash of their contents, and those with the ids ``always``.

    - ``snapshot``: the generation
    - ``limit``: the most passages, beside those of ``always``
    - ``within``: the passages to choose from; None for all
    - ``always``: the ids of passages that are not left out
    - ``center``: centers vectors by the languages of their passages
    """
    total = snapshot.passages if within is None else within.count
    refs = _list_refs(snapshot, total, within)
    if len(refs) > limit:
        refs = _choose(snapshot, refs, limit, always)
    passages: list[StoredPassage] = []
    vectors = np.zeros((len(refs), snapshot.settings.dimension if snapshot.settings else 0), np.float32)
    for batch in _fetch(snapshot, refs, vectors=True):
        embedded = [(stored, stored.vector) for stored in batch if stored.vector is not None]
        if not embedded:
            continue
        rows = np.stack([vector for _, vector in embedded])
        start = len(passages)
        vectors[start : start + len(rows)] = center(rows, [stored.passage.language for stored, _ in embedded])
        passages += [stored for stored, _ in embedded]
    order = sorted(range(len(passages)), key=lambda place: _place(passages[place]))
    return Gathered([passages[place] for place in order], vectors[order], total)


def _list_refs(snapshot: Snapshot, total: int, within: Selection | None) -> list[int]:
    """The refs of all passages, or of those within a selection."""
    if not total:
        return []
    # Every passage is a candidate for every vector, if as many are asked for as there are.
    sums = sum(sums.vectors for sums in snapshot.languages.values())
    refs: list[int] = snapshot.dense(np.asarray(sums, np.float32), total, within=within).refs.tolist()
    return refs


def _choose(snapshot: Snapshot, refs: Sequence[int], limit: int, always: Collection[str]) -> list[int]:
    """The ``limit`` refs whose passages have the smallest hashes, and those of ``always``."""
    kept: list[tuple[int, int]] = []
    wanted: list[int] = []
    for batch in _fetch(snapshot, refs, vectors=False):
        for stored in batch:
            # A heap has its smallest entry first, but the largest is the one to give way.
            item = (-_hash(stored), stored.ref)
            if stored.id in always:
                wanted.append(stored.ref)
            elif len(kept) < limit:
                heappush(kept, item)
            elif item > kept[0]:
                heapreplace(kept, item)
    return [*wanted, *(ref for _, ref in kept)]


def _fetch(snapshot: Snapshot, refs: Sequence[int], *, vectors: bool) -> Iterator[list[StoredPassage]]:
    for start in range(0, len(refs), BATCH):
        yield snapshot.fetch(refs[start : start + BATCH], vectors=vectors)


def _place(stored: StoredPassage) -> tuple[str, str, int, str]:
    return stored.document.source, stored.document.id, stored.position, stored.id


def _hash(stored: StoredPassage) -> int:
    """A hash of a passage that is the same wherever its files lie."""
    document, passage = stored.document, stored.passage
    named = f"{document.source}\0{document.id}\0{passage.start}\0{passage.text}"
    return xxhash.xxh64_intdigest(named.encode("utf-8", "surrogatepass"))
