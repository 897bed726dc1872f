"""Candidates of a search: found by meaning and by words, scored by both, the best ones compared token by token."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from retriever.search.bm25 import TermWeights
from retriever.search.fusion import Fusion, StageScores, fused, logistic
from retriever.search.phrases import Phrases
from retriever.text.normalise import fold

if TYPE_CHECKING:
    from retriever.index.interface import Refs, Snapshot, StoredPassage
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.search.corpus_centering import CorpusCentering
    from retriever.search.query import Query
    from retriever.text.analyzer import TermFinder
    from retriever.types import Mode, Vectors

# Scores and log-odds are rounded to this before they are compared, far below what tells passages apart and far above
# the last bits in which two orders of summation differ.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage with what the stages say of it and the score that follows.

    ``odds`` rank it. They may be less than what ``fusion`` makes of the evidence: what was not reranked stays below
    what was.
    """

    stored: StoredPassage
    evidence: StageScores
    fusion: Fusion
    odds: float

    @classmethod
    def of(cls, stored: StoredPassage, evidence: StageScores, background: ScoreBaseline) -> Candidate:
        fusion = fused(evidence, background)
        return cls(stored, evidence, fusion, round(fusion.odds, DECIMALS))

    @property
    def score(self) -> float:
        """0 to 1. Near its ends many log-odds have one score."""
        return round(logistic(self.odds), DECIMALS)

    @property
    def order(self) -> tuple[float, str, str, int]:
        """Sorts the best first; ties by document and place, wherever the corpus lies."""
        document = self.stored.document
        return -self.odds, document.source, document.id, self.stored.passage.start


def found(
    snapshot: Snapshot,
    weights: TermWeights,
    vector: Vectors | None,
    limit: int,
    mode: Mode,
    within: Refs | None,
    estimates: CorpusCentering,
) -> list[int]:
    """Refs of the ``limit`` best that either stage finds, each once.

    Languages that the vectors in the index are not centered for are searched by themselves as well.
    """
    refs: dict[int, None] = {}
    if vector is not None:
        rest = [estimate.refs for estimate in estimates.by_language.values()]
        for place in (within, *(own if within is None else np.intersect1d(within, own) for own in rest)):
            refs.update(dict.fromkeys(snapshot.dense(vector, limit, within=place).refs.tolist()))
    if mode != "dense" and weights.informative:
        refs.update(dict.fromkeys(snapshot.lexical(weights.informative, limit, within=within).refs.tolist()))
    return list(refs)


def scored(
    snapshot: Snapshot,
    refs: Sequence[int],
    query: Query,
    weights: TermWeights,
    vector: Vectors | None,
    mode: Mode,
    background: ScoreBaseline,
    estimates: CorpusCentering,
) -> list[Candidate]:
    """Every candidate scored by every first stage that takes part, whichever of them found it; the best first."""
    dense: list[float] | list[None] = [None] * len(refs)
    candidates = snapshot.passages(refs)
    if vector is not None:
        vectors = estimates.center(snapshot.vectors(refs), [stored.passage.language for stored in candidates])
        # In double precision and per row, so that a score does not depend on what is scored beside it.
        products = np.einsum("ij,j->i", vectors.astype(np.float64), vector.astype(np.float64))
        dense = products.round(DECIMALS).tolist()
    finder, phrases = weights.finder, Phrases.of(query.text)
    result = []
    for stored, similar in zip(candidates, dense, strict=True):
        same_language = query.shares_language(stored.passage.language)
        if mode == "dense":
            evidence = StageScores(similar, None, None, same_language)
        else:
            evidence = _with_words(similar, same_language, weights, finder, phrases, stored)
        result.append(Candidate.of(stored, evidence, background))
    return sorted(result, key=lambda item: item.order)


def _with_words(
    dense: float | None,
    same_language: bool,
    weights: TermWeights,
    finder: TermFinder,
    phrases: Phrases,
    stored: StoredPassage,
) -> StageScores:
    """Says as well how much of the question a passage covers, and whether the question is its title or stands in it."""
    folded = fold(stored.searched)
    counts = finder.counts(folded)
    # A title is searched with the first passage, so one that is the question brings most of its terms.
    maybe = stored.position == 0 and 2 * len(counts) >= len(weights.idf)
    coverage = phrases.raised(weights.score(counts, stored.terms), folded)
    return StageScores(
        dense,
        round(coverage, DECIMALS),
        None,
        same_language,
        entitled=maybe and phrases.entitle(stored.document.title),
        phrase=weights.rarity if counts and phrases.whole_in(folded) else 0.0,
    )


def reranked(
    ranked: Sequence[Candidate], scores: Sequence[float], stage: Literal["late", "reranker"], background: ScoreBaseline
) -> list[Candidate]:
    """The first ``len(scores)`` ranked anew with what this stage says of them; the others follow, none above them."""
    first, rest = ranked[: len(scores)], ranked[len(scores) :]
    again = []
    for item, value in zip(first, scores, strict=True):
        score = round(value, DECIMALS)
        said = replace(item.evidence, late=score) if stage == "late" else replace(item.evidence, reranker=score)
        again.append(Candidate.of(item.stored, said, background))
    again.sort(key=lambda item: item.order)
    lowest = again[-1].odds if again else math.inf
    return again + [replace(item, odds=min(item.odds, lowest)) for item in rest]
