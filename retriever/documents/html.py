"""HTML: the visible text of a page, block by block; scripts, styles and navigation are left out.

lxml parses the page, even if it is malformed. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import Blocks, collapse_whitespace, format_row
from retriever.documents.encodings import (
    Decoded,
    canonical_name,
    decode,
    decode_bytes,
    detect_encoding,
    report_encoding,
)
from retriever.documents.interface import Source
from retriever.errors import ReadError
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

DECLARED = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
HIDDEN = frozenset(
    {"head", "script", "style", "nav", "noscript", "template", "svg", "iframe", "object", "audio", "video", "canvas"}
    | {"select", "datalist"}
)
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CELL_TAGS = frozenset({"td", "th"})
LINE_TAGS = frozenset({"li", "dt", "dd", "tr"})
# Elements that begin and end a block.
BLOCK_TAGS = (
    {"body", "article", "aside", "details", "dialog", "div", "fieldset", "footer", "form", "header", "hgroup", "main"}
    | {"nav", "section", "address", "blockquote", "dl", "figcaption", "figure", "hr", "legend", "ol", "p", "pre"}
    | {"summary", "ul", "caption", "table", "tbody", "tfoot", "thead"}
    | HEADING_TAGS
    | CELL_TAGS
    | LINE_TAGS
)
# Represents a <br> in the collected text, where white space is insignificant; no decoded page has a lone surrogate.
LINE_BREAK = "\ud800"
LANGUAGE = re.compile("([a-zA-Z]{2})(?:[-_]|$)")
METADATA_NAMES = {
    "author": "author",
    "description": "description",
    "keywords": "keywords",
    "date": "date",
    "article:published_time": "date",
    "pubdate": "date",
}


def read_html(source: Source) -> Iterator[Document]:
    """One document. Its title is that of the page, else the first heading of level 1."""
    decoded = _decode(source)
    report_encoding(source, decoded.encoding, decoded.replaced)
    root = _parse(decoded.text)
    walk = _PageWalker()
    walk.run(root)
    text = walk.blocks.text
    if not text:
        raise ReadError("the page contains no text")
    headings = tuple(walk.blocks.headings)
    title = collapse_whitespace("".join(root.findtext(".//title") or ""))
    language = LANGUAGE.match(root.get("lang") or "")
    yield Document(
        id=source.name,
        source=source.name,
        text=text,
        title=title or next((heading.text for heading in headings if heading.level == 1), ""),
        language=language[1].lower() if language else "",
        headings=headings or None,
        metadata=_metadata(root),
    )


def _parse(text: str) -> _Element:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise ReadError("the page contains no text") from error
    # The parser repairs what it can. After a fatal error the rest of the page would be lost.
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):
        raise ReadError("the page is broken: its elements are nested too deeply")
    if root is None:
        raise ReadError("the page contains no text")
    return root


def _decode(source: Source) -> Decoded:
    """Decode the page. A declared encoding is used unless it is UTF-8 or decodes worse than the detected one."""
    data = source.read_bytes()
    if source.encoding is not None:
        return decode(data, source.encoding)
    declared = DECLARED.search(data[:4096])
    name = canonical_name(declared[1].decode("ascii")) if declared else None
    detected = detect_encoding(data)
    if name is None or name == "utf-8" or detected.confidence == 1.0:
        return decode(data)
    fits = decode_bytes(data, name)[1] <= decode_bytes(data, detected.name)[1]
    return decode(data, name if fits else None)


def _metadata(root: _Element) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for element in root.iter("meta"):
        name = METADATA_NAMES.get((element.get("name") or element.get("property") or "").lower())
        content = collapse_whitespace(element.get("content") or "")
        if name and content:
            metadata.setdefault(name, content)
    return metadata


def _is_hidden(element: _Element) -> bool:
    return element.tag in HIDDEN or element.get("hidden") is not None


def _is_data_table(table: _Element) -> bool:
    """Whether a table holds data, so that its rows become lines of text, rather than the layout of the page."""
    return next(table.iterdescendants("table", *HEADING_TAGS), None) is None


class _PageWalker:
    """One pass over a page: text is collected until a block ends, then added as a block."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.words: list[str] = []
        self.row: list[str] = []
        self.in_table = self.row_above = False
        # The number of open headings and table cells; inside them the end of a block is only a space.
        self.inside = 0

    def run(self, root: _Element) -> None:
        from lxml import etree

        hidden: _Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if hidden is None and event == "start":
                if _is_hidden(element):
                    hidden = element
                    self.boundary(str(element.tag))
                else:
                    self.open(element)
                    self.words.append(element.text or "")
            elif event == "end" and hidden in (None, element):
                if hidden is None:
                    self.close(element)
                hidden = None
                self.words.append(element.tail or "")
        self.flush()

    def open(self, element: _Element) -> None:
        tag = str(element.tag)
        self.boundary(tag)
        if tag == "br":
            self.words.append(LINE_BREAK)
        elif tag == "table":
            self.in_table, self.row_above = _is_data_table(element), False
        elif tag in HEADING_TAGS or (tag in CELL_TAGS and self.in_table):
            self.inside += 1

    def close(self, element: _Element) -> None:
        tag = str(element.tag)
        if tag in HEADING_TAGS:
            self.inside -= 1
            if not self.inside:
                self.blocks.add(collapse_whitespace(self.take()), level=int(tag[1]))
        elif tag in CELL_TAGS and self.in_table:
            self.inside -= 1
            self.row.append(collapse_whitespace(self.take()))
        elif tag in {"tr", "table"} and self.in_table:
            self.blocks.add(format_row(self.row), run_on=self.row_above)
            self.row_above = self.row_above or bool(self.row)
            self.row = []
            self.in_table = tag != "table"
        elif tag == "pre" and not self.inside:
            self.blocks.add(self.take().replace(LINE_BREAK, "\n"))
        else:
            self.boundary(tag)

    def boundary(self, tag: str) -> None:
        """Handle the beginning or end of an element: at a block boundary, add the collected text as a block."""
        if tag not in BLOCK_TAGS:
            return
        if self.inside:
            self.words.append(" ")
        else:
            self.flush(run_on=tag in LINE_TAGS)

    def flush(self, *, run_on: bool = False) -> None:
        lines = (collapse_whitespace(line) for line in self.take().split(LINE_BREAK))
        self.blocks.add("\n".join(lines), run_on=run_on)

    def take(self) -> str:
        text = "".join(self.words)
        self.words.clear()
        return text
