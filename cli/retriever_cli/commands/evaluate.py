"""``retriever eval``: measures how well an index answers questions whose answers are known, or that have none."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from retriever.errors import UsageError
from retriever_cli.commands.evaluation_plan import (
    Configuration,
    Plan,
    Threshold,
    parse_threshold,
    plan_comparisons,
    plan_stages,
)
from retriever_cli.commands.evaluation_report import (
    build_report,
    report_to_dict,
    report_too_low,
    require_unanswerable,
)
from retriever_cli.console import is_unicode, notice, set_quiet, show, terminal_width, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ModeOption, NoRerankOption, QuietOption, WhereOption
from retriever_cli.progress import OnProgress, show_progress

if TYPE_CHECKING:
    from retriever import Evaluation, Progress, QuerySet, Retriever
    from retriever_cli.render.evaluation import Report

EXAMPLES = """\b
Examples:
  retriever eval examples/questions.jsonl --index demo
  retriever eval topics.txt --qrels qrels.txt -k 20
  retriever eval questions.jsonl --stages --picture quality.svg
  retriever eval questions.jsonl --compare rerank=0 --compare "mode=dense rerank=30"
  retriever eval questions.jsonl --max-false-answers 0.05 --failures
  retriever eval questions.jsonl --fail-under nDCG@10=0.9 --fail-under auc=0.95
"""

# The exit code if a mean is below its threshold. Like no hits, it is a negative result and no error.
BELOW = 1

EvaluationFormat = Literal["text", "json", "markdown"]


def evaluate(
    queries: Annotated[Path, typer.Argument(metavar="QUERIES", help="The questions: JSONL or TREC topics.")],
    qrels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TREC qrels, for questions without relevance judgements.")
    ] = None,
    index: IndexOption = "default",
    k: Annotated[int, typer.Option("-k", "--cutoff", metavar="N", min=1, help="The cutoff k of measures @k.")] = 10,
    measures: Annotated[
        str, typer.Option(metavar="LIST", help="Comma-separated measures, named as in ir-measures.")
    ] = "nDCG@k,Success@k,R@k,RR,AP",
    depth: Annotated[
        int, typer.Option(metavar="N", min=1, help="Passages to retrieve per question; RR and AP use all of them.")
    ] = 100,
    mode: ModeOption = "hybrid",
    rerank: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Rerank the N best candidates.  [default: 30 or 60 in hybrid mode]",
            show_default=False,
        ),
    ] = None,
    no_rerank: NoRerankOption = False,
    where: WhereOption = None,
    stages: Annotated[bool, typer.Option("--stages", help="Evaluate each stage of the search by itself.")] = False,
    compare: Annotated[
        list[str] | None,
        typer.Option(metavar="SETTINGS", help="Compare with index=, mode=, rerank= or where=; repeatable."),
    ] = None,
    failures: Annotated[bool, typer.Option("--failures", help="List the questions that failed.")] = False,
    max_false_answers: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            help="Propose a threshold that lets through at most this share of questions without an answer.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[EvaluationFormat, typer.Option("--format", "-f", help="Output format.")] = "text",
    picture: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Also plot the results.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="MEASURE=VALUE", help="Exit with 1 if the mean is below the value; repeatable."),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Measure search quality on questions with known answers.

    Questions without an answer show which score tells an answer. Every mean comes with its 95 % confidence interval.
    The exit code is 1 if a measure is below its --fail-under.
    """
    set_quiet(quiet)
    if no_rerank and rerank:
        raise UsageError("--rerank and --no-rerank cannot be combined", hint="use one of them")
    if stages and compare:
        raise UsageError("--stages and --compare cannot be combined", hint="use one of them")
    if picture:
        _check_picture(picture)
    thresholds = [parse_threshold(text) for text in fail_under or []]
    base = Configuration(index_path(index), mode, 0 if no_rerank else rerank, where)
    plan = plan_stages(base) if stages else plan_comparisons(base, compare or [])
    from retriever import read_queries

    questions = read_queries(queries, qrels)
    if max_false_answers is not None:
        require_unanswerable(questions, "--max-false-answers")
    if any(threshold.is_area for threshold in thresholds):
        require_unanswerable(questions, "--fail-under auc")
    names = [*measures.split(","), *(threshold.measure for threshold in thresholds if not threshold.is_area)]
    evaluations = _run(plan, questions, names, k, depth)
    _print_notices(evaluations)
    report = build_report(evaluations, plan, max_false_answers, failures=failures)
    if picture:
        from retriever_cli.render.picture import draw_picture

        picture.write_text(draw_picture(evaluations), encoding="utf-8")
    _print_report(report, thresholds, format)
    if report_too_low(report, thresholds):
        raise typer.Exit(BELOW)


def _check_picture(path: Path) -> None:
    """Raise UsageError if no picture can be written to ``path``."""
    if path.suffix.lower() != ".svg":
        raise UsageError(f"invalid --picture {path.name!r}: only SVG is supported", hint="use a name that ends in .svg")
    if not os.path.isdir(path.parent):
        raise UsageError(f"no folder {str(path.parent)!r} for --picture", hint="create it, or choose another folder")


def _run(plan: Plan, queries: QuerySet, measures: list[str], k: int, depth: int) -> list[Evaluation]:
    """Evaluate every configuration. An index that several of them share is opened once."""
    from retriever import Retriever
    from retriever import evaluate as evaluate_index

    opened: dict[Path | str, Retriever] = {}
    evaluations = []
    with ExitStack() as stack:
        for item in plan.configurations:
            if item.index not in opened:
                opened[item.index] = stack.enter_context(Retriever.open(item.index))
        on_progress = stack.enter_context(show_progress())
        for number, item in enumerate(plan.configurations):
            if item.mode != "lexical":
                opened[item.index].warm(on_progress)
            evaluations.append(
                evaluate_index(
                    opened[item.index],
                    queries,
                    measures=measures,
                    k=k,
                    depth=depth,
                    mode=item.mode,
                    rerank=item.rerank,
                    where=item.where,
                    name=item.name,
                    on_progress=partial(_show_part, on_progress, number, len(plan.configurations)),
                )
            )
    return evaluations


def _show_part(on_progress: OnProgress, number: int, parts: int, step: Progress) -> None:
    """Show a step of one of several evaluations of the same questions as a step of all of them."""
    on_progress(replace(step, done=number * step.total + step.done, total=parts * step.total))


def _print_notices(evaluations: Sequence[Evaluation]) -> None:
    """Print the notices of all evaluations, each one once."""
    for message in dict.fromkeys(message for evaluation in evaluations for message in evaluation.notices):
        notice(f"notice: {message}")


def _print_report(report: Report, thresholds: Sequence[Threshold], format: EvaluationFormat) -> None:
    from retriever_cli.render.evaluation import format_markdown, format_text
    from retriever_cli.render.json import format_json

    if format == "json":
        write(format_json(report_to_dict(report, thresholds)))
    elif format == "markdown":
        write(format_markdown(report))
    else:
        show(format_text(report, terminal_width(sys.stdout), braille=is_unicode(sys.stdout)))
