"""``retriever map``: draws an index as a picture or a page."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from retriever import CorpusMap, Mode
from retriever.errors import UsageError
from retriever_cli.completion import complete_filter
from retriever_cli.console import escape_line, notice, set_quiet, show
from retriever_cli.failures import NO_HITS
from retriever_cli.home import index_path
from retriever_cli.inputs import read_query
from retriever_cli.options import IndexOption, QuietOption, format_count, format_size, refuse_given
from retriever_cli.render.report import format_pending

EXAMPLES = """\b
Examples:
  retriever map
  retriever map 怎样给老旧小区装电梯？ --out lifts.html
  retriever map "who pays for lifts" --out lifts.png -k 5
  retriever map --where 'year >= 2021' --clusters 12 --index work
"""
FORMATS = (".html", ".png", ".json")
HITS = 10


def draw_map(
    question: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUESTION",
            show_default=False,
            help="A question whose hits are marked. Use - to read it from standard input.",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The file to write: a page (.html), a picture (.png) or data (.json)."
        ),
    ] = Path("map.html"),
    index: IndexOption = "default",
    k: Annotated[int, typer.Option("-k", "--hits", metavar="N", min=1, help="Number of hits to mark.")] = HITS,
    mode: Annotated[
        Mode, typer.Option(help="Find hits by meaning and words (hybrid), by meaning (dense) or by words (lexical).")
    ] = "hybrid",
    where: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR",
            show_default=False,
            help='Show only matching passages, e.g. "year >= 2021".',
            autocompletion=complete_filter,
        ),
    ] = None,
    clusters: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default=False, help="Make N clusters. [default: as many as fit]"),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="Show at most N passages; of more, a sample.")
    ] = 50_000,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Draw the passages of an index as a map.

    Each passage is a dot, and near ones mean alike. Clusters are named by their own words; near-duplicates are linked.
    Needs the extra `map`: without it the error says how to install it.
    """
    set_quiet(quiet)
    if not question:
        given = {"--hits": k != HITS, "--mode": mode != "hybrid"}
        refuse_given(given, "needs a QUESTION", hint="give the question, too: retriever map QUESTION")
    _check_file(out, force=force)
    text = read_query(question) if question else None
    folder = index_path(index)
    from retriever import Retriever

    with Retriever.open(folder) as retriever:
        notice("drawing the map; some thousand passages take half a minute")
        drawn = retriever.map(text, k=k, mode=mode, where=where, clusters=clusters, limit=limit)
        waiting = format_pending(retriever.status().pending)
    # Passages without a vector have no place on the map.
    if not drawn.points:
        for message in ("nothing to draw", *(waiting or [f"hint: {_advise(where)}"])):
            notice(message)
        raise typer.Exit(NO_HITS)
    for message in (*drawn.save(out, overwrite=force), *waiting):
        notice(message)
    show(f"{escape_line(str(out))}: {_describe(drawn)}, {format_size(out.stat().st_size)}\n")


def _advise(where: str | None) -> str:
    """What to change where a map has no passage."""
    if where is None:
        return "`retriever status` shows what the index contains"
    return "no passage matches --where; remove it to draw all passages"


def _check_file(out: Path, *, force: bool) -> None:
    """Raise UsageError for a file that cannot be written, before a minute is spent on drawing."""
    if out.suffix.lower() not in FORMATS:
        raise UsageError(
            f"a map cannot be written as {str(out)!r}",
            hint=f"end its name in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}",
        )
    mode = None
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            mode = out.stat().st_mode  # which errors ``exists`` hides depends on the version of Python
    except OSError as error:  # a name that is too long, a folder that may not be entered
        reason = error.strerror or str(error)
        raise UsageError(f"{out} cannot be written: {reason}", hint="name another file") from error
    if mode is not None and not stat.S_ISREG(mode):
        raise UsageError(f"{out} is not a regular file", hint="name a file")
    if mode is not None and not force:
        raise UsageError(f"{out} already exists", hint="name another file, or overwrite it with --force")
    if not out.parent.is_dir():
        raise UsageError(f"there is no folder {str(out.parent)!r}", hint="create it first")


def _describe(drawn: CorpusMap) -> str:
    shown = format_count(drawn.passages, "passage")
    if drawn.is_sample:
        shown = f"{len(drawn.points):,} of {shown}, a sample"
    parts = [shown, format_count(len(drawn.clusters), "cluster")]
    if drawn.links:
        parts.append(f"{format_count(len(drawn.links), 'pair')} of near-duplicates")
    if drawn.question is not None:
        parts.append(format_count(len(drawn.hits), "hit"))
    return ", ".join(parts)
