"""CSV and TSV: a header, then a document a row, in files of any size.

Quotes, doubled quotes and line ends in quotes are as RFC 4180 says. Rows are taken apart here and not by the
csv module, whose limit on the length of a cell holds for the whole process, and which takes the rest of a
file for one cell when a quote is never closed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from retriever.documents.interface import Source
from retriever.documents.lines import Line, read_lines
from retriever.documents.metadata import parse_scalar
from retriever.documents.rows import ID_FIELDS, LANGUAGE_FIELDS, TEXT_FIELDS, TITLE_FIELDS, Row, row_documents
from retriever.types import Document

DELIMITERS = ",;\t|"
# Lines looked at to tell the delimiter, and the most lines that one quoted cell may run over.
SNIFF_LINES = 50
MAX_CELL_LINES = 10_000
TEXT_COLUMNS = frozenset((*TEXT_FIELDS, *ID_FIELDS, *TITLE_FIELDS, *LANGUAGE_FIELDS))


def read_delimited(source: Source) -> Iterator[Document]:
    """The rows of ``source`` as documents; numbers in cells that are metadata become numbers."""
    return row_documents(source, _rows(source))


def _rows(source: Source) -> Iterator[Row]:
    lines = read_lines(source)
    head = list(islice(lines, SNIFF_LINES))
    delimiter = "\t" if source.path.suffix.lower() == ".tsv" else _detect_delimiter(head)
    header: list[str] | None = None
    for record in _Records(chain(head, lines), delimiter, source.max_size).read():
        if record.problem:
            yield Row(record.line, problem=record.problem)
        elif header is None:
            header = [cell.strip() or f"column {number}" for number, cell in enumerate(record.cells, 1)]
        elif any(cell.strip() for cell in record.cells):
            yield Row(record.line, _name_cells(header, record.cells))


def _name_cells(header: list[str], cells: list[str]) -> dict[str, Any]:
    """Cells by the name of their column; empty ones are left out, ones beyond the header named by number."""
    fields: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        name = header[number] if number < len(header) else f"column {number + 1}"
        if cell.strip():
            name = f"{name} ({number + 1})" if name in fields else name
            fields[name] = cell if name.lower() in TEXT_COLUMNS else parse_scalar(cell.strip())
    return fields


def _detect_delimiter(head: list[Line]) -> str:
    """The delimiter that gives the most columns in the header and the same number in the rows below it."""
    scores = {}
    for delimiter in DELIMITERS:
        widths = [len(record.cells) for record in _Records(iter(head), delimiter, None).read() if not record.problem]
        agreeing = sum(width == widths[0] for width in widths) if widths else 0
        scores[delimiter] = agreeing * (widths[0] - 1) if widths else 0
    return max(DELIMITERS, key=scores.__getitem__)


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    cells: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass(slots=True)
class _Records:
    """Lines put together to records. Of a broken record only the first line is given up."""

    lines: Iterator[Line]
    delimiter: str
    limit: int | None
    waiting: deque[Line] = field(default_factory=deque)
    taken: list[Line] = field(default_factory=list)
    size: int = 0

    def read(self) -> Iterator[_Record]:
        while (line := self._next()) is not None:
            self.taken, self.size = [line], 0
            if line.text is None:
                yield _Record(line.number, problem="the line is longer than the limit of --max-file-size")
                continue
            cells = self._cells(line.text)
            if cells is None:
                self.waiting.extendleft(reversed(self.taken[1:]))
                yield _Record(line.number, problem="a quote is opened that is not closed")
            else:
                yield _Record(line.number, cells)

    def _next(self) -> Line | None:
        return self.waiting.popleft() if self.waiting else next(self.lines, None)

    def _more(self) -> str | None:
        """The next line of a quoted cell; None where the cell has to be given up."""
        line = self._next()
        if line is None:
            return None
        self.taken.append(line)
        self.size += len(line.text or "")
        if len(self.taken) > MAX_CELL_LINES or (self.limit is not None and self.size > self.limit):
            return None
        return line.text

    def _cells(self, text: str) -> list[str] | None:
        """The cells of a record that begins with ``text``; None where its quotes do not add up."""
        cells: list[str] = []
        start = 0
        while True:
            quoted = ""
            if text.startswith('"', start):
                ended = self._quoted(text, start + 1)
                if ended is None:
                    return None
                quoted, text, start = ended
            end = text.find(self.delimiter, start)
            rest = text[start : end if end >= 0 else len(text)]
            if rest.strip() and quoted and len(self.taken) > 1:
                return None
            cells.append(quoted + rest)
            if end < 0:
                return cells
            start = end + 1

    def _quoted(self, text: str, start: int) -> tuple[str, str, int] | None:
        """The words from ``start`` to the closing quote, the line it stands on, and the place behind it."""
        parts: list[str] = []
        while True:
            end = text.find('"', start)
            if end < 0:
                following = self._more()
                if following is None:
                    return None
                parts += (text[start:], "\n")
                text, start = following, 0
            elif text.startswith('"', end + 1):
                parts.append(text[start : end + 1])
                start = end + 2
            else:
                parts.append(text[start:end])
                return "".join(parts), text, end + 1
