"""Hits for people: score, title and heading trail, the passage with matched words marked, the citation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from retriever import Contribution, Hit, Neighbour, SearchResponse, Span
from retriever_cli.console import one_line, printable, styled, width
from retriever_cli.render.layout import excerpt, wrap

if TYPE_CHECKING:
    from rich.text import Text

INDENT = "    "
# A passage longer than this many lines is folded to the part that answers.
FOLDED_LINES = 6
# A trail longer than this many lines is cut, and of more duplicates than this only the number is told.
TRAIL_LINES = 4
LISTED_DUPLICATES = 5
# Columns of rank and score before the heading trail.
_PREFIX = 10

_RANK = "bold"
_TRAIL = "bold cyan"
_MATCH = "bold yellow"
_SENTENCE = "underline"
_QUIET = "dim"
_CITATION = "green"


def print_hits(response: SearchResponse, *, full: bool) -> None:
    """Print every hit of a response; nothing for none. ``full`` shows long passages unfolded."""
    console = styled(sys.stdout)
    for hit in response.hits:
        if hit.rank > 1:
            console.print()
        console.print(hit_text(hit, width(), full=full))
    sys.stdout.flush()


def hit_text(hit: Hit, columns: int, *, full: bool) -> Text:
    """One hit set for ``columns`` columns, its neighbours around it where they were asked for."""
    from rich.text import Text

    result = Text(no_wrap=True)
    result.append(f"{hit.rank:>2}. {hit.score:.2f}", style=_RANK)
    names = _lines(trail(hit) or one_line(hit.source), columns - _PREFIX)
    for i, line in enumerate(names[:TRAIL_LINES]):
        result.append("  " if i == 0 else "\n" + " " * _PREFIX)
        result.append(line, style=_TRAIL)
    if len(names) > TRAIL_LINES:
        result.append("…", style=_QUIET)
    room = columns - len(INDENT)
    for neighbour in hit.before:
        _append_neighbour(result, neighbour, room, full=full)
    _append_passage(result, hit, room, full=full)
    for neighbour in hit.after:
        _append_neighbour(result, neighbour, room, full=full)
    result.append(f"\n{INDENT}")
    result.append(one_line(hit.citation), style=_CITATION)
    for line in _also_in(hit):
        result.append(f"\n{INDENT}{line}", style=_QUIET)
    for part in hit.explanation:
        for line in _lines(one_line(f"{part.stage}: {part.text}{_effect(part)}"), room):
            result.append(f"\n{INDENT}{line}", style=_QUIET)
    return result


def _also_in(hit: Hit) -> list[str]:
    """Where the duplicates of a hit are, each place once."""
    places = list(dict.fromkeys(f"{one_line(one.source)}:{one.line}" for one in hit.duplicates))
    listed = [f"also in {place}" for place in places[:LISTED_DUPLICATES]]
    more = len(places) - LISTED_DUPLICATES
    return [*listed, f"and in {more:,} more {'place' if more == 1 else 'places'}"] if more > 0 else listed


def _effect(part: Contribution) -> str:
    return "" if part.effect is None else f" ({part.effect:+.2f} of the score)"


def trail(hit: Hit) -> str:
    """Title and headings, outermost first; the title is left out where the trail begins with it."""
    names = [hit.title, *hit.heading] if hit.title and hit.title not in hit.heading[:1] else list(hit.heading)
    return one_line(" › ".join(" ".join(name.split()) for name in names if name.strip()))


def _append_passage(result: Text, hit: Hit, room: int, *, full: bool) -> None:
    text = printable(hit.text)
    marked = (*hit.highlights, hit.sentence) if hit.sentence else hit.highlights
    shown = _shown(text, marked, room, full=full)
    for i, line in enumerate(lines := _filled(wrap(text, shown, room))):
        result.append(f"\n{INDENT}")
        if i == 0 and shown.start > 0:
            result.append("…", style=_QUIET)
        _append_marked(result, text, line, hit)
        if i == len(lines) - 1 and shown.end < len(text):
            result.append("…", style=_QUIET)


def _append_marked(result: Text, text: str, line: Span, hit: Hit) -> None:
    """A line of the passage: words that match stand out, the sentence that answers is underlined."""
    sentence = hit.sentence or Span(0, 0)
    edges = {line.start, line.end, sentence.start, sentence.end}
    edges.update(edge for span in hit.highlights for edge in (span.start, span.end))
    inside = sorted(edge for edge in edges if line.start <= edge <= line.end)
    for start, end in pairwise(inside):
        styles = [_SENTENCE] if sentence.start <= start < sentence.end else []
        styles += [_MATCH] if any(span.start <= start < span.end for span in hit.highlights) else []
        result.append(text[start:end], style=" ".join(styles))


def _append_neighbour(result: Text, neighbour: Neighbour, room: int, *, full: bool) -> None:
    text = printable(neighbour.text)
    shown = _shown(text, (), room, full=full)
    for line in _filled(wrap(text, shown, room)):
        result.append(f"\n{INDENT}{text[line.start : line.end]}", style=_QUIET)
    if shown.end < len(text):
        result.append("…", style=_QUIET)


def _filled(lines: list[Span]) -> list[Span]:
    """The lines with something on them: empty ones separate hits, not the paragraphs of one."""
    return [line for line in lines if line.start < line.end]


def _shown(text: str, highlights: Sequence[Span], room: int, *, full: bool) -> Span:
    """All of the text, or what of it goes on the folded lines; a line that the text breaks is half full."""
    return Span(0, len(text)) if full else excerpt(text, highlights, FOLDED_LINES * room, newline=room // 2)


def _lines(text: str, columns: int) -> list[str]:
    return [text[line.start : line.end] for line in wrap(text, Span(0, len(text)), columns)]
