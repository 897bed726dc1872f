"""One search, stage by stage: query, candidates of both kinds, fusion, late interaction, hits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.balance import balance_of
from retriever.search.bm25 import TermWeights
from retriever.search.duplicates import groups
from retriever.search.fusion import Evidence, fused
from retriever.search.highlights import matched_words
from retriever.search.query import Query, SearchRequest, parse
from retriever.types import Duplicate, Hit, SearchResponse

if TYPE_CHECKING:
    from retriever.index.interface import Snapshot, StoredPassage
    from retriever.models.background import Background
    from retriever.models.interface import Encoder
    from retriever.search.late import LateInteraction
    from retriever.types import Vectors

# Candidates of each kind: enough that what both stages find mediocre but good together is among them.
CANDIDATES = 100
CANDIDATES_PER_HIT = 4
# Scores are rounded to this before they are compared, far below what tells passages apart and far above the
# last bits in which two orders of summation differ.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage with what the stages say of it and the score that follows."""

    stored: StoredPassage
    evidence: Evidence
    score: float


def run(
    snapshot: Snapshot,
    late: Callable[[], LateInteraction],
    request: SearchRequest,
    index: str,
    background: Background,
) -> SearchResponse:
    """Answer ``request`` from one generation. ``late`` gives the model, and is called only where it is needed."""
    started = time.perf_counter()
    query = parse(request)
    hits: tuple[Hit, ...] = ()
    if snapshot.passage_count:
        weights = TermWeights.of(query.terms, snapshot.term_statistics(query.terms))
        vector = None if request.mode == "lexical" else _embedded(query, late().encoder)
        refs = _candidates(snapshot, weights, vector, request)
        ranked = sorted(_scored(snapshot, refs, query, weights, vector, request, background), key=_order)
        if request.reranked:
            ranked = _reranked(ranked, late(), query, request, background)
        best = _grouped(snapshot, ranked, request)
        hits = tuple(_hit(snapshot, rank, items, weights, request) for rank, items in enumerate(best, 1))
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


def _scored(
    snapshot: Snapshot,
    refs: Sequence[int],
    query: Query,
    weights: TermWeights,
    vector: Vectors | None,
    request: SearchRequest,
    background: Background,
) -> list[_Candidate]:
    """Every candidate scored by every first stage that takes part, whichever of them found it."""
    dense: list[float] | list[None] = [None] * len(refs)
    if vector is not None:
        # In double precision and per row, so that a score does not depend on what is scored beside it.
        products = np.einsum("ij,j->i", snapshot.vectors(refs).astype(np.float64), vector.astype(np.float64))
        dense = products.round(DECIMALS).tolist()
    result = []
    for stored, similar in zip(snapshot.passages(refs), dense, strict=True):
        lexical = None if request.mode == "dense" else round(weights.score(stored.passage.text), DECIMALS)
        evidence = Evidence(similar, lexical, None, query.shares_language(stored.passage.language))
        result.append(_Candidate(stored, evidence, round(fused(evidence, background), DECIMALS)))
    return result


def _reranked(
    ranked: Sequence[_Candidate],
    late: LateInteraction,
    query: Query,
    request: SearchRequest,
    background: Background,
) -> list[_Candidate]:
    """The first ones scored by late interaction as well; the others follow, none above these."""
    first, rest = ranked[: request.reranked], ranked[request.reranked :]
    similar = late.scores(query.text, query.language, [item.stored.passage for item in first])
    again = []
    for item, value in zip(first, similar, strict=True):
        evidence = replace(item.evidence, late=round(value, DECIMALS))
        again.append(replace(item, evidence=evidence, score=round(fused(evidence, background), DECIMALS)))
    again.sort(key=_order)
    lowest = again[-1].score if again else 1.0
    return again + [replace(item, score=min(item.score, lowest)) for item in rest]


def _grouped(snapshot: Snapshot, ranked: Sequence[_Candidate], request: SearchRequest) -> list[list[_Candidate]]:
    """The best candidates, each with those that say the same."""
    if request.duplicates == "show":
        return [[item] for item in ranked[: request.k]]
    vectors = snapshot.vectors([item.stored.ref for item in ranked])
    found = groups([item.stored.passage.text for item in ranked], vectors, request.k)
    return [[ranked[position] for position in group] for group in found]


def _order(item: _Candidate) -> tuple[float, str, int]:
    return -item.score, item.stored.document.key, item.stored.passage.start


def _hit(
    snapshot: Snapshot, rank: int, items: Sequence[_Candidate], weights: TermWeights, request: SearchRequest
) -> Hit:
    item, *others = items
    stored, passage = item.stored, item.stored.passage
    before, after = snapshot.neighbours(stored.ref, request.context) if request.context else ([], [])
    stages = {"dense": item.evidence.dense, "lexical": item.evidence.lexical, "late": item.evidence.late}
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
        duplicates=tuple(_duplicate(other.stored) for other in others),
        metadata=stored.document.metadata,
        before=tuple(before),
        after=tuple(after),
    )


def _duplicate(stored: StoredPassage) -> Duplicate:
    passage = stored.passage
    return Duplicate(stored.document.source, passage.start, passage.end, passage.line, stored.document.id)
