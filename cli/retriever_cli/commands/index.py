"""``retriever index``: updates an index from files and folders, and reports what changed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from retriever import Notice, SkippedSource, SyncReport, WaitFor
from retriever.errors import IndexNotFoundError, StorageError, UsageError
from retriever_cli import failures
from retriever_cli.advice import for_shell
from retriever_cli.completion import complete_model
from retriever_cli.config import current_config
from retriever_cli.console import is_quiet, note, notice, set_quiet, show, write
from retriever_cli.failures import INTERRUPTED, SOURCES
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, QuietOption, ReportFormatOption, WaitOption, parse_size, refuse_given
from retriever_cli.progress import show_progress
from retriever_cli.render.report import format_change, format_files, format_report_json, format_summary

DEFAULT_MAX_FILE_SIZE = "64MB"

EXAMPLES = """\b
Examples:
  retriever index reports/
  retriever index reports/ minutes.docx "archive/**/*.pdf" --index work
  retriever index old/ --encoding gb18030 --max-file-size 200MB
  retriever index reports/ --rebuild --passage-tokens 200
  retriever index reports/ --rebuild --no-token-vectors
  retriever index reports/ --dry-run
  retriever index reports/ --watch
  retriever index archive/ --wait-for words
  retriever index archive/ --workers ray://head:10001
  retriever index
