"""Tables of words and numbers, as aligned columns, as a list where columns do not fit, and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retriever import Estimate
from retriever_cli.render.layout import cell_width
from retriever_cli.render.markdown import escape

# What a text is in the user's language.
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of cells. A row with a single cell is a heading for the rows below it."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def map(self, say: Say) -> Table:
        """The table in another language."""
        return Table(tuple(map(say, self.header)), tuple(tuple(map(say, row)) for row in self.rows))


def format_estimate(estimate: Estimate) -> str:
    """The mean and, in brackets, its interval: ``0.901 (.85-.95)``."""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:.3f}"
    return f"{estimate.mean:.3f} ({_format_bound(estimate.low)}-{_format_bound(estimate.high)})"


def _format_bound(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def format_table(table: Table, columns: int | None) -> str:
    """The table as aligned columns; one wider than ``columns`` as a list, one value a line."""
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
            f"{margin}{pad(name, max(names))}  {cell}" for name, cell in zip(table.header[1:], cells, strict=False)
        ]
    return "\n".join(lines)


def _format_columns(table: Table) -> str:
    rows = [table.header, *table.rows]
    full = [row for row in rows if len(row) > 1]
    widths = [max(cell_width(row[column]) for row in full) for column in range(len(table.header))]
    return "\n".join("  ".join(map(pad, row, widths)).rstrip() for row in rows)


def pad(text: str, columns: int) -> str:
    """The text with spaces behind it, as wide as ``columns``."""
    return text + " " * (columns - cell_width(text))


def format_pipes(table: Table) -> str:
    """The table in Markdown."""
    rows = [(*row, *[""] * (len(table.header) - len(row))) for row in table.rows]
    rule = "|" + " --- |" * len(table.header)
    return "\n".join([_format_pipe_row(table.header), rule, *map(_format_pipe_row, rows)])


def _format_pipe_row(row: Sequence[str]) -> str:
    indented = "&nbsp;&nbsp;" if row[0].startswith("  ") else ""
    return f"| {indented}{' | '.join(escape(cell.strip()) for cell in row)} |"
