"""Gathers what the first candidates of a search say about whether its question is answered at all.

The score of a passage by itself says how well it matches, and a question that nothing answers has a best match, too.
How good that is depends on more: of many passages some come close to any question, one in another language never
shares its words, a long question is hard to match by chance, and a passage that answers stands out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.search.duplicates import find_distinct
from retriever.search.scale import FEW_WORDS, MANY_WORDS, Evidence

if TYPE_CHECKING:
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext
    from retriever.search.duplicates import TextComparer

# What the best passage has to stand out from: so many behind it that are no near-duplicates of a better one, looked
# for among the first COMPARED candidates, for editions of it may take many places.
BEHIND, COMPARED = 5, 100
# The best of n unrelated passages lies sqrt(2 ln n) deviations above their mean (the extreme value of a normal
# distribution). Passages on one subject are more alike than that: CROWD times as far, beyond a corpus of USUAL
# passages. Below that the factor would make every passage of a tiny corpus an answer.
CROWD, USUAL = 1.6, 300
# Log-odds: a passage that stands out more than that says no more, and one that is alone as much as usual.
MOST_MARGIN, USUAL_MARGIN = 6.0, 1.5


def gather_evidence(search: SearchContext, ranked: Sequence[Candidate], comparer: TextComparer) -> Evidence:
    """The evidence in the candidates of a search, best first, at least one."""
    # What a passage has from its translation says nothing about others.
    behind = [min(item.odds, item.fusion.odds) for item in _drop_repeated(ranked[:COMPARED], comparer)[1:]]
    tokens = search.query.terms if search.tokens is None else search.tokens.spans
    return weigh_best(ranked[0], behind, search.baseline, passages=search.available, tokens=len(tokens))


def weigh_best(
    best: Candidate, behind: Sequence[float], baseline: ScoreBaseline, *, passages: int, tokens: int
) -> Evidence:
    """The evidence in the best candidate.

    - ``behind``: the log-odds of those behind it
    - ``passages``: how many are searched; ``tokens``: of the question
    """
    scores = best.scores
    shared = 0.0 if scores.lexical is None or not scores.same_language else scores.lexical
    similarity, whole = _measure(best, baseline, passages)
    first = behind[:BEHIND]
    margin = best.odds - sum(first) / len(first) if first else USUAL_MARGIN
    return Evidence(
        similarity=similarity,
        whole=whole,
        crossed=0.0 if scores.same_language else 1.0,
        few_words=min(shared, FEW_WORDS),
        many_words=min(max(shared - FEW_WORDS, 0.0), MANY_WORDS - FEW_WORDS),
        length=math.log(max(tokens, 1)),
        margin=min(margin, MOST_MARGIN),
    )


def _measure(item: Candidate, baseline: ScoreBaseline, passages: int) -> tuple[float, float]:
    """The similarity of a passage, and that as a whole beside its tokens: 0 where only one of them is known.

    In standard deviations above the best of as many unrelated passages.
    """
    scores = item.scores
    farther = math.sqrt(2 * math.log(max(passages, 2))) - math.sqrt(2 * math.log(USUAL))
    crowd = max(CROWD * farther, farther)
    dense, late = (
        None if value is None else (value - mean) / deviation - crowd
        for value, mean, deviation in (
            (scores.dense, baseline.dense_mean, baseline.dense_deviation),
            (scores.late, baseline.late_mean, baseline.late_deviation),
        )
    )
    if late is None:
        return 0.0 if dense is None else dense, 0.0
    # A passage of a pending document has no vector.
    return late, late if dense is None else dense


def _drop_repeated(ranked: Sequence[Candidate], comparer: TextComparer) -> list[Candidate]:
    """The first candidates that are no near-duplicates of a better one, whatever hits show of them."""
    vectors = [item.stored.vector for item in ranked if item.stored.vector is not None]
    kept = np.array(vectors) if len(vectors) == len(ranked) else None
    texts = [item.stored.passage.text for item in ranked]
    return [ranked[place] for place in find_distinct(texts, kept, BEHIND + 1, comparer)]
