"""Evaluations and comparisons as tables: for people, and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retriever import Comparison, Estimate, Evaluation
from retriever_cli.console import one_line
from retriever_cli.options import counted
from retriever_cli.render.layout import cells
from retriever_cli.render.markdown import escape

NOTE = (
    "In brackets: 95 % intervals, bootstrap over the questions (9,999 resamples, seed 0). "
    "p: two-sided paired randomisation test."
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a header; a row with one cell only is a heading of those that follow."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def text(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> str:
    """The tables in columns."""
    parts = [_summary(evaluations), *(_columns(table) for table in tables(evaluations, comparisons)), NOTE]
    return "\n\n".join(parts) + "\n"


def markdown(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> str:
    """The tables in Markdown."""
    shown = (_pipes(table) for table in tables(evaluations, comparisons))
    return "\n\n".join(["# Evaluation", escape(_summary(evaluations)), *shown, escape(NOTE)]) + "\n"


def tables(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> list[Table]:
    """One table of means, and one of differences where something was compared."""
    means = Table(("", *evaluations[0].measures), tuple(_means(evaluations)))
    if not comparisons:
        return [means]
    header = ("", "difference", "p", "better", "worse")
    return [means, Table(header, tuple(_differences(comparisons)))]


def groups(evaluations: Sequence[Evaluation]) -> list[tuple[str, str | None]]:
    """What has rows of its own, with the label: all questions (None), and each language where there are several."""
    first = evaluations[0]
    labels: list[tuple[str, str | None]] = [(f"all ({len(first.results)})", None)]
    if len(first.languages) > 1:
        for code, estimates in first.languages.items():
            count = next(iter(estimates.values())).questions
            labels.append((f"{one_line(code) or 'unknown'} ({count})", code))
    return labels


def estimates_of(evaluation: Evaluation, language: str | None) -> Sequence[Estimate]:
    """The estimates of a language, or of all questions, in the order of the measures."""
    found = evaluation.overall if language is None else evaluation.languages[language]
    return [found[measure] for measure in evaluation.measures]


def _summary(evaluations: Sequence[Evaluation]) -> str:
    indexes = dict.fromkeys(f"{one_line(item.index)} (generation {item.generation})" for item in evaluations)
    first = evaluations[0]
    asked = f"{counted(len(first.results), 'question')}, {counted(first.depth, 'passage')} asked for each"
    return f"{asked}; index {', '.join(indexes)}"


def _means(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, ...]]:
    for label, language in groups(evaluations):
        if len(evaluations) == 1:
            yield label, *map(_mean, estimates_of(evaluations[0], language))
            continue
        yield (label,)
        for evaluation in evaluations:
            yield f"  {one_line(evaluation.name)}", *map(_mean, estimates_of(evaluation, language))


def _differences(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    shown = None
    for item in comparisons:
        if (item.first, item.second) != shown:
            shown = (item.first, item.second)
            yield (f"{one_line(item.second)} against {one_line(item.first)}",)
        probability = "< 0.001" if item.p < 0.001 else f"{item.p:.3f}"
        yield f"  {item.measure}", _signed(item.difference), probability, str(item.better), str(item.worse)


def _mean(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:.3f}"
    return f"{estimate.mean:.3f} ({_short(estimate.low)}-{_short(estimate.high)})"


def _short(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def _signed(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:+.3f}"
    return f"{estimate.mean:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f})"


def _columns(table: Table) -> str:
    rows = [table.header, *table.rows]
    full = [row for row in rows if len(row) > 1]
    widths = [max(cells(row[column]) for row in full) for column in range(len(table.header))]
    return "\n".join("  ".join(map(_padded, row, widths)).rstrip() for row in rows)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - cells(text))


def _pipes(table: Table) -> str:
    rows = [(*row, *[""] * (len(table.header) - len(row))) for row in table.rows]
    rule = "|" + " --- |" * len(table.header)
    return "\n".join([_pipe(table.header), rule, *map(_pipe, rows)])


def _pipe(row: Sequence[str]) -> str:
    indented = "&nbsp;&nbsp;" if row[0].startswith("  ") else ""
    return f"| {indented}{' | '.join(escape(cell.strip()) for cell in row)} |"
