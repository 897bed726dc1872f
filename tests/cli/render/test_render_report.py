"""The report of a sync, as text."""

from __future__ import annotations

from retriever import SkippedSource, SyncReport
from retriever_cli.render.report import LISTED, format_summary


def _make_report(*skipped: SkippedSource) -> SyncReport:
    return SyncReport(1, committed=True, skipped=skipped)


def test_what_is_skipped_in_one_file_does_not_hide_other_files() -> None:
    parts = [SkippedSource(f"a.zip!{number}.txt", "it is broken") for number in range(1000 + LISTED)]
    listed = format_summary(_make_report(*parts, SkippedSource("b.pdf", "it is broken")), "i").partition("skipped\n")[2]
    assert listed.count("a.zip!") == LISTED
    assert listed.splitlines()[-2:] == [
        "  b.pdf: it is broken",
        "  a.zip: 1,000 more in it; --format json lists all",
    ]
