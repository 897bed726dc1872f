"""Prints the response to a search on standard output, in any format. Hints go to standard error."""

from __future__ import annotations

from retriever import SearchResponse
from retriever_cli.console import write
from retriever_cli.options import HitFormat
from retriever_cli.render.text import View, print_hits


def print_response(response: SearchResponse, format: HitFormat, view: View, *, compact: bool = False) -> None:
    """Print a response on standard output.

    - ``response``: what a search returned, perhaps without hits
    - ``format``: the output format; every format but ``jsonl`` and ``text`` has a document for no hits
    - ``view``: how much of each hit to show (``text`` only)
    - ``compact``: print a JSON object on one line (``json`` only)
    """
    if format == "text":
        print_hits(response, view)
    elif format == "markdown":
        from retriever_cli.render.markdown import format_markdown

        write(format_markdown(response))
    elif format == "json":
        from retriever_cli.render.json import format_json

        write(format_json(response.to_dict(), compact=compact))
    else:
        from retriever_cli.render.json import format_json_lines

        write(format_json_lines(response))
