"""``retriever search``: answers one question, or opens the prompt that answers many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retriever import Duplicates, Mode, SearchOptions
from retriever.errors import UsageError
from retriever_cli.commands.search_settings import SearchSettings
from retriever_cli.console import set_quiet
from retriever_cli.failures import NO_HITS
from retriever_cli.home import index_path
from retriever_cli.inputs import read_query
from retriever_cli.options import (
    HitFormat,
    IndexesOption,
    ModeOption,
    NoPagerOption,
    NoRerankOption,
    QuietOption,
    WhereOption,
)
from retriever_cli.progress import show_progress
from retriever_cli.render.text import View
from retriever_cli.running_server import find_server

if TYPE_CHECKING:
    from retriever import RetrieverGroup

EXAMPLES = """\b
Examples:
  retriever search 怎样给老旧小区装电梯？
  retriever search "how are old lifts paid for" --index work -k 3 --context 1
  retriever search 防汛预案 --no-rerank --duplicates show
  retriever search 防汛 --where 'year >= 2021 and source ~ "reports/*"'
  retriever search 防汛 --min-score 0.3
  retriever search 谁负责防汛？ --diverse --explain
  retriever search 防汛 --short
  retriever search 防汛 --index work --index archive
  retriever search 防汛 --mode lexical --format jsonl
  echo 谁负责？ | retriever search -
  retriever search                       (asks for questions until :quit)
  retriever search --format json < questions.txt
"""


def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY",
            show_default=False,
            help="The question. Use - to read it from standard input; omit it to open a prompt.",
        ),
    ] = None,
    index: IndexesOption = ["default"],  # noqa: B006  (never changed)
    k: Annotated[int, typer.Option("-k", "--limit", metavar="N", min=1, help="Number of passages to show.")] = 10,
    mode: ModeOption = "hybrid",
    context: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show N neighbouring passages before and after each hit.")
    ] = 0,
    rerank: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Rerank the N best candidates token by token (late interaction).  [default: 30 or 60 in hybrid mode]",
            show_default=False,
        ),
    ] = None,
    reranker: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH", show_default=False, help="Rerank with this cross-encoder instead of late interaction."
        ),
    ] = None,
    no_rerank: NoRerankOption = False,
    duplicates: Annotated[Duplicates, typer.Option(help="Fold near-duplicate passages into one hit, or show all.")] = (
        "fold"
    ),
    where: WhereOption = None,
    min_score: Annotated[
        float, typer.Option(metavar="X", min=0.0, max=1.0, help="Leave out hits that score below X.")
    ] = 0.0,
    diverse: Annotated[bool, typer.Option("--diverse", help="Spread hits over documents and topics.")] = False,
    max_per_document: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default=False, help="Show at most N passages of each document."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Explain the score and rank of each hit.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Show long passages in full (text format only).")] = False,
    short: Annotated[
        bool, typer.Option("--short", help="Show two lines of each hit: citation and best sentence (text format only).")
    ] = False,
    no_pager: NoPagerOption = False,
    format: Annotated[HitFormat, typer.Option("--format", "-f", help="Output format.")] = "text",
    quiet: QuietOption = False,
) -> None:
    """Find the passages that answer a question.

    Hits come best first, each with its citation. The exit code is 0 if there are hits and 1 if there are none.
    """
    set_quiet(quiet)
    if no_rerank and rerank:
        raise UsageError("--rerank and --no-rerank cannot be combined", hint="use one of them")
    if full and short:
        raise UsageError("--full and --short cannot be combined", hint="use one of them")
    if reranker:
        _check_reranker(mode, 0 if no_rerank else rerank)
    options = SearchOptions(
        k=k,
        mode=mode,
        context=context,
        rerank=0 if no_rerank else rerank,
        duplicates=duplicates,
        where=where,
        min_score=min_score,
        diverse=diverse,
        max_per_document=max_per_document,
        explain=explain,
    )
    settings = SearchSettings(options, View(full, short, not no_pager), format)
    folders = [index_path(name) for name in index]
    text = read_query(query) if query else None
    if text is None:
        from retriever_cli.commands.prompt import Prompt

        with _open(folders, reranker) as group:
            raise typer.Exit(Prompt(group, settings).run())
    server = find_server(folders[0]) if len(folders) == 1 and not reranker else None
    response = server.search(text, options) if server else None
    if response is None:
        with _open(folders, reranker) as group:
            if mode != "lexical":
                with show_progress() as on_progress:
                    group.warm(on_progress, search=False)
            response = settings.search(group, text)
    settings.remember(response)
    settings.show(response)
    if not response.hits:
        raise typer.Exit(NO_HITS)


def _open(folders: Sequence[Path | str], reranker: str | None) -> RetrieverGroup:
    from retriever import Retriever, RetrieverGroup

    return RetrieverGroup([Retriever.open(folder, reranker=reranker) for folder in folders])


def _check_reranker(mode: Mode, rerank: int | None) -> None:
    """Raise UsageError if a reranker would have nothing to rerank."""
    if mode == "lexical":
        raise UsageError("--reranker cannot be used in lexical mode", hint="use hybrid or dense mode")
    if rerank == 0:
        raise UsageError("--reranker needs reranking, which is turned off", hint="remove --no-rerank or --rerank 0")
    if mode == "dense" and rerank is None:
        raise UsageError("dense mode does not rerank by default", hint="add --rerank 30 to rerank the 30 best")
