"""``retriever models``: the catalogue of embedding models, and the bundled one prepared or written out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retriever_cli.console import printable, write
from retriever_cli.options import ReportFormatOption
from retriever_cli.progress import progress

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

models = typer.Typer(rich_markup_mode=None)


@models.callback(invoke_without_command=True, epilog=LIST_EXAMPLES)
def catalogue(context: typer.Context, format: ReportFormatOption = "text") -> None:
    """List the embedding models; prepare or export the bundled one."""
    if context.invoked_subcommand is not None:
        return
    from retriever import list_models

    known = list_models()
    if format == "json":
        from retriever_cli.render.json import document

        write(document({"models": [asdict(model) for model in known]}))
    else:
        write("\n".join(_describe(model) for model in known))


@models.command(epilog=PREPARE_EXAMPLES)
def prepare() -> None:
    """Build the bundled model's files in the cache now.

    Else they are built at its first use.
    """
    from retriever import prepare_model

    with progress() as on_progress:
        folder = prepare_model(on_progress=on_progress)
    write(f"{printable(str(folder))}\n")


@models.command(epilog=EXPORT_EXAMPLES)
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.", show_default=False)],
) -> None:
    """Write the bundled model as an ordinary folder.

    Hugging Face, sentence-transformers and ONNX Runtime read it.
    """
    from retriever import export_model

    with progress() as on_progress:
        written = export_model(folder, on_progress=on_progress)
    write(f"{printable(str(written))}\n")


def _describe(model: ModelInfo) -> str:
    return "".join(
        f"{line}\n"
        for line in (
            model.name,
            f"  {model.dimension} dimensions, {model.max_tokens} tokens, {model.size_mb} MB, {model.licence}",
            f"  languages: {model.languages}",
            f"  from: {model.source}",
            f"  {model.note}",
        )
        if line.strip()
    )
