"""Which of the ranked candidates become hits: duplicates folded, spread over documents, capped a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.search.duplicates import group_duplicates

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.options import SearchOptions
    from retriever.search.candidates import Candidate
    from retriever.types import Vectors

# What relevance counts for against novelty (Carbonell and Goldstein 1998 call it lambda).
RELEVANCE = 0.7
# Of the way from its similarity to identity: what standing in the same document adds.
SAME_DOCUMENT = 0.5
# Hits that novelty chooses from: so many, and more for a longer list.
CHOICE = 50
CHOICE_PER_HIT = 5


def choose(
    ranked: Sequence[Candidate], vectors: Vectors | None, options: SearchOptions, baseline: ScoreBaseline
) -> list[list[Candidate]]:
    """Up to ``k`` hits in order, each with the candidates that were folded into it.

    ``vectors`` are those of ``ranked``, float32 [len(ranked), dimension]; without them nothing is folded or spread.
    """
    wanted = _count_choices(options.k) if options.diverse else options.k
    found = group_duplicates(
        [item.stored.passage.text for item in ranked],
        [item.stored.document.key for item in ranked],
        None if options.duplicates == "show" else vectors,
        wanted,
        options.max_per_document,
    )
    if options.diverse and vectors is not None:
        heads = [group[0] for group in found]
        order = _spread([ranked[head] for head in heads], vectors[heads], options.k, baseline)
        found = [found[place] for place in order]
    return [[ranked[position] for position in group] for group in found[: options.k]]


def _spread(heads: Sequence[Candidate], vectors: Vectors, count: int, baseline: ScoreBaseline) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein 1998): places of ``heads``, the next one always that of the
    largest ``RELEVANCE * score - (1 - RELEVANCE) * likeness`` to the most alike one before it.

    Likeness is the cosine on a scale from unrelated texts (0) to identity (1); that of one document counts for more.
    """
    documents = np.array([head.stored.document.key for head in heads])
    scores = np.array([head.score for head in heads])
    redundant: npt.NDArray[np.float64] = np.zeros(len(heads))
    left = np.ones(len(heads), bool)
    order: list[int] = []
    while left.any() and len(order) < count:
        # Rounded, so that a tie is one on every machine: then the better rank goes first.
        worth = np.where(left, (RELEVANCE * scores - (1 - RELEVANCE) * redundant).round(6), -np.inf)
        place = int(worth.argmax())
        order.append(place)
        left[place] = False
        cosines = (vectors @ vectors[place]).astype(np.float64)
        unrelated = min(baseline.dense_mean, 0.99)
        alike = np.clip((cosines - unrelated) / (1 - unrelated), 0.0, 1.0)
        alike[documents == documents[place]] += SAME_DOCUMENT * (1 - alike[documents == documents[place]])
        redundant = np.maximum(redundant, alike)
    return order


def _count_choices(count: int) -> int:
    return max(CHOICE, CHOICE_PER_HIT * count)
