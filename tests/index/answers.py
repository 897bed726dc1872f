"""All that a snapshot says, without what may differ between engines and generations: comparable with ``==``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from index_corpus import DIMENSION, Ranking, ranking, refs_of, stored_passages, sums

from retriever.filters import Filter
from retriever.index.interface import Snapshot
from retriever.types import StoredDocument

WORDS = ("tea", "sky", "red", "green", "blue", "lead", "roof")
WEIGHTS: Mapping[str, float] = {"tea": 1.0, "green": 0.5, "sky": 2.25, "title": 0.125}
QUERIES: tuple[npt.NDArray[np.float32], ...] = tuple(
    (np.random.default_rng(seed).integers(-2, 3, DIMENSION) / 4).astype(np.float32) for seed in range(4)
)
FILTERS = ("language = zh", "page >= 2 and not document = a", "year < 3 or heading = a", "tags = b")


@dataclass(frozen=True)
class Answers:
    """``rankings`` are by what was asked; ``passages`` by id: what was fetched, with vector, terms and neighbours."""

    documents: dict[str, tuple[StoredDocument, int]]
    passages: dict[str, tuple[Any, ...]]
    rankings: dict[str, Ranking]
    selected: dict[str, int]
    sums: dict[str, tuple[int, list[float]]]
    statistics: tuple[Any, ...]
    remembered: tuple[Any, ...]


def answers(snapshot: Snapshot) -> Answers:
    """What a snapshot answers. Rankings are of all passages, so that ties at their ends play no part."""
    limit = snapshot.passages + 1
    terms = snapshot.term_statistics([*WORDS, "title", "absent"])
    filters = [Filter.parse(where) for where in FILTERS] if snapshot.documents else []
    rankings: dict[str, Ranking] = {}
    for within in (None, *map(snapshot.select, filters)):
        for query in QUERIES:
            found = snapshot.dense(query, limit, within=within)
            rankings[f"{query} {len(rankings)}"] = sorted(ranking(snapshot, found))
        found = snapshot.lexical(WEIGHTS, limit, within=within)
        rankings[f"words {len(rankings)}"] = sorted(ranking(snapshot, found))
    return Answers(
        documents={stored.key: (stored, stored.passages) for stored in snapshot.stored_documents()},
        passages=_passages(snapshot),
        rankings=rankings,
        selected={where.expression: snapshot.select(where).count for where in filters},
        sums=sums(snapshot),
        statistics=(snapshot.documents, snapshot.passages, terms),
        remembered=(snapshot.settings, snapshot.sources),
    )


def texts_of(snapshot: Snapshot) -> dict[str, list[str]]:
    """The texts of each document's passages, by the document's key."""
    return {key: [stored.passage.text for stored in passages] for key, passages in stored_passages(snapshot).items()}


def _passages(snapshot: Snapshot) -> dict[str, tuple[Any, ...]]:
    refs = refs_of(snapshot)
    fetched = snapshot.fetch(refs, vectors=True, tokens=True)
    result: dict[str, tuple[Any, ...]] = {}
    for stored, beside in zip(fetched, snapshot.around(refs, 1), strict=True):
        own = (stored.document.key, stored.position, stored.passage, stored.terms, stored.tokens)
        result[stored.id] = (*own, [] if stored.vector is None else stored.vector.tolist(), beside)
    for addition in snapshot.additions():
        ids = [stored.id for stored in fetched if stored.document.key == addition.document.key]
        assert addition.vectors.tolist() == [result[id_][-2] for id_ in ids]
        for id_, terms in zip(ids, addition.terms, strict=True):
            result[id_] += (frozenset(terms.distinct), terms.length)
    return result
