"""Markdown: the text is the raw file, so that line numbers are those of the file; headings and front matter are parsed.

Headings follow CommonMark (ATX and setext, none in code blocks). Headings inside block quotes and lists are not part
of the outline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_front_matter
from retriever.types import Document, Heading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LINE_END = re.compile("\r\n?|\n")


def read_markdown(source: Source) -> Iterator[Document]:
    """One document. Its title is that of the front matter, else the first heading of level 1."""
    text = decode_source(source)
    front, body = parse_front_matter(text, source.notice)
    headings = find_headings(text, body)
    title = str(front.pop("title", "") or "")
    yield Document(
        id=source.name,
        source=source.name,
        text=text,
        title=title or next((heading.text for heading in headings if heading.level == 1), ""),
        headings=headings or None,
        metadata=front,
    )


def find_headings(text: str, start: int = 0) -> tuple[Heading, ...]:
    """The headings of ``text`` from ``start`` on, each with the span of its lines, a setext underline included."""
    from markdown_it import MarkdownIt

    # Only the blocks of a document are parsed; inline markup is only parsed in headings.
    tokens = MarkdownIt("commonmark").disable("inline").parse(text[start:])
    inline = MarkdownIt("commonmark")
    starts = [start, *(start + found.end() for found in LINE_END.finditer(text[start:]))]
    starts.append(len(text))
    headings = []
    for position, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map is not None:
            words = _plain_text(inline, tokens[position + 1].content)
            first, last = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
            end = first + len(text[first:last].rstrip())
            if words:
                headings.append(Heading(words, int(token.tag[1:]), first, end))
    return tuple(headings)


def _plain_text(parser: MarkdownIt, content: str) -> str:
    """The plain text of a heading, without markup of emphasis, links and code."""
    parts: list[str] = []
    for token in parser.parseInline(content):
        parts.extend(_visible_text(child) for child in token.children or ())
    return " ".join("".join(parts).split())


def _visible_text(token: Token) -> str:
    if token.type in {"text", "text_special", "code_inline", "image"}:
        return token.content
    return " " if token.type in {"softbreak", "hardbreak"} else ""
