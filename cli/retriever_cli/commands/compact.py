"""``retriever compact``: brings an index down to the bytes that its contents need."""

from __future__ import annotations

from typing import Annotated

import typer

from retriever_cli.console import note, write
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, WaitOption, counted, human_size

EXAMPLES = """\b
Examples:
  retriever compact
  retriever compact --index work --keep 3
"""


def compact(
    index: IndexOption = "default",
    keep: Annotated[int, typer.Option("--keep", min=1, metavar="N", help="How many generations to keep.")] = 1,
    wait: WaitOption = 0.0,
    format: ReportFormatOption = "text",
) -> None:
    """Bring an index down to the bytes that it needs.

    Merges segments, drops deleted passages, old generations and unused embeddings, and says what it saved.
    Searching goes on meanwhile. With one generation kept there is none to roll back to.
    """
    folder = index_path(index)
    from retriever import compact_index

    done = compact_index(folder, keep=keep, wait=wait)
    if format == "json":
        from retriever_cli.render.json import document

        write(document({"index": str(folder), **done.to_dict()}))
        return
    write(
        f"{human_size(done.bytes_before)} before, {human_size(done.bytes_after)} after\n"
        f"generation {done.generation}: {counted(done.segments_before, 'segment')} became {done.segments:,}; "
        f"{counted(done.passages_dropped, 'deleted passage')} and "
        f"{counted(done.embeddings_dropped, 'unused embedding')} dropped\n"
    )
    if done.held:
        numbers = ", ".join(map(str, done.held))
        note(f"generation {numbers} is being read and stays until then; the next writer removes it")
