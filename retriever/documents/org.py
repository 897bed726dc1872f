"""Org files (.org): headlines with their stars; settings, drawers and comments left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.markdown_text import LINE_END
from retriever.documents.markup_lines import MarkupLines
from retriever.types import Document

HEADLINE = re.compile(
    r"(\*+)[ \t]+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED)[ \t]+)?(?:\[#\w\][ \t]+)?(.*?)([ \t]+:[\w@#%:]+:)?[ \t]*"
)
SETTING = re.compile(r"[ \t]*#\+(\w+):[ \t]*(.*)", re.IGNORECASE)
BLOCK = re.compile(r"[ \t]*#\+(?:begin|end)_\w+.*", re.IGNORECASE)
COMMENT = re.compile(r"[ \t]*#(?:[ \t].*)?")
DRAWER, DRAWER_END = (
    re.compile(r"[ \t]*:(?:PROPERTIES|LOGBOOK):[ \t]*", re.IGNORECASE),
    re.compile(r"[ \t]*:END:[ \t]*", re.IGNORECASE),
)
PLANNED = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED):.*")
LINK = re.compile(r"\[\[([^\[\]]*)\](?:\[([^\[\]]*)\])?\]")
STRONG = re.compile(r"(?<![\w*/_=~+])([*/_=~+])(?=\S)([^*/_=~+\n]+?)(?<=\S)\1(?![\w*/_=~+])")
METADATA = {
    "author": "author",
    "date": "date",
    "keywords": "keywords",
    "description": "description",
    "filetags": "keywords",
}


def read_org(source: Source) -> Iterator[Document]:
    """One document. Its title is that of its settings, else its first headline."""
    out = MarkupLines()
    drawer = False
    for line in LINE_END.split(decode_source(source)):
        if drawer or DRAWER.fullmatch(line):
            drawer = not DRAWER_END.fullmatch(line) and not HEADLINE.fullmatch(line)
            if drawer or DRAWER_END.fullmatch(line):
                out.add()
                continue
        _add_line(out, line)
    yield out.document(source)


def _add_line(out: MarkupLines, line: str) -> None:
    if found := HEADLINE.fullmatch(line):
        words = _inline(found[2])
        # Tags are words by which people look for it, and no part of the title.
        out.add_heading(f"{words}{' ' if found[3] else ''}{(found[3] or '').strip()}", words, len(found[1]))
    elif found := SETTING.fullmatch(line):
        name, value = found[1].lower(), found[2].strip()
        if name == "title":
            out.title = out.title or _inline(value)
        elif value and name in METADATA:
            out.metadata.setdefault(METADATA[name], value)
        out.add(_inline(value) if name == "caption" else "")
    elif BLOCK.fullmatch(line) or COMMENT.fullmatch(line) or PLANNED.fullmatch(line):
        out.add()
    else:
        out.add(_inline(line))


def _inline(line: str) -> str:
    line = LINK.sub(lambda found: found[2] or found[1], line)
    return STRONG.sub(r"\2", line)
