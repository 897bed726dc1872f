"""``retriever compact``: reclaims disk space."""

from __future__ import annotations

from typing import Annotated

import typer

from retriever_cli.console import notice, set_quiet, show, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, QuietOption, ReportFormatOption, WaitOption, format_count, format_size

EXAMPLES = """\b
Examples:
  retriever compact
  retriever compact --index work --keep 3
"""


def compact(
    index: IndexOption = "default",
    keep: Annotated[int, typer.Option("--keep", min=1, metavar="N", help="Number of generations to keep.")] = 1,
    wait: WaitOption = 0.0,
    format: ReportFormatOption = "text",
    quiet: QuietOption = False,
) -> None:
    """Reclaim disk space.

    Merges segments and removes deleted passages, old generations and unused embeddings. The index can be searched
    meanwhile. If only one generation is kept, there is none to roll back to.
    """
    set_quiet(quiet)
    folder = index_path(index)
    from retriever import compact_index

    done = compact_index(folder, keep=keep, wait=wait)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"index": str(folder), **done.to_dict()}))
        return
    segments = f"{format_count(done.segments_before, 'segment')} before, {done.segments:,} after"
    show(
        f"{format_size(done.bytes_before)} before, {format_size(done.bytes_after)} after\n"
        f"generation {done.generation}: {segments}; "
        f"{format_count(done.passages_dropped, 'deleted passage')} and "
        f"{format_count(done.embeddings_dropped, 'unused embedding')} removed\n"
    )
    if done.held:
        numbers = ", ".join(map(str, done.held))
        notice(f"still in use, to be removed by the next write: generation {numbers}")
