"""Evaluations and comparisons as tables, in text and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retriever import Comparison, Estimate, Evaluation
from retriever_cli.console import escape_line
from retriever_cli.options import format_count
from retriever_cli.render.layout import cell_width
from retriever_cli.render.markdown import escape

NOTE = (
    "In brackets: 95 % confidence intervals, by bootstrap over the questions (9,999 resamples, seed 0). "
    "p: two-sided paired randomisation test."
)


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of cells. A row with a single cell is a heading for the rows below it."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def format_text(
    evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison], columns: int | None = None
) -> str:
    """The tables as aligned columns; a table wider than ``columns`` as a list, one value a line."""
    parts = [
        _format_summary(evaluations),
        *(_format_table(table, columns) for table in build_tables(evaluations, comparisons)),
        NOTE,
    ]
    return "\n\n".join(parts) + "\n"


def format_markdown(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> str:
    """The tables as a Markdown document."""
    shown = (_format_pipes(table) for table in build_tables(evaluations, comparisons))
    return "\n\n".join(["# Evaluation", escape(_format_summary(evaluations)), *shown, escape(NOTE)]) + "\n"


def build_tables(evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison]) -> list[Table]:
    """A table of means, and a table of differences if there are comparisons."""
    means = Table(("", *evaluations[0].measures), tuple(_build_means(evaluations)))
    if not comparisons:
        return [means]
    header = ("", "difference", "p", "better", "worse")
    return [means, Table(header, tuple(_build_differences(comparisons)))]


def list_groups(evaluations: Sequence[Evaluation]) -> list[tuple[str, str | None]]:
    """The groups of questions with their labels: all (None), and each language if there are several."""
    first = evaluations[0]
    labels: list[tuple[str, str | None]] = [(f"all ({len(first.results)})", None)]
    if len(first.languages) > 1:
        for code, estimates in first.languages.items():
            count = next(iter(estimates.values())).questions
            labels.append((f"{escape_line(code) or 'unknown'} ({count})", code))
    return labels


def select_estimates(evaluation: Evaluation, language: str | None) -> Sequence[Estimate]:
    """The estimates for a language, or for all questions (None), in the order of the measures."""
    found = evaluation.overall if language is None else evaluation.languages[language]
    return [found[measure] for measure in evaluation.measures]


def _format_summary(evaluations: Sequence[Evaluation]) -> str:
    indexes = dict.fromkeys(f"{escape_line(item.index)} (generation {item.generation})" for item in evaluations)
    first = evaluations[0]
    questions = format_count(len(first.results), "question")
    return f"{questions}, depth {first.depth:,}; index {', '.join(indexes)}"


def _build_means(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, ...]]:
    for label, language in list_groups(evaluations):
        if len(evaluations) == 1:
            yield label, *map(_format_mean, select_estimates(evaluations[0], language))
            continue
        yield (label,)
        for evaluation in evaluations:
            yield f"  {escape_line(evaluation.name)}", *map(_format_mean, select_estimates(evaluation, language))


def _build_differences(comparisons: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    shown = None
    for item in comparisons:
        if (item.first, item.second) != shown:
            shown = (item.first, item.second)
            yield (f"{escape_line(item.second)} against {escape_line(item.first)}",)
        probability = "< 0.001" if item.p < 0.001 else f"{item.p:.3f}"
        yield f"  {item.measure}", _format_difference(item.difference), probability, str(item.better), str(item.worse)


def _format_mean(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:.3f}"
    return f"{estimate.mean:.3f} ({_format_bound(estimate.low)}-{_format_bound(estimate.high)})"


def _format_bound(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def _format_difference(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:+.3f}"
    return f"{estimate.mean:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f})"


def _format_table(table: Table, columns: int | None) -> str:
    aligned = _format_columns(table)
    fits = columns is None or all(cell_width(line) <= columns for line in aligned.split("\n"))
    return aligned if fits else _format_list(table)


def _format_list(table: Table) -> str:
    """A row as its label, and a line for each of its values."""
    names = [cell_width(name) for name in table.header[1:]]
    lines: list[str] = []
    for label, *cells in table.rows:
        margin = " " * (len(label) - len(label.lstrip()) + 2)
        lines.append(label)
        lines += [
            f"{margin}{_pad(name, max(names))}  {cell}" for name, cell in zip(table.header[1:], cells, strict=False)
        ]
    return "\n".join(lines)


def _format_columns(table: Table) -> str:
    rows = [table.header, *table.rows]
    full = [row for row in rows if len(row) > 1]
    widths = [max(cell_width(row[column]) for row in full) for column in range(len(table.header))]
    return "\n".join("  ".join(map(_pad, row, widths)).rstrip() for row in rows)


def _pad(text: str, columns: int) -> str:
    return text + " " * (columns - cell_width(text))


def _format_pipes(table: Table) -> str:
    rows = [(*row, *[""] * (len(table.header) - len(row))) for row in table.rows]
    rule = "|" + " --- |" * len(table.header)
    return "\n".join([_format_pipe_row(table.header), rule, *map(_format_pipe_row, rows)])


def _format_pipe_row(row: Sequence[str]) -> str:
    indented = "&nbsp;&nbsp;" if row[0].startswith("  ") else ""
    return f"| {indented}{' | '.join(escape(cell.strip()) for cell in row)} |"
