"""How good a search is: query sets with what is relevant, standard measures with their intervals, paired comparisons.

Measures come from ``ir-measures``, intervals and tests from SciPy; both are the extra ``eval`` and are imported when
they are used. Nothing here searches by itself: it asks whatever it is given.
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