"""


def index(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="Files, folders and globs. Documents that no longer exist there are removed. "
            "[default: all sources that the index remembers]",
            show_default=False,
        ),
    ] = None,
    index: IndexOption = "default",
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Index the sources from scratch and drop everything else. Keeps the model and settings unless given.",
        ),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="The embedding model; `retriever models` lists them.",
            autocompletion=complete_model,
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="ENC", help="The encoding of text files. [default: detected]", show_default=False),
    ] = None,
    max_file_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help=f"Skip files larger than this; none for no limit. [default: {DEFAULT_MAX_FILE_SIZE}]",
            show_default=False,
        ),
    ] = None,
    passage_tokens: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Pack passages up to N tokens of the model; remembered by the index."),
    ] = None,
    token_vectors: Annotated[
        bool | None,
        typer.Option(
            "--token-vectors/--no-token-vectors",
            help="Keep token vectors in the index, so that comparing token by token takes milliseconds (the default).",
            show_default=False,
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Follow links in folders to files outside of them.")] = False,
    allow_empty: Annotated[
        bool,
        typer.Option(
            "--allow-empty",
            help="Empty the index of sources that hold no file; by default their documents stay.",
        ),
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Also remove documents outside the given sources.")] = False,
    checksum: Annotated[
        bool, typer.Option("--checksum", help="Detect changes by content, not by size and time.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="List what would change, and write nothing.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running and index files as they change, until Ctrl-C.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List the files that were added, changed, moved or removed.")
    ] = False,
    wait: WaitOption = 0.0,
    wait_for: Annotated[
        WaitFor,
        typer.Option(
            metavar="all|words",
            help="What to wait for: all, or that everything is found by its words; the next run then embeds the rest.",
        ),
    ] = "all",
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="URI",
            help="Embed on a Ray cluster: ray://HOST:10001, ray:auto (that of this machine) or ray:local (a new one).",
        ),
    ] = None,
    format: ReportFormatOption = "text",
    quiet: QuietOption = False,
) -> None:
    """Index files and folders, or update an index.

    Only new and changed files are read and embedded. The index remembers its sources; without SOURCE all of them are
    refreshed, each with its own --encoding, --max-file-size and --follow. Sources that no longer exist and files
    that cannot be read are listed at the end, and the exit code is 4; everything else is indexed.

    A large corpus is found by its words after seconds, and by meaning as it is embedded: search while this runs.
    """
    set_quiet(quiet)
    folder = index_path(index)
    limit = parse_size(max_file_size or DEFAULT_MAX_FILE_SIZE)
    sources = sources or []
    given = {"--encoding": encoding is not None, "--max-file-size": max_file_size is not None, "--follow": follow}
    if not sources:
        refuse_given(given, "needs a SOURCE", hint="name the sources, too; the index remembers the options of each")
    if any(not source for source in sources):
        raise UsageError("a source is empty", hint="name files, folders or globs; . is the current folder")
    if watch and dry_run:
        raise UsageError("--watch and --dry-run cannot be combined", hint="use one of them")
    if watch and workers:
        raise UsageError("--watch and --workers cannot be combined", hint="run once with --workers, then watch")
    from retriever import Retriever

    printer = ReportPrinter(folder, as_json=format == "json", files=verbose or dry_run, lines=watch)
    try:
        # Without sources there is nothing that a new index could be made of.
        with Retriever.open(folder, create=bool(sources), model=model or _choose_model(folder)) as retriever:
            with show_progress() as on_progress:
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
                    follow=follow,
                    allow_empty=allow_empty,
                    wait_for=wait_for,
                    workers=workers,
                    on_progress=on_progress,
                )
            printer.print_first(report)
            if watch:
                notice("watching for changes; press Ctrl-C to stop")
                for change in retriever.watch(
                    *sources,
                    encoding=encoding,
                    max_file_size=limit,
                    follow=follow,
                    allow_empty=allow_empty,
                    on_error=failures.report,
                ):
                    printer.print_next(change)
    except KeyboardInterrupt:
        note("interrupted: the index is intact; run the same command again to continue")
        raise typer.Exit(INTERRUPTED) from None
    if report.skipped:
        raise typer.Exit(SOURCES)


def _choose_model(folder: Path | str) -> str | None:
    """The configured model for a new index. An existing one has its own, whatever the configuration says."""
    configured = current_config().setting("model").value
    if configured is None:
        return None
    from retriever import Retriever

    try:
        with Retriever.open(folder) as retriever:
            return None if retriever.status().model else str(configured)
    except IndexNotFoundError:
        return str(configured)
    except StorageError:  # Damaged; what is called next says so, or rebuilds it.
        return None


class ReportPrinter:
    """Prints the reports of a run: the first in full, those of a watch if they have something new."""

    def __init__(self, folder: Path | str, *, as_json: bool, files: bool, lines: bool) -> None:
        """``files`` lists the files that differ; ``lines`` prints each JSON object on one line."""
        self._folder = folder
        self._as_json = as_json
        self._files = files
        self._lines = lines
        self._skipped: tuple[SkippedSource, ...] = ()
        self._printed: tuple[Notice, ...] = ()

    def print_first(self, report: SyncReport) -> None:
        """Print the report of the first or only sync."""
        self._print_notices(report)
        self._skipped = report.skipped
        if self._as_json:
            write(format_report_json(report, self._folder, compact=self._lines))
        else:
            self._print_summary(report)

    def print_next(self, report: SyncReport) -> None:
        """Print the report of a further sync of a watch."""
        new = [item for item in report.skipped if item not in self._skipped]
        if not (report.committed or new):
            return
        self._print_notices(report)
        self._skipped = report.skipped
        if self._as_json:
            write(format_report_json(report, self._folder, compact=True))
            return
        files = format_files(report) if self._files else ""
        if not is_quiet():
            show(f"{files}{format_change(report, time.strftime('%H:%M:%S'))}\n")
        _list_skipped(new)

    def _print_summary(self, report: SyncReport) -> None:
        """Print the report as text. Quiet runs tell only what they could not read, as a scheduled run needs it."""
        if is_quiet():
            _list_skipped(report.skipped)
        else:
            show(format_summary(report, self._folder, files=self._files))

    def _print_notices(self, report: SyncReport) -> None:
        for item in report.notices:
            if item not in self._printed:
                notice(f"notice: {item.source}: {for_shell(item.message)}")
        self._printed = report.notices


def _list_skipped(skipped: Iterable[SkippedSource]) -> None:
    for item in skipped:
        note(f"skipped: {item.source}: {for_shell(item.reason)}")
