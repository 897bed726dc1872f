"""Compares two evaluations of the same questions, question by question."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from retriever.arguments import quote
from retriever.errors import UsageError
from retriever.evaluation.results import Evaluation
from retriever.evaluation.statistics import Estimate, estimate, paired_p_value


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference between the evaluations ``first`` and ``second`` in one measure.

    ``difference`` is the mean over the questions with its interval, positive if the second is better. ``p`` is the
    two-sided p-value of the paired randomisation test, not corrected for the number of measures. ``better`` and
    ``worse`` are the numbers of questions on which the second is better and worse.
    """

    first: str
    second: str
    measure: str
    difference: Estimate
    p: float
    better: int
    worse: int

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-ready values."""
        return asdict(self)


def compare(first: Evaluation, second: Evaluation) -> list[Comparison]:
    """The difference in every measure that both evaluations have, over the questions that have an answer.

    Raises UsageError if they are not of the same questions.
    """
    for evaluation in (first, second):
        if not isinstance(evaluation, Evaluation):
            message = f"what is compared must be an Evaluation, not {quote(evaluation)}"
            raise UsageError(message, hint="make one: evaluate(…)")
    first_values = {result.id: result.values for result in first.results if result.answerable}
    second_values = {result.id: result.values for result in second.results if result.answerable}
    if first_values.keys() != second_values.keys():
        raise UsageError(
            "the two evaluations are of different questions", hint="compare evaluations of the same query set"
        )
    comparisons = []
    for measure in first.measures:
        if measure not in second.measures:
            continue
        old = [first_values[key][measure] for key in first_values]
        new = [second_values[key][measure] for key in first_values]
        differences = [after - before for before, after in zip(old, new, strict=True)]
        comparisons.append(
            Comparison(
                first=first.name,
                second=second.name,
                measure=measure,
                difference=estimate(differences),
                p=paired_p_value(old, new),
                better=sum(value > 0 for value in differences),
                worse=sum(value < 0 for value in differences),
            )
        )
    return comparisons
