"""The styles of hits, and lines with highlights."""

from __future__ import annotations

from itertools import pairwise

from retriever import Hit, Span
from retriever_cli.render.layout import wrap_text
from retriever_cli.render.styled import StyledText

INDENT = "    "
RANK = "bold"
QUIET = "dim"
CITATION = "green"
_MATCH = "bold yellow"
_SENTENCE = "underline"


def append_lines(result: StyledText, text: str, width: int, style: str) -> None:
    """Append indented lines of one style, each on a line of its own."""
    for line in wrap_text(text, width):
        result.append(f"\n{INDENT}")
        result.append(line, style=style)


def append_marked(result: StyledText, text: str, line: Span, hit: Hit) -> None:
    """Append a line of the passage, with highlights in colour and the answering sentence underlined."""
    sentence = hit.sentence or Span(0, 0)
    edges = {line.start, line.end, sentence.start, sentence.end}
    edges.update(edge for span in hit.highlights for edge in (span.start, span.end))
    inside = sorted(edge for edge in edges if line.start <= edge <= line.end)
    for start, end in pairwise(inside):
        styles = [_SENTENCE] if sentence.start <= start < sentence.end else []
        styles += [_MATCH] if any(span.start <= start < span.end for span in hit.highlights) else []
        result.append(text[start:end], style=" ".join(styles))
