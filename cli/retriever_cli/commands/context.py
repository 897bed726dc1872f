"""``retriever context``: packs the best passages for a question into a budget of tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from retriever import Context, ContextOptions, SearchOptions
from retriever.errors import UsageError
from retriever_cli.commands.search_settings import advise
from retriever_cli.console import escape_controls, notice, set_quiet, write
from retriever_cli.failures import NO_HITS
from retriever_cli.home import index_path
from retriever_cli.inputs import read_file, read_query
from retriever_cli.options import IndexesOption, ModeOption, QuietOption, WhereOption
from retriever_cli.progress import show_progress
from retriever_cli.running_server import find_server

ContextFormat = Literal["text", "markdown", "messages", "json"]

EXAMPLES = """\b
Examples:
  retriever context 怎样给老旧小区装电梯？
  retriever context "how are old lifts paid for" --max-tokens 800 --order document
  retriever context 那资金呢？ --history 怎样给老旧小区装电梯？
  retriever context 那资金呢？ --history-file chat.json --format messages
  retriever context 谁负责防汛？ --format json --tokenizer o200k_base
  retriever context 防汛 --index work --index archive --where 'year >= 2021'
  retriever context 防汛 --min-score 0 --mode lexical --format markdown
"""


def context(
    question: Annotated[
        list[str],
        typer.Argument(
            metavar="QUESTION", show_default=False, help="The question. Use - to read it from standard input."
        ),
    ],
    index: IndexesOption = ["default"],  # noqa: B006  (never changed)
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", "-n", metavar="N", min=1, help="The most tokens of the context.")
    ] = 1500,
    history: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUESTION",
            show_default=False,
            help="An earlier question of the conversation; repeat it, oldest first.",
        ),
    ] = None,
    history_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Earlier turns: a JSON list of chat messages."),
    ] = None,
    order: Annotated[
        Literal["rank", "document"], typer.Option(help="Best excerpts first, or in the order of the documents.")
    ] = "rank",
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", show_default=False, help="Count tokens as tiktoken does, e.g. o200k_base, not as the model."
        ),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            metavar="X", min=0.0, max=1.0, show_default=False, help="The least score of an answer; 0 never refuses."
        ),
    ] = None,
    mode: ModeOption = "hybrid",
    where: WhereOption = None,
    format: Annotated[ContextFormat, typer.Option("--format", "-f", help="Output format.")] = "text",
    quiet: QuietOption = False,
) -> None:
    """Pack the best passages into a budget of tokens.

    The context is for the prompt of a language model: its excerpts are numbered and cited. A follow-up is searched with
    what it refers to in the history. The exit code is 0 if there are excerpts, and 1 if nothing here answers.
    """
    set_quiet(quiet)
    options = ContextOptions(max_tokens, order, tokenizer, min_score, mode, where)
    turns: list[Any] = [*(_read_messages(history_file) if history_file else []), *(history or [])]
    folders = [index_path(name) for name in index]
    text = read_query(question)
    server = find_server(folders[0]) if len(folders) == 1 else None
    built = server.build_context(text, options, turns) if server else None
    if built is None:
        from retriever import Retriever, RetrieverGroup

        with RetrieverGroup([Retriever.open(folder) for folder in folders]) as group:
            if mode != "lexical":
                with show_progress() as on_progress:
                    group.warm(on_progress, search=False)
            built = group.context_with(text, options, turns)
    write(_format(built, format))
    if not built.excerpts:
        _explain(built, options)
        raise typer.Exit(NO_HITS)


def _read_messages(file: Path) -> list[Any]:
    """The chat messages in a file. Raises UsageError for a file of another form."""
    example = 'such as [{"role": "user", "content": "…"}]'
    try:
        messages = json.loads(read_file(file, hint="name a file with chat messages"))
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{str(file)!r} is not JSON: {error}", hint=f"give a list of chat messages, {example}"
        ) from error
    if not isinstance(messages, list):
        raise UsageError(f"{str(file)!r} is not a list of chat messages", hint=example)
    return messages


def _format(built: Context, format: ContextFormat) -> str:
    if format in ("json", "messages"):
        from retriever_cli.render.json import format_json

        return format_json(built.to_dict() if format == "json" else {"messages": built.messages()})
    text = built.markdown if format == "markdown" else built.text
    return escape_controls(text) + "\n" if text else ""


def _explain(built: Context, options: ContextOptions) -> None:
    """Say on standard error why there are no excerpts."""
    if built.answerable:
        notice("no excerpt fits into so few tokens")
        notice("hint: raise --max-tokens")
        return
    notice(f"nothing here answers the question: its score is {built.score:.2f}")
    if built.score:
        notice("hint: lower --min-score to see the best passages all the same")
    else:  # nothing was found
        notice(f"hint: {advise(SearchOptions(mode=options.mode, where=options.where))}")
