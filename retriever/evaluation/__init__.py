"""Evaluates a search: query sets with relevance judgements, standard measures with intervals, paired comparisons.

Questions that nothing answers show what scores are worth: the trade-off of thresholds, and how reliable a score is.

Measures come from ``ir-measures``, intervals and significance tests from SciPy. Both belong to the extra ``eval`` and
are imported on use. Nothing here searches: questions go to the ``Searchable`` that is passed in.
"""

from retriever.evaluation.answerability import Answerability, ScoreBin, ThresholdRates
from retriever.evaluation.compare import Comparison, compare
from retriever.evaluation.queries import QuerySet, Question, Relevant
from retriever.evaluation.read import read_queries
from retriever.evaluation.results import Evaluation, Failure, FirstHit, QuestionResult
from retriever.evaluation.run import Searchable, evaluate
from retriever.evaluation.statistics import Estimate

__all__ = [
    "Answerability",
    "Comparison",
    "Estimate",
    "Evaluation",
    "Failure",
    "FirstHit",
    "QuerySet",
    "Question",
    "QuestionResult",
    "Relevant",
    "ScoreBin",
    "Searchable",
    "ThresholdRates",
    "compare",
    "evaluate",
    "read_queries",
]
