"""``retriever index``: brings an index up to files and folders and says what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retriever import SyncReport
from retriever.errors import UsageError
from retriever_cli.console import note, one_line, write
from retriever_cli.failures import INTERRUPTED, SOURCES
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, parse_size
from retriever_cli.progress import progress

DEFAULT_MAX_FILE_SIZE = "64MB"

EXAMPLES = """\b
Examples:
  retriever index reports/
  retriever index reports/ minutes.docx "archive/**/*.pdf" --index work
  retriever index old/ --encoding gb18030 --max-file-size 200MB
  retriever index reports/ --rebuild --passage-tokens 200
  retriever index reports/ --rebuild --late
"""


def index(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE", help="Files, folders and globs to index; what they no longer hold is taken out."
        ),
    ],
    index: IndexOption = "default",
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild", help="Index the sources from nothing, with this model and these settings, and drop all else."
        ),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|PATH", help="The embedding model; `retriever models` lists them."),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="ENC", help="The encoding of text files, instead of recognising it."),
    ] = None,
    max_file_size: Annotated[
        str, typer.Option(metavar="SIZE", help="Skip larger files: a size such as 64MB, or none for no limit.")
    ] = DEFAULT_MAX_FILE_SIZE,
    passage_tokens: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Pack passages up to N of the model's tokens; kept for later runs."),
    ] = None,
    late: Annotated[
        bool | None,
        typer.Option(
            "--late/--no-late",
            help="Keep token vectors in the index, so that comparing token by token takes milliseconds.",
            show_default=False,
        ),
    ] = None,
    format: ReportFormatOption = "text",
) -> None:
    """Index files and folders, or bring an index up to date with them.

    Only what is new or has changed is read and embedded. Files that cannot be read are listed at the end,
    and the exit code is then 4; the rest is indexed all the same.
    """
    folder = index_path(index)
    limit = parse_size(max_file_size)
    if any(not source for source in sources):
        raise UsageError("a source is empty", hint="name files, folders or globs; . is the working folder")
    try:
        report = _sync(folder, sources, rebuild, model, encoding, limit, passage_tokens, late)
    except KeyboardInterrupt:
        note("interrupted: the index is unharmed; the same command continues where it stopped")
        raise typer.Exit(INTERRUPTED) from None
    for notice in report.notices:
        note(one_line(f"notice: {notice.source}: {notice.message}"))
    if format == "json":
        from retriever_cli.render_json import document

        write(document({"index": str(folder), **report.to_dict()}))
    else:
        write(summary(report, folder))
    if report.skipped:
        raise typer.Exit(SOURCES)


def _sync(
    folder: Path,
    sources: list[str],
    rebuild: bool,
    model: str | None,
    encoding: str | None,
    max_file_size: int | None,
    passage_tokens: int | None,
    late: bool | None,
) -> SyncReport:
    from retriever import Retriever

    with Retriever.open(folder, create=True, model=model) as retriever, progress() as on_progress:
        return retriever.sync(
            *sources,
            rebuild=rebuild,
            encoding=encoding,
            max_file_size=max_file_size,
            passage_tokens=passage_tokens,
            late=late,
            on_progress=on_progress,
        )


def summary(report: SyncReport, folder: Path) -> str:
    """What a sync did, in lines for people."""
    changes = [("added", report.added), ("changed", report.changed), ("moved", report.moved)]
    changes += [("removed", report.removed), ("unchanged", report.unchanged), ("skipped", len(report.skipped))]
    happened = ", ".join(f"{count:,} {what}" for what, count in changes if count) or "nothing to index"
    lines = [
        f"documents  {happened}",
        f"passages   {report.embedded:,} embedded, {report.reused:,} reused",
        f"index      {folder}: {report.documents:,} documents, {report.passages:,} passages, "
        f"generation {report.generation}{'' if report.committed else ' (as before)'}",
        f"time       {report.seconds:.1f} s",
    ]
    if report.skipped:
        lines.append("skipped")
        lines += [f"  {item.source}: {item.reason}" for item in report.skipped]
    return "".join(f"{one_line(line)}\n" for line in lines)
