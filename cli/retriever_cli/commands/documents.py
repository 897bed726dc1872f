"""``retriever documents``: lists the documents of an index."""

from __future__ import annotations

import sys

from retriever import IndexedDocument
from retriever_cli.console import escape_line, fit, write
from retriever_cli.home import index_path
from retriever_cli.messages import localise
from retriever_cli.options import IndexOption, NoPagerOption, ReportFormatOption, format_count
from retriever_cli.pager import page

EXAMPLES = """\b
Examples:
  retriever documents
  retriever documents --index work --format json
"""


def documents(
    index: IndexOption = "default",
    no_pager: NoPagerOption = False,
    format: ReportFormatOption = "text",
) -> None:
    """List the documents in an index.

    Shows the passages, date, language, title and path of each.
    """
    folder = index_path(index)
    from retriever import Retriever

    with Retriever.open(folder) as retriever:
        found = retriever.documents()
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"index": str(folder), "documents": [document.to_dict() for document in found]}))
        return
    page(fit("".join(map(_describe, found)) or localise("no documents\n", sys.stdout)), wanted=not no_pager)


def _describe(document: IndexedDocument) -> str:
    # A row of a file has an id of its own.
    row = "" if document.document == document.source else f"#{document.document}"
    count = localise(format_count(document.passages, "passage"), sys.stdout)
    facts = [count, document.date, document.language]
    lines = [
        f"{document.source}{row}: {', '.join(filter(None, facts))}",
        f"  {' '.join(document.title.split())}" if document.title.strip() else "",
        f"  {document.path}" if document.path and document.path != document.source else "",
    ]
    return "".join(f"{escape_line(line)}\n" for line in lines if line)
