"""``retriever copy``: copies an index to another location, of any engine."""

from __future__ import annotations

from typing import Annotated

import typer

from retriever_cli.console import escape_line, set_quiet, show, write
from retriever_cli.home import index_path
from retriever_cli.options import QuietOption, ReportFormatOption, format_count
from retriever_cli.progress import show_progress

EXAMPLES = """\b
Examples:
  retriever copy reports milvus://host:19530/reports
  retriever copy milvus://host:19530/reports ./copy --update
"""


def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The index to copy: a name, path or URI.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where to: a name, path or URI.")],
    update: Annotated[
        bool, typer.Option("--update", help="Make an older copy, or another index, equal to the source.")
    ] = False,
    format: ReportFormatOption = "text",
    quiet: QuietOption = False,
) -> None:
    """Copy an index to another location.

    The copy gives the same results. Interrupted, the same command goes on where it stopped; until it is complete, the
    copy holds a part of the documents.
    """
    set_quiet(quiet)
    here, there = index_path(source), index_path(target)
    from retriever import copy_index
    from retriever_cli.render.report import format_pending

    with show_progress() as on_progress:
        done = copy_index(here, there, update=update, on_progress=on_progress)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json(done.to_dict()))
        return
    contents = f"{format_count(done.documents, 'document')}, {format_count(done.passages, 'passage')}"
    changes = f"{done.copied:,} copied, {done.removed:,} removed, {done.unchanged:,} there already"
    show(f"{escape_line(done.target)}: {contents}; {changes}\n")
    show("".join(f"{line}\n" for line in format_pending(done.pending)))
