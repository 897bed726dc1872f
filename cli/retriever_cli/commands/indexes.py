"""``retriever indexes`` and ``retriever delete``: lists the indexes, and deletes some of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retriever.errors import IndexNotFoundError, RetrieverError, UsageError
from retriever_cli.completion import complete_index
from retriever_cli.console import escape_line, note, notice, show, write
from retriever_cli.failures import DECLINED
from retriever_cli.home import find_indexes, home, index_path
from retriever_cli.options import ReportFormatOption, WaitOption, format_count, format_size

if TYPE_CHECKING:
    from retriever import IndexStatistics

INDEXES_EXAMPLES = """\b
Examples:
  retriever indexes
  retriever indexes --format json
"""
DELETE_EXAMPLES = """\b
Examples:
  retriever delete work
  retriever delete ./old ./older --yes
"""


def indexes(format: ReportFormatOption = "text") -> None:
    """List the indexes.

    Shows those in the home, with their contents, size, model and sources.
    """
    found = [(name, path, *_read_status(path)) for name, path in find_indexes()]
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"home": str(home()), "indexes": [_to_dict(*one) for one in found]}))
        return
    show("".join(_describe(*one) for one in found))
    if not found:
        notice(f"no indexes in {home()}; make one: retriever index SOURCE...")


def delete(
    index: Annotated[
        list[str], typer.Argument(metavar="INDEX", help="Names or paths of indexes.", autocompletion=complete_index)
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: WaitOption = 0.0,
    format: ReportFormatOption = "text",
) -> None:
    """Delete indexes. The files that they were made of stay.

    Only what `retriever` has written is deleted, and nothing through links. A folder that also holds other files is
    refused. The exit code is 1 if you answer no.
    """
    folders = [index_path(name) for name in index]
    from retriever import delete_index

    reports: list[dict[str, Any]] = []
    for folder in folders:
        if not yes and not _confirm(folder):
            notice(f"{folder}: not deleted")
            raise typer.Exit(DECLINED)
        done = delete_index(folder, wait=wait)
        reports.append(done.to_dict())
        if format == "text":
            # Some engines tell no sizes.
            size = f", {format_size(done.bytes)}" if done.bytes else ""
            show(f"{escape_line(done.index)}: deleted{size}\n")
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"deleted": reports}))


def _confirm(folder: Path | str) -> bool:
    """Ask whether to delete an index. Raises IndexNotFoundError, and UsageError where nobody can answer."""
    if isinstance(folder, Path) and not os.path.lexists(folder):
        raise IndexNotFoundError(
            f"there is no index at {folder.absolute()}",
            hint="name the folder of an index; `retriever indexes` lists them",
        )
    if not sys.stdin.isatty():
        raise UsageError("deleting an index has to be confirmed", hint="add --yes")
    status, problem = _read_status(folder)
    contents = problem if status is None else _describe_contents(status)
    note(f"delete the index {folder} ({contents})? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _describe_contents(status: IndexStatistics) -> str:
    """The documents of an index, and its size where its engine tells one."""
    documents = format_count(status.documents, "document")
    return f"{documents}, {_format_bytes(status)}" if any(status.bytes.values()) else documents


def _read_status(folder: Path | str) -> tuple[IndexStatistics | None, str]:
    """The statistics of an index, or why there are none."""
    from retriever import Retriever

    try:
        with Retriever.open(folder) as retriever:
            return retriever.status(), ""
    except RetrieverError as error:
        return None, str(error)


def _describe(name: str, path: Path, status: IndexStatistics | None, problem: str) -> str:
    if status is None:
        lines = [f"{name}: cannot be used", f"  {path}", f"  {problem}"]
    else:
        counts = f"{format_count(status.documents, 'document')}, {format_count(status.passages, 'passage')}"
        sources = ", ".join(item.source.name for item in status.sources) or "none"
        lines = [
            f"{name}: {counts}, {_format_bytes(status)}",
            f"  {path}",
            f"  model {status.model or 'none yet'}; sources {sources}",
        ]
    return "".join(f"{escape_line(line)}\n" for line in lines)


def _format_bytes(status: IndexStatistics) -> str:
    return format_size(sum(status.bytes.values()))


def _to_dict(name: str, path: Path, status: IndexStatistics | None, problem: str) -> dict[str, Any]:
    values = {"name": name, "path": str(path), "problem": problem}
    if status is None:
        return values
    return {
        **values,
        "documents": status.documents,
        "passages": status.passages,
        "bytes": sum(status.bytes.values()),
        "model": status.model,
        "sources": [item.source.name for item in status.sources],
    }
