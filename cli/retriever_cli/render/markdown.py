"""Hits as a Markdown document: each has a heading, the passage as a quotation, and its citation."""

from __future__ import annotations

import re

from retriever import Hit, SearchResponse
from retriever_cli.console import escape_controls
from retriever_cli.home import show_indexes
from retriever_cli.render.text import format_trail

_SPECIAL = re.compile(r"([\\`*_\[\]<>~|])")
_AT_LINE_START = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))", re.MULTILINE)


def format_markdown(response: SearchResponse) -> str:
    """The response as one document, even if it has no hits."""
    indexes = show_indexes({hit.index for hit in response.hits} - {"", response.location})
    parts = [f"# {_escape_inline(response.query)}"]
    parts += [_format_hit(hit, indexes.get(hit.index, "")) for hit in response.hits] or ["No passages found."]
    return "\n\n".join(parts) + "\n"


def _format_hit(hit: Hit, index: str) -> str:
    heading = f"## {hit.rank}. {_escape_inline(format_trail(hit) or hit.source)}"
    before = [_quote(escape(neighbour.text)) for neighbour in hit.before]
    after = [_quote(escape(neighbour.text)) for neighbour in hit.after]
    citation = f"{_escape_inline(hit.citation)} · characters {hit.start} to {hit.end} · score {hit.score:.2f}"
    if index:
        citation += f" · index {_escape_inline(index)}"
    also = [f"Also in {_escape_inline(item.citation)}." for item in hit.duplicates]
    return "\n\n".join([heading, *before, _quote(_mark_highlights(hit)), *after, citation, *also])


def _mark_highlights(hit: Hit) -> str:
    """The passage with its highlights in bold.

    Markdown opens emphasis only before a letter or digit and closes it only after one, so other highlights stay plain.
    """
    pieces: list[str] = []
    position = 0
    for span in hit.highlights:
        words = hit.text[span.start : span.end]
        if span.start < position or not (words[:1].isalnum() and words[-1:].isalnum()) or "\n" in words:
            continue
        pieces += [escape(hit.text[position : span.start]), "**", escape(words), "**"]
        position = span.end
    return "".join([*pieces, escape(hit.text[position:])])


def _quote(text: str) -> str:
    return "\n".join(f"> {line.strip()}".rstrip() for line in text.split("\n"))


def _escape_inline(text: str) -> str:
    return escape(" ".join(text.split()))


def escape(text: str) -> str:
    """Escape ``text`` so that Markdown shows it literally."""
    escaped = _SPECIAL.sub(r"\\\1", escape_controls(text))
    return _AT_LINE_START.sub(_escape_line_start, escaped)


def _escape_line_start(match: re.Match[str]) -> str:
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark.isdecimal() else f"{space}\\{mark}"
