"""Fuses the scores of all stages into one, comparable between queries and models.

Similarities are measured in standard deviations above those of unrelated texts with the model (``baseline``); the
lexical score is the share of the question that is covered (``bm25``). So a weighted sum needs no scaling by query.

A passage in another language than the question cannot share its words. It is given most of what they count for in the
best passage in the question's language instead. That is much where people ask in the words of the corpus, and next to
nothing where they use words of their own, so that the languages of a mixed corpus compete fairly either way. Words that
are shared after all (a name, a number, a code) count where they are more than that.

The weights within a language are those of a logistic regression on relevant and other candidates of XQuAD (six
languages, same, cross and mixed) and DRCD, rounded; a change of one by a third changes nDCG@10 by 0.002 at most. Those
of whole vectors and words beside late interaction were raised for lay questions, as far as these sets lose nothing by
it (docs/decisions/question-encoder.md). For those across languages see docs/decisions/fusion.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retriever.frozen import dataclass

if TYPE_CHECKING:
    from retriever.models.scoring.score_baseline import ScoreBaseline


@dataclass(frozen=True, slots=True)
class Weights:
    """``slope * (similarity + lexical * coverage) + intercept`` is the log-odds that a passage answers.

    ``whole`` is the share of whole vectors in the similarity; the rest is that of late interaction.
    """

    slope: float
    intercept: float
    lexical: float
    whole: float


LATE = Weights(slope=1.1, intercept=-9.2, lexical=10.0, whole=0.2)
DENSE = Weights(slope=1.0, intercept=-8.3, lexical=16.0, whole=1.0)
# A passage in another language is raised by so many deviations, for similarities are lower across languages, and given
# this share of what the words of the best passage in the question's language count for, up to so many deviations: of
# passages that answer, the best one may have most of the question's words, and the next one few.
RAISED, SHARE, MOST_GIVEN = 0.5, 0.7, 2.0
# Added to the log-odds if the question is the title of the document.
TITLE = 10.0
# The weights of coverage without a model.
LEXICAL_SLOPE, LEXICAL_INTERCEPT = 18.0, -4.0
# The scores of a reranker are clipped to this distance from 0 and 1.
CERTAIN = 1e-9


@dataclass(frozen=True, slots=True)
class StageScores:
    """What each stage gave one candidate; None where a stage took no part.

    - ``dense``, ``late``: cosines, -1 to 1, of whole vectors and token by token
    - ``lexical``: the share of the question that its words cover, 0 to 1
    - ``same_language``: whether it may share words with the question
    - ``reranker``: 0 to 1, and the final score
    - ``is_title``: whether it is the first passage of a document that the question is the title of
    - ``phrase``: log-odds added because it contains the question word for word, else 0
    """

    dense: float | None
    lexical: float | None
    late: float | None
    same_language: bool
    reranker: float | None = None
    is_title: bool = False
    phrase: float = 0.0


@dataclass(frozen=True, slots=True)
class Fusion:
    """A fused score and its parts: ``logistic(odds)``, 0 to 1, where ``odds`` are the log-odds that a passage answers.

    ``similarity`` and ``words`` are the contributions of similarity and shared words to the log-odds; ``deviations`` is
    the similarity in standard deviations above unrelated texts; ``crossed`` is true for a passage that was weighted as
    one in another language: ``words`` is then what it is given instead of those that it shares.
    """

    similarity: float
    words: float
    intercept: float
    deviations: float
    crossed: bool

    @property
    def odds(self) -> float:
        """The log-odds that the passage answers the question."""
        return self.similarity + self.words + self.intercept

    @property
    def score(self) -> float:
        """The probability that the passage answers the question, 0 to 1."""
        return logistic(self.odds)


def fuse(scores: StageScores, baseline: ScoreBaseline, own_coverage: float = 0.0) -> Fusion:
    """The score of a candidate: the estimated probability that it answers the question.

    ``own_coverage`` is that of the best candidate in the question's language, 0 to 1.
    """
    if scores.reranker is not None:
        return Fusion(log_odds(scores.reranker), 0.0, 0.0, 0.0, False)
    named = scores.phrase + (TITLE if scores.is_title else 0.0)
    weights = DENSE if scores.late is None else LATE
    similarity = _measure_similarity(scores, baseline, weights.whole)
    if similarity is None:
        words = LEXICAL_SLOPE * (scores.lexical or 0.0) + named
        return Fusion(0.0, words, LEXICAL_INTERCEPT, 0.0, False)
    alike, words, crossed = similarity, weights.lexical * (scores.lexical or 0.0), False
    # If words are not compared at all, none are missing.
    if scores.lexical is not None and not scores.same_language:
        raised, given = similarity + RAISED, min(SHARE * weights.lexical * own_coverage, MOST_GIVEN)
        if raised + given > alike + words:
            alike, words, crossed = raised, given, True
    return Fusion(weights.slope * alike, weights.slope * words + named, weights.intercept, similarity, crossed)


def _measure_similarity(scores: StageScores, baseline: ScoreBaseline, whole: float) -> float | None:
    """The similarity in standard deviations above unrelated texts; None where no vectors were compared."""
    dense = None if scores.dense is None else baseline.standardise_dense(scores.dense)
    late = None if scores.late is None else baseline.standardise_late(scores.late)
    if dense is None or late is None:
        return dense if late is None else late
    return whole * dense + (1 - whole) * late


def log_odds(probability: float) -> float:
    """The log-odds of a probability, 0 to 1, of which the ends are taken for nearly certain."""
    likely = min(max(probability, CERTAIN), 1 - CERTAIN)
    return math.log(likely / (1 - likely))


def logistic(odds: float) -> float:
    """The probability, 0 to 1, of log-odds."""
    # Below -700 the exponential overflows a float; the result is practically 0.
    return 1.0 / (1.0 + math.exp(-max(odds, -700.0)))
