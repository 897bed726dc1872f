"""``retriever history`` and ``retriever rollback``: lists the generations of an index, and goes back to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retriever_cli.console import escape_line, notice, set_quiet, show, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, QuietOption, ReportFormatOption, WaitOption, format_count, index_option

if TYPE_CHECKING:
    from retriever import Generation

HISTORY_EXAMPLES = """\b
Examples:
  retriever history
  retriever history --index work --format json
"""
ROLLBACK_EXAMPLES = """\b
Examples:
  retriever rollback
  retriever rollback 7 --index work
"""


def history(index: IndexOption = "default", format: ReportFormatOption = "text") -> None:
    """List the generations of an index.

    They come newest first, with their size and what they changed.
    """
    folder = index_path(index)
    from retriever import index_history

    generations = index_history(folder)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"index": str(folder), "generations": [one.to_dict() for one in generations]}))
    else:
        show("".join(f"{escape_line(line)}\n" for one in generations for line in _format_lines(one)))


def rollback(
    generation: Annotated[
        int | None,
        typer.Argument(
            metavar="GENERATION",
            help="The generation to go back to. [default: the one before the newest]",
            show_default=False,
        ),
    ] = None,
    index: IndexOption = "default",
    wait: WaitOption = 0.0,
    format: ReportFormatOption = "text",
    quiet: QuietOption = False,
) -> None:
    """Go back to an earlier generation.

    Its contents are committed as a new generation. The next `retriever index` updates the index to the current
    files again.
    """
    set_quiet(quiet)
    folder = index_path(index)
    from retriever import rollback_index

    made = rollback_index(folder, generation, wait=wait)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"index": str(folder), **made.to_dict()}))
        return
    changes = f"{_format_size(made)}; {_format_changes(made)}"
    show(f"generation {made.generation} restores generation {made.parent}: {changes}\n")
    notice(f"undo: retriever rollback {made.generation - 1}" + index_option(index))


def _format_lines(one: Generation) -> list[str]:
    marks = [text for text, holds in (("newest", one.current), ("in use", one.held)) if holds]
    if 0 < one.parent < one.generation - 1:
        marks.insert(0, f"restores {one.parent}")
    line = f"{one.generation:>4}  {one.created or '?':25}  {_format_size(one)}; {_format_changes(one)}"
    lines = [f"{line}  ({', '.join(marks)})" if marks else line]
    return [*lines, f"      damaged: {one.problem}"] if one.problem else lines


def _format_size(one: Generation) -> str:
    return f"{format_count(one.documents, 'document')}, {format_count(one.passages, 'passage')}"


def _format_changes(one: Generation) -> str:
    if one.added is None:
        return "changes unknown"
    moved = f"{one.moved:,} moved, " if one.moved else ""
    return f"{one.added:,} added, {one.changed:,} changed, {moved}{one.removed:,} removed"
