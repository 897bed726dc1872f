"""The visible text of an HTML page, block by block; scripts, styles and navigation are left out.

lxml parses the page, even if it is malformed. Nothing is fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.boilerplate import is_boilerplate
from retriever.documents.counts import parse_count
from retriever.documents.data_uris import remove_data_uris
from retriever.documents.formula import lower_text, raise_text
from retriever.documents.mathml import read_mathml
from retriever.documents.tables import Cell, lay_out
from retriever.errors import EmptyFileError, ReadError
from retriever.text.readings import Reading

if TYPE_CHECKING:
    from lxml.etree import _Element

HIDDEN = frozenset(
    {"head", "script", "style", "nav", "noscript", "template", "svg", "iframe", "object", "audio", "video", "canvas"}
    | {"select", "datalist", "rt", "rp", "rtc"}
)
HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.IGNORECASE)
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CELL_TAGS = frozenset({"td", "th"})
# Elements between a table and the figure that it is.
FIGURE_DEPTH = 4
CAPTION_TAGS = frozenset({"caption", "figcaption"})
LINE_TAGS = frozenset({"li", "dt", "dd", "tr"})
SHIFTS = {"sup": raise_text, "sub": lower_text}
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
SOFT_HYPHEN = "\xad"


def parse_page(text: str) -> _Element:
    """The root element of a page. Raises ReadError if nothing of it can be read."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise EmptyFileError("the page contains no text") from error
    # The parser repairs what it can. After a fatal error the rest of the page would be lost.
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):
        raise ReadError("the page is broken: its elements are nested too deeply")
    if root is None:
        raise EmptyFileError("the page contains no text")
    return root


def read_blocks(root: _Element, *, whole: bool = True) -> tuple[Blocks, list[Reading]]:
    """The blocks of a page and the ruby readings of its words; if not ``whole``, without what surrounds its content."""
    _raise_captions(root)
    walker = _PageWalker(whole)
    walker.run(root)
    return walker.blocks, walker.readings


def _raise_captions(root: _Element) -> None:
    """Let the caption of a figure that is a table stand before it, as that of a table does wherever it is shown."""
    for table in list(root.iter("table")):
        figure = next((above for above in islice(table.iterancestors(), FIGURE_DEPTH) if above.tag == "figure"), None)
        if figure is not None and figure[-1].tag == "figcaption" and not (figure[-1].tail or "").strip():
            figure.insert(0, figure[-1])


def _is_hidden(element: _Element) -> bool:
    if element.tag in HIDDEN or element.get("hidden", "until-found").lower() != "until-found":
        return True
    # A formula is often hidden where a picture of it is shown.
    return bool(HIDDEN_STYLE.search(element.get("style") or "")) and next(element.iter("math"), None) is None


def _is_data_table(table: _Element) -> bool:
    """Whether a table holds data, so that its rows become lines of text, rather than the layout of the page."""
    return all(
        element.tag != "table" and _is_head(element) for element in table.iterdescendants("table", *HEADING_TAGS)
    )


def _is_head(heading: _Element) -> bool:
    """Whether a heading in a table is its caption, or the head of one of several columns or of a row."""
    above = (one for one in islice(heading.iterancestors(), FIGURE_DEPTH) if one.tag in {*CELL_TAGS, "caption"})
    place = next(above, None)
    row = place.getparent() if place is not None and place.tag == "th" else None
    return place is not None and (place.tag == "caption" or (row is not None and len(row) > 1))


def _read_span(element: _Element, name: str) -> int:
    """How many rows or columns a cell covers; 0 rows mean all that follow."""
    span = parse_count((element.get(name) or "").strip(), 1)
    return span or (1 << 30 if name == "rowspan" else 1)


@dataclass(slots=True)
class _Ruby:
    """An open ruby element: where its words begin, and the readings found so far."""

    start: int
    readings: list[str] = field(default_factory=list)


