"""The check of an answer as text: a claim a line, with what supports it or why nothing does."""

from __future__ import annotations

import sys

from retriever import CitationReport, Claim
from retriever_cli.console import escape_line
from retriever_cli.messages import localise
from retriever_cli.options import format_count

_MOST_SUPPORTS = 3


def format_claims(report: CitationReport) -> str:
    """Each claim marked + or -, its support, and the counts at the end."""
    lines = [line for claim in report.claims for line in _describe(claim)]
    wrong = len(report.unsupported)
    counts = f"{format_count(len(report.claims), 'claim')}: {len(report.claims) - wrong} supported, {wrong} not"
    lines.append(localise(counts, sys.stdout))
    if not report.by_meaning:
        lines.append(localise("compared by quotation, figures and names only", sys.stdout))
    return "".join(f"{escape_line(line)}\n" for line in lines)


def _describe(claim: Claim) -> list[str]:
    lines = [f"{'+' if claim.supported else '-'} {' '.join(claim.text.split())}"]
    best: dict[tuple[int, str], float] = {}
    for support in claim.by:
        best.setdefault((support.excerpt, support.kind), support.score)
    if claim.supported:
        shown = list(best.items())[:_MOST_SUPPORTS]
        supports = ", ".join(f"[{number}] {kind} {score:.2f}" for (number, kind), score in shown)
        lines.append(localise(f"  {supports}", sys.stdout))
    return lines + [localise(f"  {reason}", sys.stdout) for reason in claim.reasons]
