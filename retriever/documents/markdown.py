"""Markdown: the text is that of the file, line by line, without what is not shown.

Headings follow CommonMark (ATX and setext, none in code blocks). Headings inside block quotes and lists are not part
of the outline. Front matter is metadata, and no part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from retriever.documents.encodings import decode_source
from retriever.documents.interface import Source
from retriever.documents.markdown_text import LINE_END, show_markdown
from retriever.documents.metadata import parse_front_matter
from retriever.documents.page import parse_page, read_blocks
from retriever.errors import EmptyFileError
from retriever.text.readings import Reading, store_readings
from retriever.types import Document, Heading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Attributes after a heading, as Pandoc and kramdown write them: {#id .class key="value"}, {: #id}, {-}.
ATTRIBUTES = re.compile(r"""\s*\{:?\s*(?:(?:[#.][^\s{}]+|[\w-]+=(?:"[^"{}]*"|[^\s{}"]*)|-)\s*)+\}\s*\Z""")
RUBY = re.compile(r"<ruby\b[^<>]*>.{1,500}?</ruby>", re.IGNORECASE | re.DOTALL)


def read_markdown(source: Source) -> Iterator[Document]:
    """One document. Its title is that of the front matter, else the first heading of level 1."""
    yield read_text(source, decode_source(source))


def read_text(source: Source, text: str) -> Document:
    """The document of a text in Markdown."""
    front, start = parse_front_matter(text, source.notice)
    text = "".join(LINE_END.findall(text[:start])) + text[start:]
    shown, headings = show_text(text)
    if not shown.strip():
        raise EmptyFileError("the file contains no text")
    title = str(front.pop("title", "") or "")
    return Document(
        id=source.name,
        source=source.name,
        text=shown,
        title=title or next((heading.text for heading in headings if heading.level == 1), ""),
        headings=headings or None,
        metadata=store_readings(front, _iter_readings(text)),
    )


def show_text(text: str) -> tuple[str, tuple[Heading, ...]]:
    """``text`` as shown, with the same lines, and its headings, each with the span of its lines."""
    # Inline markup is only parsed in headings.
    tokens = _make_parser(inline=False).parse(text)
    blocks = (token.map for token in tokens if token.type in {"fence", "code_block"} and token.map)
    shown = show_markdown(text, [(first, last) for first, last in blocks])
    return shown, _find_headings(tokens, shown)


@lru_cache
def _make_parser(*, inline: bool) -> MarkdownIt:
    """A parser of blocks, or of what stands in them. To make one takes longer than to parse a paragraph."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    if not inline:
        parser.disable("inline")
    # Its rules are compiled by the first use, which two threads must not make at once.
    parser.parse("# *a*")
    return parser


def _find_headings(tokens: list[Token], shown: str) -> tuple[Heading, ...]:
    """The headings among ``tokens``, with spans in a text that has the lines of the one that they were parsed from."""
    starts = [0, *(found.end() for found in LINE_END.finditer(shown)), len(shown)]
    headings = []
    for position, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map is not None:
            words = _plain_text(tokens[position + 1].content)
            words = ATTRIBUTES.sub("", words) or words
            first, last = (starts[min(line, len(starts) - 1)] for line in token.map)
            end = first + len(shown[first:last].rstrip())
            if words.strip() and end > first:
                headings.append(Heading(words, int(token.tag[1:]), first, end))
    return tuple(headings)


def _iter_readings(text: str) -> Iterator[Reading]:
    for ruby in RUBY.finditer(text):
        yield from read_blocks(parse_page(ruby[0]))[1]


def _plain_text(content: str) -> str:
    """The plain text of a heading, without markup of emphasis, links and code."""
    parts: list[str] = []
    for token in _make_parser(inline=True).parseInline(content):
        parts.extend(_visible_text(child) for child in token.children or ())
    return " ".join("".join(parts).split())


def _visible_text(token: Token) -> str:
    if token.type in {"text", "text_special", "code_inline", "image"}:
        return token.content
    return " " if token.type in {"softbreak", "hardbreak"} else ""
