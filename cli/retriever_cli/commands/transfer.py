"""``retriever export`` and ``retriever import``: writes an index to a file, and creates one from such a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from retriever_cli.console import escape_line, show, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, format_count, format_size

EXPORT_EXAMPLES = """\b
Examples:
  retriever export reports.jsonl --index reports
  retriever export reports.parquet --index reports --no-vectors
"""
IMPORT_EXAMPLES = """\b
Examples:
  retriever import reports.jsonl --index copy
"""


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    index: IndexOption = "default",
    format: Annotated[
        Literal["jsonl", "parquet"] | None,
        typer.Option(
            "--format",
            "-f",
            help="The format of the file. [default: parquet if its name ends in .parquet, else jsonl]",
            show_default=False,
        ),
    ] = None,
    vectors: Annotated[
        bool, typer.Option("--vectors/--no-vectors", help="Include the vectors, or only documents and passages.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Export an index to a file.

    The file contains documents, passages, metadata, vectors and settings. Parquet needs the extra
    `parquet`: without it the error says how to install it.
    """
    folder = index_path(index)
    from retriever import export_index

    done = export_index(folder, file, format=format, vectors=vectors, overwrite=force)
    contents = f"{format_count(done.documents, 'document')}, {format_count(done.passages, 'passage')}"
    show(
        f"{escape_line(done.path)}: {contents} "
        f"{'with' if done.vectors else 'without'} vectors, {format_size(done.bytes)}\n"
    )
    if done.vectors:
        _show_pending(done.pending)


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `retriever export` wrote.")],
    index: IndexOption = "default",
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="The model for vectors that the file lacks. [default: the bundled one]",
            show_default=False,
        ),
    ] = None,
    format: ReportFormatOption = "text",
) -> None:
    """Create an index from an exported file.

    It gives the same results as the exported index. Vectors that the file does not contain are computed. An existing
    index is never overwritten.
    """
    folder = index_path(index)
    from retriever import import_index

    done = import_index(folder, file, model=model)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json(done.to_dict()))
        return
    computed = "" if done.vectors else f"; {format_count(done.embedded, 'passage')} embedded"
    contents = f"{format_count(done.documents, 'document')}, {format_count(done.passages, 'passage')}"
    show(f"{escape_line(done.index)}: {contents}{computed}\n")
    _show_pending(done.pending)


def _show_pending(passages: int) -> None:
    from retriever_cli.render.report import format_pending

    show("".join(f"{line}\n" for line in format_pending(passages)))
