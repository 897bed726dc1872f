"""``retriever models``: lists the embedding models, and prepares or exports the bundled one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retriever_cli.console import escape_line, fit, set_quiet, show, write
from retriever_cli.help import Group
from retriever_cli.messages import localise
from retriever_cli.options import QuietOption, ReportFormatOption
from retriever_cli.progress import show_progress

if TYPE_CHECKING:
    from retriever import ModelInfo

LIST_EXAMPLES = """\b
Examples:
  retriever models
  retriever models --format json
"""
PREPARE_EXAMPLES = """\b
Examples:
  retriever models prepare
"""
EXPORT_EXAMPLES = """\b
Examples:
  retriever models export ./multilingual-e5-small
  retriever index reports/ --index other --model ./multilingual-e5-small
"""

models = typer.Typer(cls=Group, rich_markup_mode=None)


@models.callback(invoke_without_command=True, epilog=LIST_EXAMPLES)
def show_models(context: typer.Context, format: ReportFormatOption = "text") -> None:
    """List the embedding models; prepare or export the bundled one."""
    if context.invoked_subcommand is not None:
        return
    from retriever import list_models

    known = list_models()
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"models": [asdict(model) for model in known]}))
    else:
        write(fit("\n".join(_describe(model) for model in known)))


@models.command(epilog=PREPARE_EXAMPLES)
def prepare(quiet: QuietOption = False) -> None:
    """Build the bundled model now.

    Otherwise it is built at its first use. Prints the folder it is in.
    """
    set_quiet(quiet)
    from retriever import prepare_model

    with show_progress() as on_progress:
        folder = prepare_model(on_progress=on_progress)
    show(f"{escape_line(str(folder))}\n")


@models.command(epilog=EXPORT_EXAMPLES)
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.", show_default=False)],
    quiet: QuietOption = False,
) -> None:
    """Export the bundled model to a folder.

    Hugging Face, sentence-transformers and ONNX Runtime can load it.
    """
    set_quiet(quiet)
    from retriever import export_model

    with show_progress() as on_progress:
        written = export_model(folder, on_progress=on_progress)
    show(f"{escape_line(str(written))}\n")


def _describe(model: ModelInfo) -> str:
    facts = (
        f"  {model.dimension} dimensions, {model.max_tokens} tokens, {model.size_mb} MB, {model.licence}",
        f"  languages: {model.languages}",
        f"  from: {model.source}",
        f"  {model.note}",
    )
    shown = (localise(fact, sys.stdout) for fact in facts if fact.strip())
    return "".join(f"{line}\n" for line in (model.name, *shown))
