"""``retriever check``: checks which claims of an answer the excerpts of a context support."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from retriever.errors import UsageError
from retriever_cli.completion import complete_model
from retriever_cli.console import fit, write
from retriever_cli.failures import NO_HITS
from retriever_cli.inputs import read_file, read_input
from retriever_cli.options import ReportFormatOption

FROM_STDIN = "-"
NO_MODEL = "none"
EXAMPLES = """\b
Examples:
  retriever context 谁负责防汛？ --format json > context.json
  retriever check answer.md --context context.json
  retriever check - --context context.json --model none --format json < answer.md
"""


def check(
    answer: Annotated[
        str,
        typer.Argument(metavar="FILE", show_default=False, help="The answer. Use - to read it from standard input."),
    ],
    context: Annotated[
        Path,
        typer.Option(
            "--context",
            "-c",
            metavar="FILE",
            show_default=False,
            help="The context that the answer was made from, as `retriever context QUESTION --format json` prints it.",
        ),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME|PATH",
            autocompletion=complete_model,
            help="Compare meanings with this model; none compares quotations, figures and names only.",
        ),
    ] = "bundled",
    format: ReportFormatOption = "text",
) -> None:
    """Check which claims of an answer its context supports.

    Each sentence that cites [1] is compared with that excerpt, any other one with all of them: by quotation, by figures
    and names, and by meaning. The exit code is 0 if every claim is supported and 1 if not.
    """
    text = _read_answer(answer)
    excerpts = _read_context(context)
    from retriever import check_citations

    report = check_citations(text, excerpts, None if model == NO_MODEL else model)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json(report.to_dict()))
    else:
        from retriever_cli.render.claims import format_claims

        write(fit(format_claims(report)))
    if report.unsupported:
        raise typer.Exit(NO_HITS)


def _read_answer(name: str) -> str:
    if name == FROM_STDIN:
        return read_input().removeprefix("\ufeff")
    try:
        text = read_file(Path(name), hint="name a file, or - for standard input").decode("utf-8-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    except ValueError as error:
        raise UsageError(f"{name!r} is not UTF-8 text", hint="convert it, such as by iconv -f GBK -t UTF-8") from error


def _read_context(path: Path) -> dict[str, Any]:
    hint = "make it by: retriever context QUESTION --format json"
    try:
        found = json.loads(read_file(path, hint=hint))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is not JSON", hint=hint) from error
    if not isinstance(found, dict) or not isinstance(found.get("excerpts"), list):
        raise UsageError(f"{str(path)!r} is not a context", hint=hint)
    return found
