"""``retriever export`` and ``retriever import``: an index as one file, and a new index from such a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from retriever_cli.console import one_line, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, counted, human_size

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
        typer.Option("--format", "-f", help="The form of the file, by default by its name: .parquet, else JSON Lines."),
    ] = None,
    vectors: Annotated[
        bool, typer.Option("--vectors/--no-vectors", help="Write the vectors, too, or only documents and passages.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write the newest generation of an index to one file.

    It holds documents, passages, metadata, vectors and settings. Parquet needs an extra: pip install
    "retriever-engine[parquet]".
    """
    folder = index_path(index)
    from retriever import export_index

    done = export_index(folder, file, format=format, vectors=vectors, overwrite=force)
    write(
        f"{one_line(done.path)}: {counted(done.documents, 'document')}, {counted(done.passages, 'passage')} "
        f"{'with' if done.vectors else 'without'} vectors, {human_size(done.bytes)}\n"
    )


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `retriever export` wrote.")],
    index: IndexOption = "default",
    format: ReportFormatOption = "text",
) -> None:
    """Make a new index from an exported file.

    It answers as the exported one did. Without vectors in the file they are computed. An index that is there is
    never touched.
    """
    folder = index_path(index)
    from retriever import import_index

    done = import_index(folder, file)
    if format == "json":
        from retriever_cli.render.json import document

        write(document(done.to_dict()))
        return
    computed = "" if done.vectors else f"; {counted(done.embedded, 'passage')} embedded"
    held = f"{counted(done.documents, 'document')}, {counted(done.passages, 'passage')}"
    write(f"{one_line(done.index)}: {held}{computed}\n")
