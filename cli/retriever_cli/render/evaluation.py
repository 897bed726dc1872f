"""Evaluations and comparisons in text and in Markdown: tables, the trade-off of thresholds, failures."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from retriever import Answerability, Comparison, Estimate, Evaluation, Failure
from retriever_cli.console import escape_line
from retriever_cli.messages import localise_report
from retriever_cli.options import format_count
from retriever_cli.render.answerability import (
    SHARES_NOTE,
    build_rates,
    build_reliability,
    build_summary,
    describe_kinds,
    describe_threshold,
    draw_trade_off,
)
from retriever_cli.render.failures import format_failures, format_failures_markdown
from retriever_cli.render.markdown import escape
from retriever_cli.render.tables import Say, Table, format_estimate, format_pipes, format_table

NOTE = (
    "In brackets: 95 % confidence intervals, by bootstrap over the questions (9,999 resamples, seed 0). "
    "p: two-sided paired randomisation test."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation shows.

    ``weighed`` has the answerability of each evaluation, by its position in ``evaluations``; it is empty without
    questions that have no answer. ``judged`` is the position of the evaluation that is shown in detail. ``failures``
    are its questions that failed; None if they were not asked for.
    """

    evaluations: Sequence[Evaluation]
    comparisons: Sequence[Comparison] = ()
    weighed: Mapping[int, Answerability] = field(default_factory=dict)
    judged: int = 0
    failures: Sequence[Failure] | None = None


def format_text(report: Report, columns: int | None = None, *, braille: bool = True) -> str:
    """Tables as aligned columns; one wider than ``columns`` as a list, one value a line. In the user's language."""
    say = partial(localise_report, stream=sys.stdout)
    tables = build_tables(report.evaluations, report.comparisons)
    parts = [_format_summary(report.evaluations, say), *(format_table(table.map(say), columns) for table in tables)]
    parts += _format_answerability(report, columns, say, braille=braille)
    if report.failures is not None:
        parts.append(format_failures(report.failures, report.evaluations, say))
    parts.append(say(NOTE) if not report.weighed else f"{say(NOTE)} {say(SHARES_NOTE)}")
    return "\n\n".join(parts) + "\n"


def format_markdown(report: Report) -> str:
    """The report as a Markdown document."""
    tables = build_tables(report.evaluations, report.comparisons)
    parts = ["# Evaluation", escape(_format_summary(report.evaluations)), *map(format_pipes, tables)]
    if report.weighed:
        parts += ["## Questions without an answer", *_format_weighed_markdown(report)]
    if report.failures is not None:
        parts.append(format_failures_markdown(report.failures, report.evaluations))
    parts.append(escape(NOTE if not report.weighed else f"{NOTE} {SHARES_NOTE}"))
    return "\n\n".join(parts) + "\n"


def _format_answerability(report: Report, columns: int | None, say: Say, *, braille: bool) -> Iterator[str]:
    if report.weighed:
        yield format_table(_build_weighed_summary(report).map(say), columns)
    if report.judged in report.weighed:
        weighed = report.weighed[report.judged]
        yield f"{say(_describe_judged(report))}\n{say(describe_threshold(weighed))}"
        plot = draw_trade_off(weighed, columns, braille=braille)
        yield f"{say('right kept (up) against no answer refused (right)')}\n{plot}"
        yield format_table(build_rates(weighed).map(say), columns)
        yield format_table(build_reliability(weighed).map(say), columns)


def _format_weighed_markdown(report: Report) -> Iterator[str]:
    yield format_pipes(_build_weighed_summary(report))
    if report.judged in report.weighed:
        weighed = report.weighed[report.judged]
        yield escape(f"{_describe_judged(report)}. {describe_threshold(weighed)}")
        yield format_pipes(build_rates(weighed))
        yield format_pipes(build_reliability(weighed))


def _build_weighed_summary(report: Report) -> Table:
    return build_summary(
        [(escape_line(report.evaluations[place].name), weighed) for place, weighed in report.weighed.items()]
    )


def _describe_judged(report: Report) -> str:
    kinds = describe_kinds(report.weighed[report.judged])
    several = len(report.evaluations) > 1
    return f"{kinds} ({escape_line(report.evaluations[report.judged].name)})" if several else kinds


def build_tables(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> list[Table]:
    """A table of means, and a table of differences if there are comparisons."""
    means = Table(("", *evaluations[0].measures), tuple(_build_means(evaluations)))
    if not comparisons:
        return [means]
    header = ("", "difference", "p", "better", "worse")
    return [means, Table(header, tuple(_build_differences(comparisons)))]


def count_answerable(evaluation: Evaluation) -> int:
    """How many questions have an answer: those that measures are means over."""
    return sum(result.answerable for result in evaluation.results)


def list_groups(evaluations: Sequence[Evaluation]) -> list[tuple[str, str | None]]:
    """The groups of answerable questions with their labels: all (None), and each language if there are several."""
    first = evaluations[0]
    labels: list[tuple[str, str | None]] = [(f"all ({count_answerable(first)})", None)]
    if len(first.languages) > 1:
        for code, estimates in first.languages.items():
            count = next(iter(estimates.values())).questions
            labels.append((f"{escape_line(code) or 'unknown'} ({count})", code))
    return labels


def select_estimates(evaluation: Evaluation, language: str | None) -> Sequence[Estimate]:
    """The estimates for a language, or for all questions (None), in the order of the measures."""
    found = evaluation.overall if language is None else evaluation.languages[language]
    return [found[measure] for measure in evaluation.measures]


def _format_summary(evaluations: Sequence[Evaluation], say: Say = str) -> str:
    indexes = dict.fromkeys(say(f"{escape_line(item.index)} (generation {item.generation})") for item in evaluations)
    first = evaluations[0]
    answerable = count_answerable(first)
    questions = format_count(answerable, "question")
    counts = f"{questions}, depth {first.depth:,}"
    if answerable < len(first.results):
        counts = f"{questions} and {len(first.results) - answerable:,} without an answer, depth {first.depth:,}"
    return f"{say(counts)}{say('; index ')}{', '.join(indexes)}"


def _build_means(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, ...]]:
    for label, language in list_groups(evaluations):
        if len(evaluations) == 1:
            yield label, *map(format_estimate, select_estimates(evaluations[0], language))
            continue
        yield (label,)
        for evaluation in evaluations:
            yield f"  {escape_line(evaluation.name)}", *map(format_estimate, select_estimates(evaluation, language))


def _build_differences(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    shown = None
    for item in comparisons:
        if (item.first, item.second) != shown:
            shown = (item.first, item.second)
            yield (f"{escape_line(item.second)} against {escape_line(item.first)}",)
        probability = "< 0.001" if item.p < 0.001 else f"{item.p:.3f}"
        yield f"  {item.measure}", _format_difference(item.difference), probability, str(item.better), str(item.worse)


def _format_difference(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:+.3f}"
    return f"{estimate.mean:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f})"
