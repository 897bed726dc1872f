"""Org files (.org): headlines by their stars; settings, drawers and comments left out, code as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.markdown_text import LINE_END
from retriever.documents.markup_lines import MarkupLines
from retriever.types import Document

HEADLINE = re.compile(r"(\*+)[ \t]+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED)[ \t]+)?(?:\[#\w\][ \t]+)?(.*)")
TAGS = re.compile(r":[\w@#%:]+:")
SETTING = re.compile(r"[ \t]*#\+(\w+):[ \t]*(.*)", re.IGNORECASE)
BLOCK = re.compile(r"[ \t]*#\+(?:begin|end)_\w+.*", re.IGNORECASE)
COMMENT = re.compile(r"[ \t]*#(?:[ \t].*)?")
# Blocks of which each line is shown as it is, and one that is not shown. Only a headline ends them early.
RAW = re.compile(r"[ \t]*#\+begin_(src|example|comment)\b.*", re.IGNORECASE)
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
    raw = ""
    for line in LINE_END.split(decode_source(source)):
        if raw and not HEADLINE.fullmatch(line):
            raw = _add_raw(out, line, raw)
            continue
        found = RAW.fullmatch(line)
        raw = found[1].lower() if found else ""
        if drawer or DRAWER.fullmatch(line):
            drawer = not DRAWER_END.fullmatch(line) and not HEADLINE.fullmatch(line)
            if drawer or DRAWER_END.fullmatch(line):
                out.add()
                continue
        _add_line(out, line)
    yield out.document(source)


def _add_raw(out: MarkupLines, line: str, raw: str) -> str:
    """Append a line of a block called ``raw``, and return the block that goes on, "" for none."""
    ends = line.strip().lower() == f"#+end_{raw}"
    # A comma keeps a line from being read as Org.
    out.add("" if ends or raw == "comment" else re.sub(r"^([ \t]*),(?=,*(?:\*|#\+))", r"\1", line))
    return "" if ends else raw


def _add_line(out: MarkupLines, line: str) -> None:
    if found := HEADLINE.fullmatch(line):
        words, tags = _split_tags(found[2].strip())
        # Tags are words by which people look for it, and no part of the title.
        out.add_heading(f"{_inline(words)} {tags}", _inline(words), len(found[1]))
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


def _split_tags(headline: str) -> tuple[str, str]:
    """The words of a headline, and the tags behind them."""
    words, *tags = headline.rsplit(None, 1) or [""]
    return (words.rstrip(), tags[0]) if tags and TAGS.fullmatch(tags[0]) else (headline, "")


def _inline(line: str) -> str:
    line = LINK.sub(lambda found: found[2] or found[1], line)
    return STRONG.sub(r"\2", line)
