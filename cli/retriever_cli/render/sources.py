"""The sources of an index, as text."""

from __future__ import annotations

from collections.abc import Sequence

from retriever import IndexStatistics, RemoveReport, Source, SourceStatistics
from retriever_cli.console import escape_line
from retriever_cli.options import format_count, format_size


def format_sources(status: IndexStatistics, option: str) -> str:
    """Each source with its documents, path and options; ``option`` is the ``--index`` of the next command."""
    lines: list[str] = []
    for item in status.sources:
        lines += [f"{item.source.name}: {format_count(item.documents, 'document')}", f"  {item.source.path}"]
        lines += [f"  {options}"] if (options := format_options(item.source)) else []
        lines += [] if item.exists else [f"  no longer there; to remove its documents: retriever forget SOURCE{option}"]
    if not status.sources:
        lines.append(f"no sources remembered; name them: retriever index SOURCE...{option}")
    if status.program_documents:
        lines.append(format_program_documents(status))
    return "".join(f"{escape_line(line)}\n" for line in lines)


def list_sources(status: IndexStatistics) -> list[str]:
    """The sources in a line each, and one for what programs added."""
    lines = [_summarise(item) for item in status.sources]
    return [*lines, format_program_documents(status)] if status.program_documents else lines


def format_options(source: Source) -> str:
    """The options of a source that differ from the default; empty where none does."""
    options = [f"encoding {source.encoding}"] if source.encoding else []
    if source.max_file_size is None:
        options.append("no file size limit")
    elif source.max_file_size != Source("", "").max_file_size:
        options.append(f"files up to {format_size(source.max_file_size)}")
    if source.follow:
        options.append("links followed")
    return ", ".join(options)


def format_program_documents(status: IndexStatistics) -> str:
    """The line of what programs added."""
    return f"added by programs: {format_count(status.program_documents, 'document')}"


def format_forgotten(sources: Sequence[str], report: RemoveReport) -> str:
    """What forgetting sources did, as text."""
    lines = [
        f"forgotten  {', '.join(sources)}",
        f"documents  {report.removed:,} removed, {report.documents:,} left, generation {report.generation}",
    ]
    return "".join(f"{escape_line(line)}\n" for line in lines)


def _summarise(item: SourceStatistics) -> str:
    gone = "" if item.exists else ", no longer there"
    return f"{item.source.name}: {format_count(item.documents, 'document')}{gone}"
