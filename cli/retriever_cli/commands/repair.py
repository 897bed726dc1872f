"""``retriever repair``: mends a damaged index as far as it can be, and says what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retriever_cli.console import note, printable, write
from retriever_cli.failures import INDEX
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, WaitOption

if TYPE_CHECKING:
    from retriever import RepairReport

EXAMPLES = """\b
Examples:
  retriever repair
  retriever repair --index work --format json
"""


def repair(index: IndexOption = "default", wait: WaitOption = 0.0, format: ReportFormatOption = "text") -> None:
    """Mend a damaged index as far as it can be.

    A new generation is written: postings and ids are made from the passages, vectors taken from the embedding
    cache or computed. The exit code is 3 where something is left.
    """
    folder = index_path(index)
    from retriever import repair_index

    done = repair_index(folder, wait=wait)
    if format == "json":
        from retriever_cli.render.json import document

        write(document({"index": str(folder), **done.to_dict()}))
    else:
        write("".join(f"{printable(line)}\n" for line in _lines(done, str(folder))))
    if done.problems:
        note(f"what is left, with what mends it: retriever verify --index {folder}")
        raise typer.Exit(INDEX)


def _lines(done: RepairReport, where: str) -> list[str]:
    if not done.mended:
        return [f"{where}: there is nothing to mend"]
    lines = list(done.mended)
    if done.committed:
        vectors = f"; {done.embedded:,} passages embedded, {done.reused:,} from the cache"
        lines.append(f"generation {done.generation} has the contents of {done.base}{vectors}")
    return lines
