"""HTML: what a reader of the page sees, block by block; scripts, styles and navigation are left out.

Parsing, of broken pages too, is lxml's. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import Blocks, one_line, table_row
from retriever.documents.encodings import Decoded, canonical, decode, decode_part, recognise, report_encoding
from retriever.documents.interface import Source
from retriever.errors import ReadError
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

DECLARED = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
UNSEEN = frozenset(
    {"head", "script", "style", "nav", "noscript", "template", "svg", "iframe", "object", "audio", "video", "canvas"}
    | {"select", "datalist"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CELLS = frozenset({"td", "th"})
LINES = frozenset({"li", "dt", "dd", "tr"})
# Elements that begin and end a block, by purpose: sections, text, tables.
BLOCKS = (
    {"body", "article", "aside", "details", "dialog", "div", "fieldset", "footer", "form", "header", "hgroup", "main"}
    | {"nav", "section", "address", "blockquote", "dl", "figcaption", "figure", "hr", "legend", "ol", "p", "pre"}
    | {"summary", "ul", "caption", "table", "tbody", "tfoot", "thead"}
    | HEADINGS
    | CELLS
    | LINES
)
# Stands for a <br> among the words, where white space means nothing; no decoded page holds a lone surrogate.
BREAK = "\ud800"
LANGUAGE = re.compile("([a-zA-Z]{2})(?:[-_]|$)")
METADATA = {
    "author": "author",
    "description": "description",
    "keywords": "keywords",
    "date": "date",
    "article:published_time": "date",
    "pubdate": "date",
}


def read_html(source: Source) -> Iterator[Document]:
    """One document; its title is the page's, else the first heading of level 1."""
    decoded = _decode(source)
    report_encoding(source, decoded.encoding, decoded.replaced)
    root = _parse(decoded.text)
    walk = _Walk()
    walk.run(root)
    text = walk.blocks.text
    if not text:
        raise ReadError("the page holds no text")
    headings = tuple(walk.blocks.headings)
    title = one_line("".join(root.findtext(".//title") or ""))
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
        raise ReadError("the page holds no text") from error
    # The parser mends what it can; where it gives up, the rest of the page would be lost.
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):
        raise ReadError("the page is broken: its elements are nested too deep")
    if root is None:
        raise ReadError("the page holds no text")
    return root


def _decode(source: Source) -> Decoded:
    """The page as characters; what it declares of itself counts unless it is UTF-8 or contradicts itself."""
    data = source.read_bytes()
    if source.encoding is not None:
        return decode(data, source.encoding)
    declared = DECLARED.search(data[:4096])
    name = canonical(declared[1].decode("ascii")) if declared else None
    recognised = recognise(data)
    if name is None or name == "utf-8" or recognised.confidence == 1.0:
        return decode(data)
    fits = decode_part(data, name)[1] <= decode_part(data, recognised.name)[1]
    return decode(data, name if fits else None)


def _metadata(root: _Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for element in root.iter("meta"):
        name = METADATA.get((element.get("name") or element.get("property") or "").lower())
        content = one_line(element.get("content") or "")
        if name and content:
            found.setdefault(name, content)
    return found


def _is_unseen(element: _Element) -> bool:
    return element.tag in UNSEEN or element.get("hidden") is not None


def _is_data(table: _Element) -> bool:
    """Whether a table holds data, so that its rows are lines, and not the columns of a page's layout."""
    return next(table.iterdescendants("table", *HEADINGS), None) is None


class _Walk:
    """One pass over a page: words are gathered until a block ends, then go out as a block."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.words: list[str] = []
        self.row: list[str] = []
        self.in_table = self.row_above = False
        # How many headings and cells of tables are open: in them the end of a block is no more than a space.
        self.inside = 0

    def run(self, root: _Element) -> None:
        from lxml import etree

        unseen: _Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if unseen is None and event == "start":
                if _is_unseen(element):
                    unseen = element
                    self.boundary(str(element.tag))
                else:
                    self.open(element)
                    self.words.append(element.text or "")
            elif event == "end" and unseen in (None, element):
                if unseen is None:
                    self.close(element)
                unseen = None
                self.words.append(element.tail or "")
        self.flush()

    def open(self, element: _Element) -> None:
        tag = str(element.tag)
        self.boundary(tag)
        if tag == "br":
            self.words.append(BREAK)
        elif tag == "table":
            self.in_table, self.row_above = _is_data(element), False
        elif tag in HEADINGS or (tag in CELLS and self.in_table):
            self.inside += 1

    def close(self, element: _Element) -> None:
        tag = str(element.tag)
        if tag in HEADINGS:
            self.inside -= 1
            if not self.inside:
                self.blocks.add(one_line(self.take()), level=int(tag[1]))
        elif tag in CELLS and self.in_table:
            self.inside -= 1
            self.row.append(one_line(self.take()))
        elif tag in {"tr", "table"} and self.in_table:
            self.blocks.add(table_row(self.row), run_on=self.row_above)
            self.row_above = self.row_above or bool(self.row)
            self.row = []
            self.in_table = tag != "table"
        elif tag == "pre" and not self.inside:
            self.blocks.add(self.take().replace(BREAK, "\n"))
        else:
            self.boundary(tag)

    def boundary(self, tag: str) -> None:
        """The beginning or end of an element: of a block, what was gathered goes out, or becomes a cell's."""
        if tag not in BLOCKS:
            return
        if self.inside:
            self.words.append(" ")
        else:
            self.flush(run_on=tag in LINES)

    def flush(self, *, run_on: bool = False) -> None:
        lines = (one_line(line) for line in self.take().split(BREAK))
        self.blocks.add("\n".join(lines), run_on=run_on)

    def take(self) -> str:
        text = "".join(self.words)
        self.words.clear()
        return text
