"""``retriever status`` and ``retriever verify``: shows what an index contains, and checks it for damage."""

from __future__ import annotations

import shlex
from itertools import zip_longest
from typing import Annotated

import typer

from retriever import IndexStatistics, Problem
from retriever_cli.advice import for_shell
from retriever_cli.console import escape_line, show, write
from retriever_cli.failures import INDEX
from retriever_cli.home import index_path
from retriever_cli.options import IndexOption, ReportFormatOption, format_count, format_size, index_option
from retriever_cli.render.sources import list_sources

STATUS_EXAMPLES = """\b
Examples:
  retriever status
  retriever status --index work --format json
"""
VERIFY_EXAMPLES = """\b
Examples:
  retriever verify
  retriever verify --index work --fast
  retriever verify --format json
"""


def status(index: IndexOption = "default", format: ReportFormatOption = "text") -> None:
    """Show what an index contains and what to do next. Loads no model."""
    folder = index_path(index)
    from retriever import Retriever

    with Retriever.open(folder) as retriever:
        found = retriever.status()
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json(found.to_dict()))
        return
    show(describe(found, option=index_option(index)))


def describe(found: IndexStatistics, option: str) -> str:
    """The status as text, with the next command to run; ``option`` is its ``--index``."""
    total = sum(found.bytes.values())
    sizes = ", ".join(f"{kind} {format_size(size)}" for kind, size in found.bytes.items())
    ranked = sorted(found.languages.items(), key=lambda item: (-item[1], item[0]))
    languages = ", ".join(f"{code or 'unknown'} {count:,}" for code, count in ranked)
    sources = list_sources(found) or ["none"]
    lines = [
        f"index       {found.index}",
        f"generation  {found.generation}" + (f", created {found.created}" if found.created else ""),
        f"documents   {found.documents:,}",
        f"passages    {found.passages:,} in {format_count(found.segments, 'segment')}",
        f"languages   {languages or 'none'}",
        *(f"{label:12}{source}" for label, source in zip_longest(["sources"], sources, fillvalue="")),
        f"model       {found.model}, {found.dimension} dimensions" if found.model else "model       none yet",
        # Some engines tell no sizes.
        *([f"on disk     {format_size(total)} ({sizes})"] if total else []),
        f"next        {_advise(found, option)}",
    ]
    return "".join(f"{escape_line(line)}\n" for line in lines)


def _advise(found: IndexStatistics, option: str) -> str:
    """What to do next: what needs doing, else a search."""
    gone = [shlex.quote(item.source.name) for item in found.sources if not item.exists]
    if gone:
        return f"retriever forget {' '.join(gone)}{option}, unless it comes back"
    if not found.passages:
        return f"retriever index SOURCE...{option}"
    if found.pending:
        return f"retriever index{option}, to embed {format_count(found.pending, 'passage')}"
    if found.deleted > found.passages:
        return f"retriever compact{option}, because most of the index is deleted"
    return f"retriever search QUESTION{option}"


def verify(
    index: IndexOption = "default",
    deep: Annotated[
        bool,
        typer.Option("--deep/--fast", help="Check every checksum and cross-reference, or sizes and manifests only."),
    ] = True,
    format: ReportFormatOption = "text",
) -> None:
    """Check an index for damage. Changes nothing; the exit code is 3 if there are problems."""
    folder = index_path(index)
    from retriever import verify_index

    path = str(folder)
    problems = verify_index(folder, deep=deep)
    if format == "json":
        from retriever_cli.render.json import format_json

        write(format_json({"index": path, "deep": deep, "problems": [_as_dict(problem) for problem in problems]}))
    else:
        show("".join(_format_problem(problem) for problem in problems) or f"{escape_line(path)}: no problems found\n")
    if problems:
        raise typer.Exit(INDEX)


def _as_dict(problem: Problem) -> dict[str, str]:
    return {"where": problem.where, "message": problem.message, "hint": problem.hint}


def _format_problem(problem: Problem) -> str:
    hint = f"  hint: {escape_line(for_shell(problem.hint))}\n" if problem.hint else ""
    return f"{escape_line(problem.where)}: {escape_line(problem.message)}\n{hint}"
