"""The check of an answer as text: a claim a line, with what supports it or why nothing does."""

from __future__ import annotations

from retriever import CitationReport, Claim
from retriever_cli.console import escape_line
from retriever_cli.options import format_count

_MOST_SUPPORTS = 3


def format_claims(report: CitationReport) -> str:
    """Each claim marked + or -, its support, and the counts at the end."""
    lines = [line for claim in report.claims for line in _describe(claim)]
    wrong = len(report.unsupported)
    lines.append(f"{format_count(len(report.claims), 'claim')}: {len(report.claims) - wrong} supported, {wrong} not")
    if not report.by_meaning:
        lines.append("compared by quotation, figures and names only")
    return "".join(f"{escape_line(line)}\n" for line in lines)


def _describe(claim: Claim) -> list[str]:
    lines = [f"{'+' if claim.supported else '-'} {' '.join(claim.text.split())}"]
    best: dict[tuple[int, str], float] = {}
    for support in claim.by:
        best.setdefault((support.excerpt, support.kind), support.score)
    if claim.supported:
        shown = list(best.items())[:_MOST_SUPPORTS]
        lines.append("  " + ", ".join(f"[{number}] {kind} {score:.2f}" for (number, kind), score in shown))
    return lines + [f"  {reason}" for reason in claim.reasons]
