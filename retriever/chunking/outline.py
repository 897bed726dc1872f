"""Finds the outline of plain text: its headings, their levels, and where their sections end.

A heading is a numbered line (一、…, Chapter 3) or a numbered opening of a paragraph (（一）…。 or 一是…。). Numbers
must be plausible: unless a style is unmistakable, it is accepted only if it starts with its first number and
continues. Levels follow the order in which a document nests its styles, so the same style may be level 1 in one
document and level 3 in another. No language is assumed and no text is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retriever.chunking.markers import Marker, find_item_marker, find_line_marker
from retriever.text.sentences import split_clauses, split_sentences
from retriever.types import Heading, Span

_DEEPEST = 32
_MAX_LINE_WIDTH = 160
_MAX_OPENING_WIDTH = 88
_ENDS_SENTENCE = "。！？!?…"
_ENDS_ITEM = "；;，,、"
_SET_OFF = re.compile("[：\u3000]|: |  ")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the offset at which its section ends."""

    heading: Heading
    end: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A marker and the span of its heading, before its number has been checked."""

    marker: Marker
    words: Span
    line_end: int


def find_sections(text: str) -> list[Section]:
    """The sections of a plain text, in order of their headings; [] if it has no outline."""
    return _nest(_accept(list(_find_candidates(text))), text)


def nest_headings(headings: Sequence[Heading], length: int) -> list[Section]:
    """The sections of marked-up headings: each ends at the next heading of its level or above, or at ``length``.

    Levels below ``_DEEPEST`` count as that, so that no passage has thousands of sections around it.
    """
    ends = [length] * len(headings)
    levels = [min(heading.level, _DEEPEST) for heading in headings]
    opened: list[int] = []
    for index, heading in enumerate(headings):
        while opened and levels[opened[-1]] >= levels[index]:
            ends[opened.pop()] = heading.start
        opened.append(index)
    return [Section(heading, end) for heading, end in zip(headings, ends, strict=True)]


def iter_lines(text: str) -> Iterator[Span]:
    """The spans of the lines that are not blank, stripped of surrounding space."""
    start = 0
    while start < len(text):
        newline = text.find("\n", start)
        end = len(text) if newline < 0 else newline
        line = text[start:end]
        stripped = line.strip()
        if stripped:
            first = start + line.index(stripped[0])
            yield Span(first, first + len(stripped))
        start = end + 1


def display_width(text: str) -> int:
    """The display width of a text in columns: a full-width character takes two."""
    return sum(2 if character >= "\u2e80" else 1 for character in text)


def _find_candidates(text: str) -> Iterator[_Candidate]:
    for line in iter_lines(text):
        marker = find_line_marker(text, line.start, line.end)
        if marker:
            words = _heading_span(text, marker, line)
            if words:
                yield _Candidate(marker, words, line.end)
        if line.end - line.start > 20:
            yield from _find_items(text, line)


def _find_items(text: str, line: Span) -> Iterator[_Candidate]:
    """Enumeration items inside a line, at the beginning of a sentence or after a colon."""
    for sentence in split_sentences(text, line.start, line.end):
        starts = [sentence.start]
        colon = text.rfind("：", sentence.start, sentence.end)
        if 0 <= colon < sentence.end - 1:
            starts.append(colon + 1)
        for start in starts:
            marker = find_item_marker(text, start, line.end) if start > line.start else None
            if marker:
                words = _clip_sentence(text, start, sentence.end, marker)
                yield _Candidate(marker, words, line.end)


def _heading_span(text: str, marker: Marker, line: Span) -> Span | None:
    """The heading at the beginning of a line: all of the line or its first sentence; None if neither is one."""
    style = marker.style
    whole = text[line.start : line.end]
    first = next(iter(split_sentences(text, marker.end, line.end)), Span(line.end, line.end))
    is_whole_line = first.end == line.end
    is_chinese = any("\u4e00" <= character <= "\u9fff" for character in whole[:40])
    is_law = style.family == "part"
    if is_whole_line and display_width(whole[:200]) <= _MAX_LINE_WIDTH and whole[-1] not in _ENDS_ITEM:
        ends_sentence = whole[-1] in _ENDS_SENTENCE or (whole[-1] == "." and not is_chinese)
        if not ends_sentence or (is_chinese and not is_law and display_width(whole) <= _MAX_OPENING_WIDTH):
            return Span(line.start, line.end - (whole[-1] == "。"))
    if is_law:
        return Span(line.start, _title_end(text, marker.end, line.end))
    if not is_chinese and not style.enumeration:
        return None
    return _clip_sentence(text, line.start, first.end, marker)


def _title_end(text: str, start: int, end: int) -> int:
    """The end of a bracketed title after 第3条 or Article 3; ``start`` if there is none."""
    for opening, closing in ("（）", "()", "【】"):
        if text.startswith(opening, start):
            at = text.find(closing, start, min(end, start + 40))
            return at + 1 if at > 0 else start
    return start


def _clip_sentence(text: str, start: int, end: int, marker: Marker) -> Span:
    """The span of a first sentence as a heading, without its full stop.

    If a colon or a wide space sets off its beginning, only that; if the sentence is long, only its first clause.
    """
    set_off = _SET_OFF.search(text, marker.end + 1, min(end, marker.end + 24))
    if set_off:
        end = set_off.start()
    if display_width(text[start : start + 100][: end - start]) > _MAX_OPENING_WIDTH:
        clause = split_clauses(text, marker.end, min(end, marker.end + 100))
        end = clause[0].end if clause else end
        end = min(end, start + _MAX_OPENING_WIDTH // 2)
    while end > marker.end and text[end - 1] in "。；;，,：:、.\u3000 ":
        end -= 1
    return Span(start, end)


def _accept(candidates: list[_Candidate]) -> list[_Candidate]:
    """The candidates whose numbers are plausible in sequence."""
    following: dict[str, int] = {}
    continues_next = [False] * len(candidates)
    for index in range(len(candidates) - 1, -1, -1):
        marker = candidates[index].marker
        continues_next[index] = following.get(marker.style.name) == marker.number + 1
        following[marker.style.name] = marker.number
    last: dict[str, int] = {}
    accepted: list[_Candidate] = []
    for index, candidate in enumerate(candidates):
        style, number = candidate.marker.style, candidate.marker.number
        continues = style.name in last and last[style.name] < number <= last[style.name] + 2
        if style.strong or continues or (number == 1 and continues_next[index]):
            accepted.append(candidate)
            last[style.name] = number
    return accepted


def _nest(candidates: list[_Candidate], text: str) -> list[Section]:
    """The sections of the candidates, with levels and ends. An enumeration item ends with its line at the latest."""
    ends = [len(text)] * len(candidates)
    levels: list[int] = []
    opened: list[int] = []
    for index, candidate in enumerate(candidates):
        start = candidate.words.start
        keep = next((at for at, other in enumerate(opened) if _closes(candidate, candidates[other])), len(opened))
        for closed in opened[keep:]:
            ends[closed] = min(ends[closed], start)
        del opened[keep:]
        opened.append(index)
        levels.append(len(opened))
        if candidate.marker.style.enumeration:
            ends[index] = candidate.line_end
    return [
        Section(Heading(text[c.words.start : c.words.end], level, c.words.start, c.words.end), end)
        for c, level, end in zip(candidates, levels, ends, strict=True)
    ]


def _closes(candidate: _Candidate, other: _Candidate) -> bool:
    """Whether the heading ``candidate`` ends the open section of ``other``."""
    style, open_style = candidate.marker.style, other.marker.style
    if open_style.enumeration and (not style.enumeration or other.line_end <= candidate.words.start):
        return True
    if style.name == open_style.name:
        return True
    return bool(style.family) and style.family == open_style.family and style.rank <= open_style.rank
