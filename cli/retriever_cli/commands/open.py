"""``retriever open``: opens a hit of the last search at its place, or shows it with the passages around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from retriever import Hit, Mode, SearchOptions, SearchResponse
from retriever.errors import ReadError, UsageError
from retriever_cli.commands.search_settings import SearchSettings
from retriever_cli.completion import complete_filter
from retriever_cli.console import notice, set_quiet
from retriever_cli.failures import NO_HITS
from retriever_cli.home import index_path
from retriever_cli.inputs import read_query
from retriever_cli.opening.last_search import find_line, recall, remember, restore
from retriever_cli.options import IndexOption, NoPagerOption, QuietOption, refuse_given
from retriever_cli.progress import show_progress
from retriever_cli.render.text import View, print_hits

# Passages that are shown before and after a hit.
SURROUNDINGS = 3

EXAMPLES = """\b
Examples:
  retriever open 1
  retriever open 2 --print
  retriever open 1 谁负责防汛？
"""


def open_hit(
    number: Annotated[int, typer.Argument(metavar="N", min=1, show_default=False, help="The number of the hit.")],
    question: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUESTION", show_default=False, help="Ask this first; without it the last search counts."
        ),
    ] = None,
    index: IndexOption = "default",
    mode: Annotated[Mode, typer.Option(help="How to search for QUESTION; see `retriever search`.")] = "hybrid",
    where: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR",
            show_default=False,
            help="Search for QUESTION in matching passages only.",
            autocompletion=complete_filter,
        ),
    ] = None,
    print_it: Annotated[
        bool, typer.Option("--print", "-p", help="Show the passage in the terminal, whatever could open it.")
    ] = False,
    no_pager: NoPagerOption = False,
    quiet: QuietOption = False,
) -> None:
    """Open a hit where it stands.

    The document opens in the system's program, a PDF at its page, a text in $VISUAL or $EDITOR at its line. Where no
    program can show it, the passage is printed with those around it. N is a number of the last search.
    """
    set_quiet(quiet)
    if question:
        hit = _ask(read_query(question), index, SearchOptions(k=max(10, number), mode=mode, where=where), number)
        line = find_line(hit)
    else:
        given = {"--index": index != "default", "--mode": mode != "hybrid", "--where": where is not None}
        advice = "leave it out to open a hit of the last search, or ask a question: retriever open N QUESTION"
        refuse_given(given, "needs a QUESTION", hint=advice)
        query, hit, line = recall(number)
        notice(f"hit {number} of {query!r}")
    if print_it or not open_in_program(hit, line):
        _show_surroundings(hit, View(full=True, pager=not no_pager))


def open_in_program(hit: Hit, line: int) -> bool:
    """Open the document of a hit in a program and say so, or say why that cannot be done."""
    from retriever_cli.opening.launch import NotOpenedError, open_document

    try:
        program = open_document(hit, line)
    except (NotOpenedError, ReadError) as reason:
        notice(f"shown here: {reason}")
        return False
    notice(f"opened in {program}: {hit.citation}")
    return True


def _show_surroundings(hit: Hit, view: View) -> None:
    """Print a hit as its index has it now, with the passages around it."""
    from retriever import Retriever

    with Retriever.open(hit.index) as retriever:
        passage = retriever.passage(hit.id, context=SURROUNDINGS)
    whole = restore(hit, passage)
    print_hits(SearchResponse("", hit.index, 0, "hybrid", 0.0, (whole,)), view)


def _ask(question: str, index: str, options: SearchOptions, number: int) -> Hit:
    from retriever import Retriever

    with Retriever.open(index_path(index)) as retriever:
        if options.mode != "lexical":
            with show_progress() as on_progress:
                retriever.warm(on_progress, search=False)
        response = retriever.search_with(question, options)
    remember(response)
    if not response.hits:
        SearchSettings(options).show(response)
        raise typer.Exit(NO_HITS)
    if number > len(response):
        raise UsageError(f"no hit {number} in the last results", hint=f"they are {len(response):,}")
    return replace(response[number - 1], index=response.location)
