"""``retriever sources`` and ``retriever forget``: lists the sources that an index remembers, and drops some of them."""

from __future__ import annotations

from typing import Annotated

import typer

from retriever_cli.console import show, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, WaitOption, index_option
from retriever_cli.render.sources import format_forgotten, format_sources

SOURCES_EXAMPLES = """\b
Examples:
  retriever sources
  retriever sources --index work --format json
"""
FORGET_EXAMPLES = """\b
Examples:
  retriever forget reports/
  retriever forget old/ "archive/**/*.pdf" --index work
"""


def sources(index: IndexOption = "default", format: ReportFormatOption = "text") -> None:
    """List the sources that an index remembers.

    Shows the documents and options of each. `retriever index` without a SOURCE refreshes all of them.
    """
    folder = index_path(index)
    from retriever import Retriever

    with Retriever.open(folder) as retriever:
        status = retriever.status()
    if format == "json":
        from retriever_cli.render.json import format_json

        values = status.to_dict()
        write(format_json({name: values[name] for name in ("index", "generation", "sources", "program_documents")}))
        return
    show(format_sources(status, option=index_option(index)))


def forget(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="Names or paths of sources, as `retriever sources` lists them."),
    ],
    index: IndexOption = "default",
    wait: WaitOption = 0.0,
    format: ReportFormatOption = "text",
) -> None:
    """Forget sources and remove their documents from an index. The files stay.

    Documents that another source brings are kept. If the index does not remember one of the sources, nothing is
    changed.
    """
    folder = index_path(index)
    from retriever import Retriever

    with Retriever.open(folder) as retriever:
        report = retriever.forget(*sources, wait=wait)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"index": str(folder), "sources": sources, **report.to_dict()}))
        return
    show(format_forgotten(sources, report))
