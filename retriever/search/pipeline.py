"""One search, stage by stage: query, candidates of both kinds, fusion, hits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.balance import balance_of
from retriever.search.bm25 import TermWeights
from retriever.search.fusion import Similarity, calibrated, fused
from retriever.search.highlights import matched_words
from retriever.search.query import Query, SearchRequest, parse
from retriever.types import Hit, Mode, SearchResponse

if TYPE_CHECKING:
    from retriever.index.interface import Snapshot, StoredPassage
    from retriever.models.interface import Encoder
    from retriever.types import Vectors

# Candidates of each kind: enough that what both stages find mediocre but good together is among them.
CANDIDATES = 100
CANDIDATES_PER_HIT = 4
# Scores are rounded to this before they are compared, far below what tells passages apart and far above the
# last bits in which two orders of summation differ.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class _Scored:
    """A candidate with its scores; ``dense`` and ``lexical`` are None where the mode leaves them out."""

    stored: StoredPassage
    dense: float | None
    lexical: float | None
    score: float


def run(
    snapshot: Snapshot, encoder: Callable[[], Encoder], request: SearchRequest, index: str, similarity: Similarity
) -> SearchResponse:
    """Answer ``request`` from one generation. ``encoder`` is called only where the mode needs the model."""
    started = time.perf_counter()
    query = parse(request)
    hits: tuple[Hit, ...] = ()
    if snapshot.passage_count:
        weights = TermWeights.of(query.terms, snapshot.term_statistics(query.terms))
        vector = None if request.mode == "lexical" else _embedded(query, encoder())
        candidates = _candidates(snapshot, weights, vector, request)
        scored = _score(snapshot, candidates, weights, vector, request.mode, similarity)
        best = sorted(scored, key=_order)[: request.k]
        hits = tuple(_hit(snapshot, rank, item, weights, request) for rank, item in enumerate(best, 1))
    return SearchResponse(
        query=query.text,
        index=index,
        generation=snapshot.generation,
        mode=request.mode,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        hits=hits,
    )


def _embedded(query: Query, encoder: Encoder) -> Vectors:
    """The question's vector, balanced by its language: float32 [dimension]."""
    vectors = encoder.encode_queries([query.text])
    vector: Vectors = balance_of(encoder.description).balanced(vectors, [query.language], "query")[0]
    return vector


def _candidates(snapshot: Snapshot, weights: TermWeights, vector: Vectors | None, request: SearchRequest) -> list[int]:
    """Refs of what either stage finds, each once."""
    limit = max(CANDIDATES, CANDIDATES_PER_HIT * request.k)
    refs: dict[int, None] = {}
    if vector is not None:
        refs.update(dict.fromkeys(snapshot.dense(vector, limit).refs.tolist()))
    if request.mode != "dense" and weights.informative:
        refs.update(dict.fromkeys(snapshot.lexical(weights.informative, limit).refs.tolist()))
    return list(refs)


def _score(
    snapshot: Snapshot,
    refs: Sequence[int],
    weights: TermWeights,
    vector: Vectors | None,
    mode: Mode,
    similarity: Similarity,
) -> list[_Scored]:
    """Every candidate scored by every stage that takes part, whichever of them found it."""
    stored = snapshot.passages(refs)
    dense: list[float] | list[None] = [None] * len(refs)
    if vector is not None:
        # In double precision and per row, so that a score does not depend on what is scored beside it.
        products = np.einsum("ij,j->i", snapshot.vectors(refs).astype(np.float64), vector.astype(np.float64))
        dense = products.round(DECIMALS).tolist()
    result = []
    for item, similar in zip(stored, dense, strict=True):
        lexical = None if mode == "dense" else round(weights.score(item.passage.text), DECIMALS)
        score = round(calibrated(fused(similar, lexical, similarity)), DECIMALS)
        result.append(_Scored(item, similar, lexical, score))
    return result


def _order(item: _Scored) -> tuple[float, str, int]:
    return -item.score, item.stored.document.key, item.stored.passage.start


def _hit(snapshot: Snapshot, rank: int, item: _Scored, weights: TermWeights, request: SearchRequest) -> Hit:
    stored, passage = item.stored, item.stored.passage
    before, after = snapshot.neighbours(stored.ref, request.context) if request.context else ([], [])
    stages = {"dense": item.dense, "lexical": item.lexical}
    return Hit(
        rank=rank,
        score=item.score,
        id=stored.id,
        document=stored.document.id,
        source=stored.document.source,
        title=stored.document.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        line=passage.line,
        page=passage.page,
        language=passage.language,
        highlights=matched_words(passage.text, weights),
        scores={name: score for name, score in stages.items() if score is not None},
        metadata=stored.document.metadata,
        before=tuple(before),
        after=tuple(after),
    )
