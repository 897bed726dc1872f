"""Chooses hits from the ranked candidates: folds duplicates, caps hits per document, diversifies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.search.duplicates import TextComparer, group_duplicates
from retriever.search.turns import TURNS

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.options import SearchOptions
    from retriever.search.candidates import Candidate
    from retriever.types import Vectors

# The weight of relevance against novelty (lambda of Carbonell and Goldstein 1998).
RELEVANCE = 0.7
# Passages of the same document count as more similar, by this share of the distance to identity.
SAME_DOCUMENT = 0.5
# Hits to choose from for novelty: a minimum, and a number per hit.
CHOICE = 50
CHOICE_PER_HIT = 5


def choose(
    ranked: Sequence[Candidate],
    vectors: Vectors | None,
    options: SearchOptions,
    baseline: ScoreBaseline,
    comparer: TextComparer | None = None,
) -> list[list[int]]:
    """Up to ``k`` hits in order, each with the candidates folded into it, as positions in ``ranked``.

    ``vectors`` are those of ``ranked``, float32 [len(ranked), dimension]; without them duplicates are not folded and
    hits not diversified. ``comparer`` keeps what it learns of texts for the next, wider choice.
    """
    wanted = _count_choices(options.k) if options.diverse else options.k
    with TURNS.hold():
        found = group_duplicates(
            [item.stored.passage.text for item in ranked],
            [item.stored.document.key for item in ranked],
            None if options.duplicates == "show" else vectors,
            wanted,
            options.max_per_document,
            comparer,
        )
    if options.diverse and vectors is not None:
        heads = [group[0] for group in found]
        order = _diversify([ranked[head] for head in heads], vectors[heads], options.k, baseline)
        found = [found[place] for place in order]
    return found[: options.k]


def _diversify(heads: Sequence[Candidate], vectors: Vectors, count: int, baseline: ScoreBaseline) -> list[int]:
    """The positions of ``heads`` in the order of maximal marginal relevance (Carbonell and Goldstein 1998).

    The next is always the one with the largest ``RELEVANCE * score - (1 - RELEVANCE) * similarity``, to the most
    similar one before it. Similarity is the cosine on a scale from unrelated texts (0) to identity (1), increased for
    passages of the same document.
    """
    documents = np.array([head.stored.document.key for head in heads])
    scores = np.array([head.score for head in heads])
    redundant: npt.NDArray[np.float64] = np.zeros(len(heads))
    left = np.ones(len(heads), bool)
    order: list[int] = []
    while left.any() and len(order) < count:
        # Rounded, so that ties are the same on every machine: then the better rank goes first.
        worth = np.where(left, (RELEVANCE * scores - (1 - RELEVANCE) * redundant).round(6), -np.inf)
        place = int(worth.argmax())
        order.append(place)
        left[place] = False
        cosines = (vectors @ vectors[place]).astype(np.float64)
        alike = np.clip((cosines - baseline.unrelated) / (1 - baseline.unrelated), 0.0, 1.0)
        alike[documents == documents[place]] += SAME_DOCUMENT * (1 - alike[documents == documents[place]])
        redundant = np.maximum(redundant, alike)
    return order


def _count_choices(count: int) -> int:
    return max(CHOICE, CHOICE_PER_HIT * count)
