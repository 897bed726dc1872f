"""Hits in two lines: rank, score and citation, and the sentence that answers."""

from __future__ import annotations

from retriever import Hit, Span
from retriever_cli.console import escape_line
from retriever_cli.render.layout import select_excerpt, wrap_text
from retriever_cli.render.marks import CITATION, INDENT, QUIET, RANK, append_marked
from retriever_cli.render.styled import StyledText


def append_short(result: StyledText, hit: Hit, columns: int, index: str = "") -> None:
    """Append a hit in two lines; a citation that is wider than ``columns`` takes more. ``index`` is put after it."""
    rank = f"{hit.rank:>2}. {hit.score:.2f}"
    result.append(rank, style=RANK)
    for i, line in enumerate(
        wrap_text(escape_line(f"{hit.citation} in {index}" if index else hit.citation), columns - len(rank) - 2)
    ):
        result.append("  " if i == 0 else "\n" + " " * (len(rank) + 2))
        result.append(line, style=CITATION)
    text = escape_line(hit.text).replace("␊", " ")
    shown = _select_line(text, hit, columns - len(INDENT) - 2)
    result.append(f"\n{INDENT}")
    result.append("…" if shown.start > 0 else "", style=QUIET)
    append_marked(result, text, shown, hit)
    result.append("…" if shown.end < len(text) else "", style=QUIET)


def _select_line(text: str, hit: Hit, width: int) -> Span:
    """The sentence that answers, or the part of it with the most highlights, without spaces at its ends."""
    sentence = hit.sentence or Span(0, len(text))
    marks = [
        Span(max(span.start, sentence.start) - sentence.start, min(span.end, sentence.end) - sentence.start)
        for span in hit.highlights
        if span.start < sentence.end and span.end > sentence.start
    ]
    part = select_excerpt(text[sentence.start : sentence.end], marks, width, newline=1)
    start, end = sentence.start + part.start, sentence.start + part.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
