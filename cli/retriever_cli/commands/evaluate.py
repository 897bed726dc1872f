"""``retriever eval``: how well an index answers questions whose answers are known."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from retriever import Mode
from retriever.errors import UsageError
from retriever_cli.console import note, write
from retriever_cli.evaluation_plan import Bar, Configuration, Plan, against, parse_bar, stages
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption
from retriever_cli.progress import progress

if TYPE_CHECKING:
    from retriever import Comparison, Evaluation, QuerySet, Retriever

EXAMPLES = """\b
Examples:
  retriever eval examples/questions.jsonl --index demo
  retriever eval topics.txt --qrels qrels.txt -k 20
  retriever eval questions.jsonl --stages --picture quality.svg
  retriever eval questions.jsonl --compare rerank=0 --compare "mode=dense rerank=30"
  retriever eval questions.jsonl --fail-under nDCG@10=0.9 --fail-under R@10=0.95
"""

# The exit code of a measure below its bar: like no hits, an answer that is no.
BELOW = 1

EvaluationFormat = Literal["text", "json", "markdown"]


def evaluate(
    queries: Annotated[Path, typer.Argument(metavar="QUERIES", help="Questions: JSONL or TREC topics.")],
    qrels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TREC qrels, where the questions do not say what is relevant.")
    ] = None,
    index: IndexOption = "default",
    k: Annotated[int, typer.Option("-k", "--cutoff", metavar="N", min=1, help="The k of measures at k.")] = 10,
    measures: Annotated[
        str, typer.Option(metavar="LIST", help="Measures with commas between them, named as in ir-measures.")
    ] = "nDCG@k,Success@k,R@k,RR,AP",
    depth: Annotated[
        int, typer.Option(metavar="N", min=1, help="Passages asked for each question; RR and AP look at all of them.")
    ] = 100,
    mode: Annotated[Mode, typer.Option(help="Search by meaning and words, by meaning, or by words.")] = "hybrid",
    rerank: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="As in search.  [default: 30 in hybrid mode]", show_default=False),
    ] = None,
    no_rerank: Annotated[bool, typer.Option("--no-rerank", help="The same as --rerank 0.")] = False,
    where: Annotated[
        str | None, typer.Option(metavar="EXPR", help="Search only passages that match, as in search.")
    ] = None,
    stages_: Annotated[bool, typer.Option("--stages", help="Evaluate every stage, to see what each adds.")] = False,
    compare: Annotated[
        list[str] | None,
        typer.Option(metavar="SETTINGS", help="Compare with others: index=, mode=, rerank=, where=; repeatable."),
    ] = None,
    format: Annotated[
        EvaluationFormat, typer.Option("--format", "-f", help="How to print the result on standard output.")
    ] = "text",
    picture: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw the result as well.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="MEASURE=VALUE", help="Exit with 1 where the mean is below the value; repeatable."),
    ] = None,
) -> None:
    """Measure how well an index answers known questions.

    Every mean comes with its 95 % interval. The exit code is 1 when a measure is below its --fail-under.
    """
    if no_rerank and rerank:
        raise UsageError("--rerank and --no-rerank exclude each other", hint="give one of them")
    if stages_ and compare:
        raise UsageError("--stages and --compare exclude each other", hint="give one of them")
    if picture and picture.suffix.lower() != ".svg":
        raise UsageError(f"the picture is an SVG file, not {picture.name}", hint="name it with .svg")
    if picture and not os.path.isdir(picture.parent):
        raise UsageError(f"there is no folder {picture.parent} for the picture", hint="make it, or name another one")
    bars = [parse_bar(text) for text in fail_under or []]
    base = Configuration(index_path(index), mode, 0 if no_rerank else rerank, where)
    plan = stages(base) if stages_ else against(base, compare or [])
    from retriever import compare as compared
    from retriever import read_queries

    names = [*measures.split(","), *(bar.measure for bar in bars)]
    evaluations = _run(plan, read_queries(queries, qrels), names, k, depth)
    for notice in dict.fromkeys(notice for evaluation in evaluations for notice in evaluation.notices):
        note(f"notice: {notice}")
    comparisons = [item for first, second in plan.pairs for item in compared(evaluations[first], evaluations[second])]
    if picture:
        from retriever_cli.render.picture import picture as drawn

        picture.write_text(drawn(evaluations), encoding="utf-8")
    _render(evaluations, comparisons, bars, plan, format)
    if _below(evaluations[plan.judged], bars):
        raise typer.Exit(BELOW)


def _run(plan: Plan, queries: QuerySet, measures: list[str], k: int, depth: int) -> list[Evaluation]:
    """Evaluate every configuration; an index that several share is opened once."""
    from retriever import Retriever
    from retriever import evaluate as evaluated

    opened: dict[Path, Retriever] = {}
    found = []
    with ExitStack() as stack:
        for item in plan.configurations:
            if item.index not in opened:
                opened[item.index] = stack.enter_context(Retriever.open(item.index))
        on_progress = stack.enter_context(progress())
        for item in plan.configurations:
            if item.mode != "lexical":
                opened[item.index].warm(on_progress)
            found.append(
                evaluated(
                    opened[item.index],
                    queries,
                    measures=measures,
                    k=k,
                    depth=depth,
                    mode=item.mode,
                    rerank=item.rerank,
                    where=item.where,
                    name=item.name,
                    on_progress=on_progress,
                )
            )
    return found


def _render(
    evaluations: list[Evaluation], comparisons: list[Comparison], bars: list[Bar], plan: Plan, format: EvaluationFormat
) -> None:
    if format == "json":
        from retriever_cli.render.json import document

        judged = evaluations[plan.judged]
        write(
            document(
                {
                    "evaluations": [item.to_dict() for item in evaluations],
                    "comparisons": [item.to_dict() for item in comparisons],
                    "fail_under": [
                        {"measure": bar.measure, "value": bar.least, "mean": judged.estimate(bar.measure).mean}
                        for bar in bars
                    ],
                }
            )
        )
        return
    from retriever_cli.render import evaluation as render

    write((render.markdown if format == "markdown" else render.text)(evaluations, comparisons))


def _below(evaluation: Evaluation, bars: list[Bar]) -> bool:
    """Whether a mean is below its bar, with a note for each that is."""
    low = [bar for bar in bars if evaluation.estimate(bar.measure).mean < bar.least]
    for bar in low:
        note(f"{bar.measure} is {evaluation.estimate(bar.measure).mean:.4f}, below {bar.least:g}")
    return bool(low)
