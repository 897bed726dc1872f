"""The report of a sync, for people and as JSON. Nothing is indexed here."""

from __future__ import annotations

from pathlib import Path

from retriever import SyncReport
from retriever_cli.console import one_line
from retriever_cli.options import counted

# In front of each file that differs, as version control has it.
MARKS = {"added": "+", "changed": "~", "moved": ">", "removed": "-"}


def summary(report: SyncReport, folder: Path, *, files: bool = False) -> str:
    """What a sync did, in lines for people; with ``files`` each file that differed."""
    would = "would be " if report.dry_run else ""
    generation = "nothing was written" if report.dry_run else f"generation {report.generation}"
    kept = "" if report.committed or report.dry_run else " (as before)"
    held = f"{counted(report.documents, 'document')}, {counted(report.passages, 'passage')}"
    lines = [
        f"documents  {_happened(report) or 'nothing to index'}{' (dry run)' if report.dry_run else ''}",
        f"passages   {report.embedded:,} {would}embedded, {report.reused:,} reused",
        f"index      {folder}: {held}, {generation}{kept}",
        f"time       {_duration(report.seconds)}",
    ]
    if report.skipped:
        lines.append("skipped")
        lines += [f"  {item.source}: {item.reason}" for item in report.skipped]
    listed = file_lines(report) if files else ""
    return listed + "".join(f"{one_line(line)}\n" for line in lines)


def file_lines(report: SyncReport) -> str:
    """The files of which a document was added, changed, moved or removed, a line each."""
    names = [(item.what, f"{item.before} > {item.source}" if item.before else item.source) for item in report.files]
    return "".join(f"{MARKS[what]} {one_line(name)}\n" for what, name in names)


def change_line(report: SyncReport, when: str) -> str:
    """What one sync of a watch did, in one line."""
    happened = _happened(report, unchanged=False) or "nothing changed"
    return one_line(
        f"{when}  {happened}; {counted(report.embedded, 'passage')} embedded, {_duration(report.seconds)}, "
        f"{counted(report.documents, 'document')}, generation {report.generation}"
    )


def report_json(report: SyncReport, folder: Path, *, compact: bool = False) -> str:
    """The report as one JSON object, on one line where it is ``compact``."""
    from retriever_cli.render.json import document

    return document({"index": str(folder), **report.to_dict()}, compact=compact)


def _happened(report: SyncReport, *, unchanged: bool = True) -> str:
    counts = [("added", report.added), ("changed", report.changed), ("moved", report.moved)]
    counts += [("removed", report.removed), ("unchanged", report.unchanged if unchanged else 0)]
    counts.append(("skipped", len(report.skipped)))
    return ", ".join(f"{count:,} {what}" for what, count in counts if count)


def _duration(seconds: float) -> str:
    """A time for people: ``0.4 s``, ``2 min 5 s``, ``1 h 3 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
