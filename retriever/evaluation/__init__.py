"""Evaluates a search: query sets with relevance judgements, standard measures with intervals, paired comparisons.

Measures come from ``ir-measures``, intervals and significance tests from SciPy. Both belong to the extra ``eval`` and
are imported on use. Nothing here searches: questions go to the ``Searchable`` that is passed in.
"""

from retriever.evaluation.compare import Comparison, compare
from retriever.evaluation.queries import QuerySet, Question, Relevant
from retriever.evaluation.read import read_queries
from retriever.evaluation.run import Evaluation, QuestionResult, Searchable, evaluate
from retriever.evaluation.statistics import Estimate

__all__ = [
    "Comparison",
    "Estimate",
    "Evaluation",
    "QuerySet",
    "Question",
    "QuestionResult",
    "Relevant",
    "Searchable",
    "compare",
    "evaluate",
    "read_queries",
]
