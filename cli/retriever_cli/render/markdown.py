"""Hits as a Markdown document: a heading a hit, the passage as a quotation, its citation below."""

from __future__ import annotations

import re

from retriever import Hit, SearchResponse
from retriever_cli.console import printable
from retriever_cli.render.text import trail

_SPECIAL = re.compile(r"([\\`*_\[\]<>~|])")
_AT_LINE_START = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))", re.MULTILINE)


def markdown(response: SearchResponse) -> str:
    """The whole response as one document, also when there is no hit."""
    parts = [f"# {_inline(response.query)}"]
    parts += [_section(hit) for hit in response.hits] or ["No passage was found."]
    return "\n\n".join(parts) + "\n"


def _section(hit: Hit) -> str:
    heading = f"## {hit.rank}. {_inline(trail(hit) or hit.source)}"
    before = [_quotation(escape(neighbour.text)) for neighbour in hit.before]
    after = [_quotation(escape(neighbour.text)) for neighbour in hit.after]
    citation = f"{_inline(hit.citation)} · characters {hit.start} to {hit.end} · score {hit.score:.2f}"
    also = [f"Also in {_inline(item.source)}:{item.line}." for item in hit.duplicates]
    return "\n\n".join([heading, *before, _quotation(_marked(hit)), *after, citation, *also])


def _marked(hit: Hit) -> str:
    """The passage with its highlights in bold.

    Emphasis only opens before and closes after a letter or a digit, so the others are left unmarked.
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


def _quotation(text: str) -> str:
    return "\n".join(f"> {line.strip()}".rstrip() for line in text.split("\n"))


def _inline(text: str) -> str:
    return escape(" ".join(text.split()))


def escape(text: str) -> str:
    """``text`` such that Markdown shows it as it is."""
    escaped = _SPECIAL.sub(r"\\\1", printable(text))
    return _AT_LINE_START.sub(_escape_line_start, escaped)


def _escape_line_start(match: re.Match[str]) -> str:
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark.isdecimal() else f"{space}\\{mark}"
