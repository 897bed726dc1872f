"""What ``retriever eval`` reports: the evaluations with what follows from them, and measures that are too low."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from retriever.errors import UsageError
from retriever_cli.commands.evaluation_plan import Plan, Threshold
from retriever_cli.console import note, notice

if TYPE_CHECKING:
    from retriever import Answerability, Evaluation, Failure, QuerySet
    from retriever_cli.render.evaluation import Report


def require_unanswerable(queries: QuerySet, option: str) -> None:
    """Raise UsageError if no question is without an answer, which ``option`` needs."""
    if all(question.answerable for question in queries.questions):
        raise UsageError(
            f"{option} needs questions without an answer, and there are none",
            hint='add some: {"query": "…", "answerable": false}',
        )


def build_report(
    evaluations: Sequence[Evaluation], plan: Plan, max_false_answers: float | None, *, failures: bool
) -> Report:
    """The evaluations with their comparisons, what their scores are worth, and the questions that failed."""
    from retriever import compare
    from retriever_cli.render.evaluation import Report

    comparisons = [item for first, second in plan.pairs for item in compare(evaluations[first], evaluations[second])]
    weighed = _weigh(evaluations, max_false_answers)
    failed = _find_failures(evaluations[plan.judged], weighed.get(plan.judged)) if failures else None
    return Report(evaluations, comparisons, weighed, plan.judged, failed)


def _weigh(evaluations: Sequence[Evaluation], max_false_answers: float | None) -> dict[int, Answerability]:
    """The answerability of each evaluation for which it is defined, by its position."""
    weighed = {}
    for place, evaluation in enumerate(evaluations):
        if all(result.answerable for result in evaluation.results):
            continue
        if not any(result.rank == 1 for result in evaluation.results):
            notice(f"notice: {evaluation.name}: no question was answered right, so its scores tell nothing")
            continue
        weighed[place] = evaluation.answerability(max_false_answers=max_false_answers)
    return weighed


def _find_failures(evaluation: Evaluation, weighed: Answerability | None) -> Sequence[Failure]:
    return evaluation.failures(weighed.proposed.threshold if weighed and weighed.proposed else None)


def report_to_dict(report: Report, thresholds: Sequence[Threshold]) -> dict[str, Any]:
    """The report as JSON-ready values."""
    means = measure(report, thresholds)
    result: dict[str, Any] = {
        "evaluations": [
            {**item.to_dict(), "answerability": report.weighed[place].to_dict() if place in report.weighed else None}
            for place, item in enumerate(report.evaluations)
        ],
        "comparisons": [item.to_dict() for item in report.comparisons],
        "fail_under": [
            {"measure": item.measure, "value": item.minimum, "mean": means[item.measure]} for item in thresholds
        ],
    }
    if report.failures is not None:
        result["failures"] = [item.to_dict() for item in report.failures]
    return result


def measure(report: Report, thresholds: Sequence[Threshold]) -> Mapping[str, float | None]:
    """The means of the measures that have thresholds; None for an area that is not defined."""
    judged = report.evaluations[report.judged]
    return {
        item.measure: None
        if item.is_area and report.judged not in report.weighed
        else judged.estimate(item.measure).mean
        for item in thresholds
    }


def report_too_low(report: Report, thresholds: Sequence[Threshold]) -> bool:
    """Print a line for every mean below its threshold; whether there is one."""
    means = measure(report, thresholds)
    found = False
    for item in thresholds:
        mean = means[item.measure]
        if mean is None:
            note(f"{item.measure} is not defined, as no question was answered right")
        elif mean < item.minimum:
            note(f"{item.measure} is {mean:.4f}, below {item.minimum:g}")
        found = found or mean is None or mean < item.minimum
    return found
