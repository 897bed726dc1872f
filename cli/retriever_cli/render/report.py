"""The report of a sync, as text and as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from retriever import SkippedSource, SyncReport
from retriever_cli.advice import for_shell
from retriever_cli.console import escape_line
from retriever_cli.options import format_count

# The mark before each file that differs, as in version control.
MARKS = {"added": "+", "changed": "~", "moved": ">", "removed": "-"}
# Of the parts of one file that are skipped, so many are listed: an archive may hold thousands of damaged ones.
LISTED = 20
PART = re.compile("!|#page=")


def format_summary(report: SyncReport, folder: Path | str, *, files: bool = False) -> str:
    """What a sync did, as text; ``files`` adds each file that differs."""
    would = "would be " if report.dry_run else ""
    generation = "nothing written" if report.dry_run else f"generation {report.generation}"
    kept = "" if report.committed or report.dry_run else " (unchanged)"
    held = f"{format_count(report.documents, 'document')}, {format_count(report.passages, 'passage')}"
    lines = [
        f"documents  {_format_counts(report) or 'nothing to index'}{' (dry run)' if report.dry_run else ''}",
        f"passages   {report.embedded:,} {would}embedded, {report.reused:,} reused",
        *format_pending(report.pending),
        f"index      {folder}: {held}, {generation}{kept}",
        f"time       {_format_duration(report.seconds)}",
    ]
    if report.skipped:
        lines.append("skipped")
        lines += _list_skipped(report.skipped)
    listed = format_files(report) if files else ""
    return listed + "".join(f"{escape_line(line)}\n" for line in lines)


def _list_skipped(skipped: Iterable[SkippedSource]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for item in skipped:
        file = PART.split(item.source, maxsplit=1)[0]
        counts[file] += 1
        if counts[file] <= LISTED:
            yield f"  {item.source}: {for_shell(item.reason)}"
    for file, count in counts.items():
        if count > LISTED:
            yield f"  {file}: {count - LISTED:,} more in it; --format json lists all"


def format_pending(passages: int) -> list[str]:
    """A line about the passages whose vectors are still to come; none where there are none."""
    if not passages:
        return []
    return [f"pending    {format_count(passages, 'passage')} without a vector; `retriever index` embeds them"]


def format_files(report: SyncReport) -> str:
    """The files with added, changed, moved or removed documents, one per line."""
    names = [(item.what, f"{item.before} > {item.source}" if item.before else item.source) for item in report.files]
    return "".join(f"{MARKS[what]} {escape_line(name)}\n" for what, name in names)


def format_change(report: SyncReport, when: str) -> str:
    """What a sync of a watch did, in one line."""
    counts = _format_counts(report, unchanged=False) or "nothing changed"
    return escape_line(
        f"{when}  {counts}; {format_count(report.embedded, 'passage')} embedded, {_format_duration(report.seconds)}, "
        f"{format_count(report.documents, 'document')}, generation {report.generation}"
    )


def format_report_json(report: SyncReport, folder: Path | str, *, compact: bool = False) -> str:
    """The report as one JSON object, on one line if ``compact``."""
    from retriever_cli.render.json import format_json

    return format_json({"index": str(folder), **report.to_dict()}, compact=compact)


def _format_counts(report: SyncReport, *, unchanged: bool = True) -> str:
    counts = [("added", report.added), ("changed", report.changed), ("moved", report.moved)]
    counts += [("removed", report.removed), ("unchanged", report.unchanged if unchanged else 0)]
    counts.append(("skipped", len(report.skipped)))
    return ", ".join(f"{count:,} {what}" for what, count in counts if count)


def _format_duration(seconds: float) -> str:
    """Format a time for people: ``0.4 s``, ``2 min 5 s``, ``1 h 3 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
