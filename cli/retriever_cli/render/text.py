"""Hits as text: score, title and headings, the passage with its highlights, and the citation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from retriever import Hit, Neighbour, SearchResponse, Span
from retriever_cli.console import escape_controls, escape_line, is_quiet, note, text_width
from retriever_cli.home import show_indexes
from retriever_cli.messages import localise, localise_all
from retriever_cli.pager import page
from retriever_cli.render.doubts import describe_doubts, is_unlikely
from retriever_cli.render.explanation import format_explanation
from retriever_cli.render.layout import cell_width, fold, select_excerpt, wrap, wrap_text
from retriever_cli.render.marks import CITATION, INDENT, QUIET, RANK, append_lines, append_marked
from retriever_cli.render.pending import describe_pending
from retriever_cli.render.short import append_short
from retriever_cli.render.styled import StyledText

# Neighbours have a bar before them, for terminals and files without styles.
NEIGHBOUR_INDENT = "  | "
# Longer passages are folded to the part that answers.
FOLDED_LINES = 6
# Longer heading trails are cut, and of further duplicates only the number is shown.
TRAIL_LINES = 4
LISTED_DUPLICATES = 5

_TRAIL = "bold cyan"


@dataclass(frozen=True, slots=True)
class View:
    """How much of each hit text shows: ``full`` passages, or in ``short`` two lines; ``pager`` where it is long."""

    full: bool = False
    short: bool = False
    pager: bool = True


def print_hits(response: SearchResponse, view: View) -> None:
    """Print every hit of a response, and before them a line if they do not seem to answer."""
    remarks = [] if is_quiet() else [*filter(None, (describe_pending(response), describe_doubts(response)))]
    terminal = sys.stdout.isatty()
    for remark in [] if terminal else remarks:
        note(remark)
    shown = [fold(localise(remark, sys.stdout), text_width()) for remark in remarks] if terminal else []
    indexes = show_indexes({hit.index for hit in response.hits} - {response.location})
    for hit in response.hits:
        text = format_hit(hit, text_width(), view, faint=is_unlikely(hit), index=indexes.get(hit.index, ""))
        shown.append(text.render(sys.stdout))
    # A blank line between hits, and after a remark.
    page(("\n" if view.short else "\n\n").join(shown) + ("\n" if shown else ""), wanted=view.pager)


def format_hit(hit: Hit, columns: int, view: View, *, faint: bool = False, index: str = "") -> StyledText:
    """A hit, with the neighbours it has, for a width of ``columns``; ``faint`` if it does not look like an answer.

    ``index`` is shown where hits are from several.
    """
    result = StyledText()
    if view.short:
        append_short(result, hit, columns, index)
    else:
        _append_all(result, hit, columns, full=view.full, index=index)
    return result.restyle(QUIET) if faint else result


def _append_all(result: StyledText, hit: Hit, columns: int, *, full: bool, index: str) -> None:
    _append_title(result, hit, columns)
    width = columns - len(INDENT)
    for neighbour in hit.before:
        _append_neighbour(result, neighbour, width, full=full)
    _append_passage(result, hit, width, full=full)
    for neighbour in hit.after:
        _append_neighbour(result, neighbour, width, full=full)
    append_lines(result, escape_line(hit.citation), width, CITATION)
    if hit.recognised is not None:
        append_lines(
            result, localise(f"recognised on a picture, confidence {hit.recognised:.2f}", sys.stdout), width, QUIET
        )
    if index:
        append_lines(result, localise(f"in the index {escape_line(index)}", sys.stdout), width, QUIET)
    for line in _format_duplicates(hit):
        append_lines(result, localise(line, sys.stdout), width, QUIET)
    for line in localise_all(*format_explanation(hit), stream=sys.stdout):
        append_lines(result, line, width, QUIET)


def _append_title(result: StyledText, hit: Hit, columns: int) -> None:
    """Append rank, score and heading trail."""
    rank = f"{hit.rank:>2}. {hit.score:.2f}"
    result.append(rank, style=RANK)
    trail, width = format_trail(hit) or escape_line(hit.source), columns - len(rank) - 2
    names = wrap_text(trail, width)
    if is_cut := len(names) > TRAIL_LINES:
        # The mark has to fit, too.
        names = wrap_text(trail, width - 1)[:TRAIL_LINES]
    for i, line in enumerate(names):
        result.append("  " if i == 0 else "\n" + " " * (len(rank) + 2))
        result.append(line, style=_TRAIL)
    if is_cut:
        result.append("…", style=QUIET)


def _format_duplicates(hit: Hit) -> list[str]:
    """The places of a hit's duplicates, each once."""
    places = list(dict.fromkeys(escape_line(one.citation) for one in hit.duplicates))
    listed = [f"also in {place}" for place in places[:LISTED_DUPLICATES]]
    more = len(places) - LISTED_DUPLICATES
    return [*listed, f"and in {more:,} more {'place' if more == 1 else 'places'}"] if more > 0 else listed


def format_trail(hit: Hit) -> str:
    """Title and headings, outermost first. The title is left out if it is the first heading, too."""
    names = [hit.title, *hit.heading] if hit.title and hit.title not in hit.heading[:1] else list(hit.heading)
    return escape_line(" › ".join(" ".join(name.split()) for name in names if name.strip()))


def _append_passage(result: StyledText, hit: Hit, width: int, *, full: bool) -> None:
    text = escape_controls(hit.text)
    marked = (*hit.highlights, hit.sentence) if hit.sentence else hit.highlights
    shown = _select_visible(text, marked, width, full=full)
    for i, line in enumerate(lines := _wrap_visible(text, shown, width)):
        result.append(f"\n{INDENT}")
        if i == 0 and shown.start > 0:
            result.append("…", style=QUIET)
        append_marked(result, text, line, hit)
        if i == len(lines) - 1 and shown.end < len(text):
            result.append("…", style=QUIET)


def _append_neighbour(result: StyledText, neighbour: Neighbour, width: int, *, full: bool) -> None:
    text = escape_controls(neighbour.text)
    shown = _select_visible(text, (), width, full=full)
    for line in _wrap_visible(text, shown, width):
        result.append(f"\n{NEIGHBOUR_INDENT}{text[line.start : line.end]}", style=QUIET)
    if shown.end < len(text):
        result.append("…", style=QUIET)


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
