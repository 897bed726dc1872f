"""``retriever repair``: repairs a damaged index and reports what was done."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import typer

from retriever_cli.console import escape_line, notice, set_quiet, show, write
from retriever_cli.failures import INDEX
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, QuietOption, ReportFormatOption, WaitOption

if TYPE_CHECKING:
    from retriever import RepairReport

EXAMPLES = """\b
Examples:
  retriever repair
  retriever repair --index work --format json
"""


def repair(
    index: IndexOption = "default",
    wait: WaitOption = 0.0,
    format: ReportFormatOption = "text",
    quiet: QuietOption = False,
) -> None:
    """Repair a damaged index.

    Writes a new generation: postings and ids are rebuilt from the passages, vectors are taken from the embedding
    cache or computed again. The exit code is 3 if some damage remains.
    """
    set_quiet(quiet)
    folder = index_path(index)
    from retriever import repair_index

    done = repair_index(folder, wait=wait)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"index": str(folder), **done.to_dict()}))
    else:
        show("".join(f"{escape_line(line)}\n" for line in _format_lines(done, str(folder))))
    if done.problems:
        notice(f"some damage remains; for details: retriever verify --index {shlex.quote(str(folder))}")
        raise typer.Exit(INDEX)


def _format_lines(done: RepairReport, where: str) -> list[str]:
    if not done.repaired:
        return [f"{where}: nothing to repair"]
    lines = list(done.repaired)
    if done.committed:
        vectors = f"; {done.embedded:,} passages embedded, {done.reused:,} from the cache"
        lines.append(f"generation {done.generation} restores generation {done.base}{vectors}")
    return lines
