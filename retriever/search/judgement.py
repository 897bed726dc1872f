"""Judges whether what a search found answers its question at all: a context is refused where it does not.

A score tells what answers from what is about something else. Most questions without an answer are not about something
else, though: they ask about the corpus's own subjects for what it does not say, and their best passage scores as well
as one that answers in other words. A context is filler then. So contexts weigh evidence of their own
(docs/decisions/context.md), with the same threshold: beside how similar the best passage is, how far it stands above
the crowd of this corpus for this question, and what the corpus has of the question's words that it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.search.duplicates import TextComparer, find_distinct
from retriever.search.evidence import is_found
from retriever.search.fusion import logistic
from retriever.search.judgement_weights import ACROSS, WITHIN

if TYPE_CHECKING:
    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext
    from retriever.search.scale import Evidence

# The crowd is represented by the passage in this place by whole vectors, counted from 0 without near-duplicates of a
# better one, among the first COMPARED: as many as every search has. 10 to 20 measure the same.
CROWD, COMPARED = 20, 40


@dataclass(frozen=True, slots=True)
class Standing:
    """What the best passage of a search is beside the corpus and the question.

    - ``similarity``, ``whole``, ``length``, ``margin``: as in ``Evidence``
    - ``crowd``: by how many standard deviations of unrelated texts it is more similar as a whole than the crowd
    - ``missing``: the share of the question, by the weights of its words, that the corpus has and the passage lacks
    """

    similarity: float
    whole: float
    length: float
    margin: float
    crowd: float
    missing: float


def judge(search: SearchContext, ranked: Sequence[Candidate], comparer: TextComparer) -> float:
    """How likely the candidates of a search, best first, answer its question, 0 to 1.

    Where tokens were not compared, the score of the best one tells.
    """
    if not ranked:
        return 0.0
    best = ranked[0]
    evidence = best.scale.evidence
    if evidence is None or best.scores.late is None:
        return best.score
    standing = find_standing(search, ranked, evidence, comparer)
    likely = weigh_standing(standing, crossed=not best.scores.same_language)
    if is_found(search, best, named=True):
        likely = max(likely, best.odds)
    return logistic(likely)


def find_standing(
    search: SearchContext, ranked: Sequence[Candidate], evidence: Evidence, comparer: TextComparer
) -> Standing:
    """The standing of the best candidate, of which ``evidence`` is known."""
    return Standing(
        similarity=evidence.similarity,
        whole=evidence.whole,
        length=evidence.length,
        margin=evidence.margin,
        crowd=_measure_crowd(search, ranked, comparer),
        missing=_find_missing(search, ranked[0]),
    )


def weigh_standing(standing: Standing, *, crossed: bool) -> float:
    """The log-odds that a question is answered; ``crossed`` is whether the best passage is in another language."""
    weights = ACROSS if crossed else WITHIN
    return sum((weight * getattr(standing, name) for name, weight in weights.items() if name), weights[""])


def _measure_crowd(search: SearchContext, ranked: Sequence[Candidate], comparer: TextComparer) -> float:
    """How far the best candidate stands above the crowd, 0 where it has no vector."""
    own = ranked[0].scores.dense
    if own is None:
        return 0.0
    compared = [(item.scores.dense, item) for item in ranked if item.scores.dense is not None]
    compared = sorted(compared, key=lambda pair: -pair[0])[:COMPARED]
    vectors = np.array([item.stored.vector for _, item in compared if item.stored.vector is not None])
    texts = [item.stored.passage.text for _, item in compared]
    last = find_distinct(texts, vectors, CROWD + 1, comparer)[-1]
    return (own - compared[last][0]) / search.baseline.dense_deviation


def _find_missing(search: SearchContext, best: Candidate) -> float:
    weights = search.weights
    if not weights.total:
        return 0.0
    [counts] = weights.finder.counts([weights.analyzer.fold(best.stored.indexed_text)])
    return sum(weight for term, weight in weights.held.items() if term not in counts) / weights.total
