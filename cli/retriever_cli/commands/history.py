"""``retriever history`` and ``retriever rollback``: the generations that an index keeps, and going back to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retriever_cli.console import note, printable, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, WaitOption, counted

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
    """List the generations that an index keeps.

    They come newest first, with what each holds and what it changed.
    """
    folder = index_path(index)
    from retriever import index_history

    found = index_history(folder)
    if format == "json":
        from retriever_cli.render.json import document

        write(document({"index": str(folder), "generations": [one.to_dict() for one in found]}))
    else:
        write("".join(f"{printable(line)}\n" for one in found for line in _lines(one)))


def rollback(
    generation: Annotated[
        int | None,
        typer.Argument(metavar="GENERATION", help="The generation to go back to; without, the one before."),
    ] = None,
    index: IndexOption = "default",
    wait: WaitOption = 0.0,
    format: ReportFormatOption = "text",
) -> None:
    """Go back to a kept generation.

    A new one is written with its contents, and readers move on to that. The next `retriever index` brings in
    the present state of the files again.
    """
    folder = index_path(index)
    from retriever import rollback_index

    made = rollback_index(folder, generation, wait=wait)
    if format == "json":
        from retriever_cli.render.json import document

        write(document({"index": str(folder), **made.to_dict()}))
        return
    write(f"generation {made.generation} has the contents of {made.parent}: {_size(made)}; {_changes(made)}\n")
    note(f"undo: retriever rollback {made.generation - 1}" + ("" if index == "default" else f" --index {index}"))


def _lines(one: Generation) -> list[str]:
    marks = [text for text, holds in (("newest", one.current), ("being read", one.held)) if holds]
    if 0 < one.parent < one.generation - 1:
        marks.insert(0, f"made from {one.parent}")
    line = f"{one.generation:>4}  {one.created or '?':25}  {_size(one)}; {_changes(one)}"
    lines = [f"{line}  ({', '.join(marks)})" if marks else line]
    return [*lines, f"      damaged: {one.problem}"] if one.problem else lines


def _size(one: Generation) -> str:
    return f"{counted(one.documents, 'document')}, {counted(one.passages, 'passage')}"


def _changes(one: Generation) -> str:
    if one.added is None:
        return "changes unknown"
    return f"{one.added:,} added, {one.changed:,} changed, {one.removed:,} removed"
