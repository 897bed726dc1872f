"""``retriever search``: one question answered, or the prompt that answers many."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from retriever import Duplicates, Mode, SearchResponse
from retriever.errors import UsageError
from retriever_cli.console import note, write
from retriever_cli.failures import NO_HITS
from retriever_cli.home import index_path
from retriever_cli.options import HitFormat, IndexOption
from retriever_cli.progress import progress
from retriever_cli.settings import Settings

FROM_STDIN = "-"

EXAMPLES = """\b
Examples:
  retriever search 怎样给老旧小区装电梯？
  retriever search "how are old lifts paid for" --index work -k 3 --context 1
  retriever search 防汛预案 --no-rerank --duplicates show
  retriever search 防汛 --where 'year >= 2021 and source ~ "reports/*"' --min-score 0.3
  retriever search 谁负责防汛？ --diverse --explain
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
            help="The question; - reads it from standard input, and without one a prompt asks for it.",
        ),
    ] = None,
    index: IndexOption = "default",
    k: Annotated[int, typer.Option("-k", "--limit", metavar="N", min=1, help="How many passages to show.")] = 10,
    mode: Annotated[
        Mode, typer.Option(help="Search by meaning and words (hybrid), meaning only (dense) or words only (lexical).")
    ] = "hybrid",
    context: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show N neighbouring passages before and after each.")
    ] = 0,
    rerank: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Compare the N best candidates with the question token by token.  [default: 30 in hybrid mode]",
            show_default=False,
        ),
    ] = None,
    reranker: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH", show_default=False, help="A cross-encoder that reranks instead of late interaction."
        ),
    ] = None,
    no_rerank: Annotated[bool, typer.Option("--no-rerank", help="The same as --rerank 0: quickest.")] = False,
    duplicates: Annotated[
        Duplicates, typer.Option(help="Fold passages that say nearly the same into the best of them, or show them all.")
    ] = "fold",
    where: Annotated[
        str | None,
        typer.Option(metavar="EXPR", show_default=False, help='Only passages that match, such as "year >= 2021".'),
    ] = None,
    min_score: Annotated[
        float, typer.Option(metavar="X", min=0.0, max=1.0, help="Leave out hits that score less than X.")
    ] = 0.0,
    diverse: Annotated[bool, typer.Option("--diverse", help="Spread the hits over documents and subjects.")] = False,
    max_per_document: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default=False, help="Show at most N passages of each document."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say how each hit came by its score and rank.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Show long passages whole instead of folded (text).")] = False,
    format: Annotated[
        HitFormat, typer.Option("--format", "-f", help="How to print the hits on standard output.")
    ] = "text",
) -> None:
    """Find the passages that answer a question.

    They come best first, each with its citation. The exit code is 0 when there are hits and 1 when there are none.
    """
    if no_rerank and rerank:
        raise UsageError("--rerank and --no-rerank exclude each other", hint="give one of them")
    if reranker:
        _check_reranked(mode, 0 if no_rerank else rerank)
    settings = Settings(
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
        full=full,
        format=format,
    )
    folder = index_path(index)
    asked = question(query) if query else None
    from retriever import Retriever

    with Retriever.open(folder, reranker=reranker) as retriever:
        if asked is None:
            from retriever_cli.prompt import Prompt

            raise typer.Exit(Prompt(retriever, settings).run())
        if mode != "lexical":
            with progress() as on_progress:
                retriever.warm(on_progress)
        response = settings.ask(retriever, asked)
    render(response, settings)
    if not response.hits:
        raise typer.Exit(NO_HITS)


def _check_reranked(mode: Mode, rerank: int | None) -> None:
    """Raises UsageError where a reranker would have nothing to do."""
    if mode == "lexical":
        raise UsageError("lexical mode uses no model to rerank with", hint="use hybrid or dense mode")
    if rerank == 0:
        raise UsageError("--reranker has nothing to do without reranking", hint="leave one of them out")
    if mode == "dense" and rerank is None:
        raise UsageError("dense mode reranks nothing by default", hint="--rerank 30 reranks the best 30")


def question(words: list[str]) -> str:
    """The question that was written on the command line or, for ``-``, on standard input.

    Raises UsageError where it is no text in the terminal's encoding.
    """
    if words == [FROM_STDIN]:
        try:
            return sys.stdin.read().strip()
        except UnicodeDecodeError as error:
            raise UsageError(
                f"standard input is not {error.encoding} text", hint="convert it, or set PYTHONIOENCODING"
            ) from error
    return " ".join(words)


def render(response: SearchResponse, settings: Settings, *, compact: bool = False) -> None:
    """Print a response on standard output, and a hint on standard error where it is empty.

    ``compact`` keeps a JSON object on one line.
    """
    if settings.format == "text":
        from retriever_cli.render.text import print_hits

        print_hits(response, full=settings.full)
    elif settings.format == "markdown":
        from retriever_cli.render.markdown import markdown

        write(markdown(response))
    else:
        from retriever_cli.render.json import document, hit_lines

        whole = settings.format == "json"
        write(document(response.to_dict(), compact=compact) if whole else hit_lines(response))
    if not response.hits:
        note("no hits")
        note(f"hint: {_advice(settings)}")


def _advice(settings: Settings) -> str:
    if settings.min_score > 0 and settings.where:
        return "no passage that matches --where scores so much; leave out --where, or lower --min-score"
    if settings.min_score > 0:
        return "no passage scores so much; a lower --min-score shows more"
    if settings.where:
        return "no passage matches --where; without it all are searched"
    if settings.mode == "lexical":
        return "no passage holds these words; --mode hybrid also searches by meaning"
    return "`retriever status` says what the index holds"
