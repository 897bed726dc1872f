"""``retriever index``: brings an index up to files and folders and says what happened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from retriever import Notice, SkippedSource, SyncReport
from retriever.errors import UsageError
from retriever_cli import failures
from retriever_cli.console import note, one_line, write
from retriever_cli.failures import INTERRUPTED, SOURCES
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, WaitOption, parse_size
from retriever_cli.progress import progress
from retriever_cli.render.report import change_line, file_lines, report_json, summary

DEFAULT_MAX_FILE_SIZE = "64MB"

EXAMPLES = """\b
Examples:
  retriever index reports/
  retriever index reports/ minutes.docx "archive/**/*.pdf" --index work
  retriever index old/ --encoding gb18030 --max-file-size 200MB
  retriever index reports/ --rebuild --passage-tokens 200
  retriever index reports/ --rebuild --token-vectors
  retriever index reports/ --dry-run
  retriever index reports/ --watch
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
            "--rebuild",
            help="Index the sources from nothing and drop all else. Model and settings stay unless they are given.",
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
    token_vectors: Annotated[
        bool | None,
        typer.Option(
            "--token-vectors/--no-token-vectors",
            help="Keep token vectors in the index, so that comparing token by token takes milliseconds.",
            show_default=False,
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also drop the documents that lie under none of the sources.")
    ] = False,
    checksum: Annotated[
        bool, typer.Option("--checksum", help="Compare the bytes of every file, not size and time first.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be done, file by file, and write nothing.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and follow the files as they change, until Ctrl-C.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List the files that were added, changed, moved and removed.")
    ] = False,
    wait: WaitOption = 0.0,
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
    if watch and dry_run:
        raise UsageError("--watch and --dry-run exclude each other")
    from retriever import Retriever

    show = Show(folder, as_json=format == "json", files=verbose or dry_run, lines=watch)
    try:
        with Retriever.open(folder, create=True, model=model) as retriever:
            with progress() as on_progress:
                report = retriever.sync(
                    *sources,
                    rebuild=rebuild,
                    encoding=encoding,
                    max_file_size=limit,
                    passage_tokens=passage_tokens,
                    token_vectors=token_vectors,
                    prune=prune,
                    checksum=checksum,
                    dry_run=dry_run,
                    wait=wait,
                    on_progress=on_progress,
                )
            show.first(report)
            if watch:
                note("watching; Ctrl-C ends it")
                for change in retriever.watch(
                    *sources, encoding=encoding, max_file_size=limit, on_error=failures.report
                ):
                    show.next(change)
    except KeyboardInterrupt:
        note("interrupted: the index is unharmed; the same command continues where it stopped")
        raise typer.Exit(INTERRUPTED) from None
    if report.skipped:
        raise typer.Exit(SOURCES)


class Show:
    """Prints the reports of one run: the first one whole, those of a watch where they say something new."""

    def __init__(self, folder: Path, *, as_json: bool, files: bool, lines: bool) -> None:
        """``files`` lists them by name, ``lines`` prints each JSON object on one line."""
        self._folder = folder
        self._as_json = as_json
        self._files = files
        self._lines = lines
        self._skipped: tuple[SkippedSource, ...] = ()
        self._told: tuple[Notice, ...] = ()

    def first(self, report: SyncReport) -> None:
        self._notices(report)
        self._skipped = report.skipped
        if self._as_json:
            write(report_json(report, self._folder, compact=self._lines))
        else:
            write(summary(report, self._folder, files=self._files))

    def next(self, report: SyncReport) -> None:
        new = [item for item in report.skipped if item not in self._skipped]
        if not (report.committed or new):
            return
        self._notices(report)
        self._skipped = report.skipped
        if self._as_json:
            write(report_json(report, self._folder, compact=True))
            return
        files = file_lines(report) if self._files else ""
        write(f"{files}{change_line(report, time.strftime('%H:%M:%S'))}\n")
        for item in new:
            note(one_line(f"skipped: {item.source}: {item.reason}"))

    def _notices(self, report: SyncReport) -> None:
        for notice in report.notices:
            if notice not in self._told:
                note(one_line(f"notice: {notice.source}: {notice.message}"))
        self._told = report.notices