class _PageWalker:
    """One pass over a page: text is collected until a block ends, then added as a block."""

    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.blocks = Blocks()
        self.readings: list[Reading] = []
        self.words: list[str] = []
        self.rows: list[list[Cell]] = []
        self.in_table = False
        # The number of open headings and table cells; inside them the end of a block is only a space.
        self.inside = 0
        # Where the words of each open <sup> and <sub> begin.
        self.shifts: list[int] = []
        self.ruby: list[_Ruby] = []
        # The length of the text up to the end of the last caption.
        self.caption_end = -1
        # The number of words up to the end of the last ruby element.
        self.ruby_end = -1

    def run(self, root: _Element) -> None:
        from lxml import etree

        skipped: _Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if skipped is None and event == "start":
                if element.tag == "math" or _is_hidden(element) or (not self.whole and is_boilerplate(element)):
                    skipped = element
                    self.skip(element)
                else:
                    self.open(element)
                    self.say(element.text)
            elif event == "end" and skipped in (None, element):
                if skipped is None:
                    self.close(element)
                skipped = None
                self.say(element.tail)
        self.flush()

    def say(self, text: str | None) -> None:
        """Collect words; none of them is empty, so that the last character is that of the last one."""
        if text:
            self.words.append(text)

    def skip(self, element: _Element) -> None:
        """Handle an element whose content is not read as that of others is."""
        self.boundary(str(element.tag))
        if element.tag == "math":
            self.say(read_mathml(element))
        elif element.tag in {"rt", "rtc"} and self.ruby:
            self.ruby[-1].readings.append("".join(element.itertext()))

    def open(self, element: _Element) -> None:
        tag = str(element.tag)
        self.boundary(tag)
        if tag == "br":
            self.words.append(LINE_BREAK)
        elif tag == "table":
            self.add_table()
            self.in_table = _is_data_table(element)
        elif tag == "tr" and self.in_table:
            self.rows.append([])
        elif tag in HEADING_TAGS or (tag in CELL_TAGS and self.in_table):
            self.inside += 1
        elif tag in SHIFTS:
            self.shifts.append(len(self.words))
        elif tag == "ruby":
            self.ruby.append(_Ruby(len(self.words)))

    def close(self, element: _Element) -> None:
        tag = str(element.tag)
        if tag in HEADING_TAGS:
            self.inside -= 1
            if not self.inside:
                self.blocks.add(self.take_line(), level=int(tag[1]))
        elif tag in CELL_TAGS and self.in_table:
            self.inside -= 1
            self.add_cell(element)
        elif tag == "table" and self.in_table:
            self.flush()
            self.add_table()
            self.in_table = False
        elif tag == "pre" and not self.inside:
            self.blocks.add(self.take().replace(LINE_BREAK, "\n"))
        elif tag in SHIFTS:
            self.shift(tag)
        elif tag == "ruby":
            self.end_ruby()
        else:
            self.boundary(tag)
            if tag in CAPTION_TAGS:
                self.caption_end = self.blocks.length

    def add_cell(self, element: _Element) -> None:
        cell = Cell(self.take_line(), _read_span(element, "colspan"), _read_span(element, "rowspan"))
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(cell)

    def add_table(self) -> None:
        """Add the rows collected so far, behind their caption without an empty line."""
        for number, line in enumerate(lay_out(self.rows)):
            self.blocks.add(line, run_on=number > 0 or self.blocks.length == self.caption_end)
        self.rows = []

    def shift(self, tag: str) -> None:
        """Raise or lower the words since the element began."""
        start = self.shifts.pop()
        text = "".join(self.words[start:])
        before = self.words[start - 1] if start else ""
        if LINE_BREAK not in text:
            text = SHIFTS[tag](before[-1:], text)
        self.words[start:] = [text] if text else []

    def end_ruby(self) -> None:
        ruby = self.ruby.pop()
        word = collapse_whitespace("".join(self.words[ruby.start :])).replace(" ", "")
        reading = collapse_whitespace("".join(ruby.readings))
        if word and reading:
            # Words are often annotated character by character.
            if self.ruby_end == ruby.start:
                last = self.readings[-1]
                self.readings[-1] = Reading(last.word + word, last.reading + reading)
            else:
                self.readings.append(Reading(word, reading))
            self.words[ruby.start :] = [word]
            self.ruby_end = len(self.words)

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

    def take_line(self) -> str:
        """The collected text as one line."""
        return collapse_whitespace(self.take().replace(LINE_BREAK, " "))

    def take(self) -> str:
        text = remove_data_uris("".join(self.words)).replace(SOFT_HYPHEN, "")
        self.words.clear()
        self.ruby_end = -1
        # What is still open goes on with the words that come.
        self.shifts = [0] * len(self.shifts)
        for ruby in self.ruby:
            ruby.start = 0
        return text
