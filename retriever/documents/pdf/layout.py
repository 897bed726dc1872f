"""Turns the fragments of a page into lines of text in the order of reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from retriever.documents.pdf.columns import separate_columns
from retriever.documents.pdf.fragments import Fragment, is_rtl
from retriever.documents.pdf.hyphens import Hyphens, resolve
from retriever.documents.pdf.lines import Line, build_lines, join_marker
from retriever.documents.pdf.paragraphs import TextLine, join_texts
from retriever.documents.pdf.reading_order import order_rows
from retriever.documents.pdf.tables import Row, find_rows
from retriever.documents.pdf.weaving import weave_columns
from retriever.documents.tables import SEPARATOR

# The dots that lead from a title of a table of contents to its page.
_LEADER = re.compile(r"\s*(?:[.·․‧・_](?:\s?[.·․‧・_]){4,}|[…⋯](?:\s?[…⋯]){2,})[.·…⋯\s]*")
# An entry of a table of contents: its title, dots, and a page. Two ellipses alone are the dots of Chinese prose.
_ENTRY = re.compile(
    r"(.*\S)\s*(?:[.·․‧・_](?:\s?[.·․‧・_]){3,}|[…⋯](?:\s?[…⋯])+)[.·…⋯\s]*"
    r"([-–(（]?\s*(?:\d{1,4}|[ivxlcdm]{1,7}|[A-Z][-.]?\d{1,3})\s*[-–)）]?)\s*",
    re.I,
)
# A line of a cell goes on in the next one if it is full and at least this many heights long.
_FULL = 6.0
_MAX_ENTRY = 400
_LABEL_ENDS = (":", "：")


def lay_out(fragments: Sequence[Fragment], hyphens: Hyphens) -> list[TextLine]:
    """The lines of one page, or of one direction of writing on it."""
    lines = [join_marker(line) for line in separate_columns(build_lines(weave_columns(fragments)))]
    rows = order_rows(find_rows(lines))
    return [made for row in rows for made in _make_text_lines(row, hyphens)]


def _make_text_lines(row: Row, hyphens: Hyphens) -> list[TextLine]:
    if not row.is_table:
        return [_make_text_line(line) for line in row.lines]
    texts = []
    for cell in row.cells:
        parts = [[cell[0]]]
        edge = max(line.right for line in cell)
        for above, below in pairwise(cell):
            if above.right >= edge - 2 * above.height and above.right - above.left >= _FULL * above.height:
                parts[-1].append(below)
            else:
                parts.append([below])
        texts.append(" ".join(resolve(join_texts([_get_text(line) for line in part], hyphens)) for part in parts))
    every = row.lines
    text = _LEADER.sub(" … ", _join_cells(texts)).strip()
    left, right = min(line.left for line in every), max(line.right for line in every)
    return [_make(text, left, right, every[-1], is_row=True)] if text else []


def _make_text_line(line: Line) -> TextLine:
    text = _get_text(line)
    entry = _ENTRY.fullmatch(text) if len(text) < _MAX_ENTRY else None
    if entry:
        text = f"{entry[1].rstrip(' .…')} … {entry[2]}"
    return _make(text, line.left, line.right, line, is_row=entry is not None)


def _get_text(line: Line) -> str:
    return " ".join(fragment.text.strip() for fragment in line.cells)


def _make(text: str, left: float, right: float, line: Line, *, is_row: bool) -> TextLine:
    if is_rtl(text):
        left, right = -right, -left
    return TextLine(text, left, right, line.base, line.height, is_row=is_row)


def _join_cells(texts: Sequence[str]) -> str:
    """The cells of a row as text. A label that ends with a colon and its value are one.

    So is all of an entry of a table of contents.
    """
    if any(_LEADER.search(text[:_MAX_ENTRY]) for text in texts):
        return " ".join(texts)
    cells: list[str] = []
    for text in texts:
        if cells and cells[-1].endswith(_LABEL_ENDS):
            cells[-1] += f" {text}"
        else:
            cells.append(text)
    return SEPARATOR.join(cells)
