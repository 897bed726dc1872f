"""Two evaluations of the same questions against each other, question by question."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from retriever.errors import UsageError
from retriever.evaluation.run import Evaluation
from retriever.evaluation.statistics import Estimate, estimate, paired_p_value


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ``second`` has over ``first`` in one measure.

    ``difference`` is the mean over the questions, positive where the second is better, with its interval; ``p`` the
    two-sided p-value of the paired randomisation test; ``better`` and ``worse`` count the questions that the second
    does better and worse on. p-values are not corrected for the number of measures looked at.
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
    """The difference in every measure that both have.

    Raises UsageError where they are not of the same questions.
    """
    before = {result.id: result.values for result in first.results}
    after = {result.id: result.values for result in second.results}
    if before.keys() != after.keys():
        raise UsageError("the two evaluations are of different questions", hint="compare two of one query set")
    found = []
    for measure in first.measures:
        if measure not in second.measures:
            continue
        old = [before[key][measure] for key in before]
        new = [after[key][measure] for key in before]
        differences = [late - early for early, late in zip(old, new, strict=True)]
        found.append(
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
    return found
