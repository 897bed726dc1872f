"""Hits as text: score, title and headings, the passage with its highlights, and the citation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from retriever import Contribution, Hit, Neighbour, SearchResponse, Span
from retriever_cli.console import escape_controls, escape_line, make_console, text_width
from retriever_cli.render.layout import cell_width, select_excerpt, wrap

if TYPE_CHECKING:
    from rich.text import Text

INDENT = "    "
# Longer passages are folded to the part that answers.
FOLDED_LINES = 6
# Longer heading trails are cut, and of further duplicates only the number is shown.
TRAIL_LINES = 4
LISTED_DUPLICATES = 5

_RANK = "bold"
_TRAIL = "bold cyan"
_MATCH = "bold yellow"
_SENTENCE = "underline"
_QUIET = "dim"
_CITATION = "green"


def print_hits(response: SearchResponse, *, full: bool) -> None:
    """Print every hit of a response. ``full`` prints long passages unfolded."""
    console = make_console(sys.stdout)
    for hit in response.hits:
        if hit.rank > 1:
            console.print()
        console.print(format_hit(hit, text_width(), full=full))
    sys.stdout.flush()


def format_hit(hit: Hit, columns: int, *, full: bool) -> Text:
    """A hit, with the neighbours it has, for a width of ``columns``."""
    from rich.text import Text

    result = Text(no_wrap=True)
    _append_title(result, hit, columns)
    width = columns - len(INDENT)
    for neighbour in hit.before:
        _append_neighbour(result, neighbour, width, full=full)
    _append_passage(result, hit, width, full=full)
    for neighbour in hit.after:
        _append_neighbour(result, neighbour, width, full=full)
    _append_lines(result, escape_line(hit.citation), width, _CITATION)
    for line in _format_duplicates(hit):
        _append_lines(result, line, width, _QUIET)
    for part in hit.explanation:
        _append_lines(result, escape_line(f"{part.stage}: {part.text}{_format_effect(part)}"), width, _QUIET)
    return result


def _append_title(result: Text, hit: Hit, columns: int) -> None:
    """Append rank, score and heading trail."""
    rank = f"{hit.rank:>2}. {hit.score:.2f}"
    result.append(rank, style=_RANK)
    trail, width = format_trail(hit) or escape_line(hit.source), columns - len(rank) - 2
    names = _wrap_text(trail, width)
    if is_cut := len(names) > TRAIL_LINES:
        # The mark has to fit, too.
        names = _wrap_text(trail, width - 1)[:TRAIL_LINES]
    for i, line in enumerate(names):
        result.append("  " if i == 0 else "\n" + " " * (len(rank) + 2))
        result.append(line, style=_TRAIL)
    if is_cut:
        result.append("…", style=_QUIET)


def _append_lines(result: Text, text: str, width: int, style: str) -> None:
    for line in _wrap_text(text, width):
        result.append(f"\n{INDENT}")
        result.append(line, style=style)


def _format_duplicates(hit: Hit) -> list[str]:
    """The places of a hit's duplicates, each once."""
    places = list(dict.fromkeys(escape_line(one.citation) for one in hit.duplicates))
    listed = [f"also in {place}" for place in places[:LISTED_DUPLICATES]]
    more = len(places) - LISTED_DUPLICATES
    return [*listed, f"and in {more:,} more {'place' if more == 1 else 'places'}"] if more > 0 else listed


def _format_effect(part: Contribution) -> str:
    return "" if part.effect is None else f" ({part.effect:+.2f} of the score)"


def format_trail(hit: Hit) -> str:
    """Title and headings, outermost first. The title is left out if it is the first heading, too."""
    names = [hit.title, *hit.heading] if hit.title and hit.title not in hit.heading[:1] else list(hit.heading)
    return escape_line(" › ".join(" ".join(name.split()) for name in names if name.strip()))


def _append_passage(result: Text, hit: Hit, width: int, *, full: bool) -> None:
    text = escape_controls(hit.text)
    marked = (*hit.highlights, hit.sentence) if hit.sentence else hit.highlights
    shown = _select_visible(text, marked, width, full=full)
    for i, line in enumerate(lines := _wrap_visible(text, shown, width)):
        result.append(f"\n{INDENT}")
        if i == 0 and shown.start > 0:
            result.append("…", style=_QUIET)
        _append_marked(result, text, line, hit)
        if i == len(lines) - 1 and shown.end < len(text):
            result.append("…", style=_QUIET)


def _append_marked(result: Text, text: str, line: Span, hit: Hit) -> None:
    """Append a line of the passage, with highlights in colour and the answering sentence underlined."""
    sentence = hit.sentence or Span(0, 0)
    edges = {line.start, line.end, sentence.start, sentence.end}
    edges.update(edge for span in hit.highlights for edge in (span.start, span.end))
    inside = sorted(edge for edge in edges if line.start <= edge <= line.end)
    for start, end in pairwise(inside):
        styles = [_SENTENCE] if sentence.start <= start < sentence.end else []
        styles += [_MATCH] if any(span.start <= start < span.end for span in hit.highlights) else []
        result.append(text[start:end], style=" ".join(styles))


def _append_neighbour(result: Text, neighbour: Neighbour, width: int, *, full: bool) -> None:
    text = escape_controls(neighbour.text)
    shown = _select_visible(text, (), width, full=full)
    for line in _wrap_visible(text, shown, width):
        result.append(f"\n{INDENT}{text[line.start : line.end]}", style=_QUIET)
    if shown.end < len(text):
        result.append("…", style=_QUIET)


def _wrap_visible(text: str, shown: Span, width: int) -> list[Span]:
    """The lines of the part to show, with room for the marks of what is left out before and after it.

    Empty lines are left out: one separates two hits, not two paragraphs.
    """
    begin = next((i for i in range(shown.start, shown.end) if not text[i].isspace()), shown.start)
    lines = wrap(text, Span(begin, shown.end), width, first=width - (shown.start > 0))
    if shown.end < len(text) and cell_width(text[lines[-1].start : lines[-1].end]) >= width:
        lines[-1:] = wrap(text, lines[-1], width - 1)
    return [line for line in lines if line.start < line.end]


def _select_visible(text: str, highlights: Sequence[Span], width: int, *, full: bool) -> Span:
    """The part of the text to show. Folded text counts a line break as half a line."""
    return Span(0, len(text)) if full else select_excerpt(text, highlights, FOLDED_LINES * width, newline=width // 2)


def _wrap_text(text: str, columns: int) -> list[str]:
    return [text[line.start : line.end] for line in wrap(text, Span(0, len(text)), columns)]
