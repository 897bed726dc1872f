"""CSV and TSV: a header, then one document per row, in files of any size.

Quotes, doubled quotes and line breaks in quotes follow RFC 4180. Rows are not parsed by the csv module, because its
limit on the length of a cell applies to the whole process, and because it reads the rest of the file into one cell
when a quote is never closed.
"""

from __future__ import annotations

import re
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
# The first line of a file for Excel.
STATED = re.compile(r"sep=(.)", re.IGNORECASE)
# The number of lines examined to detect the delimiter, and the maximum number of lines of a quoted cell.
SNIFF_LINES = 50
MAX_CELL_LINES = 10_000
TEXT_COLUMNS = frozenset((*TEXT_FIELDS, *ID_FIELDS, *TITLE_FIELDS, *LANGUAGE_FIELDS))


def read_delimited(source: Source) -> Iterator[Document]:
    """The rows of ``source`` as documents; metadata cells that hold a number become numbers."""
    return row_documents(source, _rows(source))


def _rows(source: Source) -> Iterator[Row]:
    lines = read_lines(source)
    head = list(islice(lines, SNIFF_LINES))
    stated = STATED.fullmatch(head[0].text or "") if head else None
    if stated:
        head, delimiter = head[1:], stated[1]
    else:
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
    """The cells by column name. Empty cells are left out; cells beyond the header are named by number."""
    fields: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        name = header[number] if number < len(header) else f"column {number + 1}"
        if cell.strip():
            name = f"{name} ({number + 1})" if name in fields else name
            fields[name] = cell if name.lower() in TEXT_COLUMNS else parse_scalar(cell.strip())
    return fields


def _detect_delimiter(head: list[Line]) -> str:
    """The delimiter by which the header has most columns and the rows below it agree on their number."""
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
    """Parses lines into records. Of a malformed record only the first line is lost.

    The time is linear in the lines: how a line goes on that begins inside quotes depends on nothing before it, so that
    a line from which a record failed once is not tried again.
    """

    lines: Iterator[Line]
    delimiter: str
    limit: int | None
    window: deque[Line] = field(default_factory=deque)
    """The lines from the beginning of the record on that have been read."""
    taken: int = 0
    size: int = 0
    failed: set[int] = field(default_factory=set)
    """Numbers of lines from whose beginning, inside quotes, a record failed."""

    def read(self) -> Iterator[_Record]:
        """The records in order, malformed ones with the problem and no cells."""
        while self.window or self._fetch():
            line = self.window[0]
            self.taken, self.size = 1, 0
            if line.text is None:
                yield _Record(
                    line.number, problem="the line exceeds the limit of --max-file-size (in Python: max_file_size)"
                )
            elif (cells := self._cells(line.text)) is not None:
                yield _Record(line.number, cells)
            else:
                self.failed.update(number for number in self._list_continued())
                self.taken = 1
                yield _Record(line.number, problem="unclosed quote")
            for _ in range(self.taken):
                self.failed.discard(self.window.popleft().number)

    def _fetch(self) -> bool:
        line = next(self.lines, None)
        if line is not None:
            self.window.append(line)
        return line is not None

    def _list_continued(self) -> Iterator[int]:
        """The numbers of the lines that the record went on to."""
        return (line.number for line in islice(self.window, 1, self.taken))

    def _more(self) -> str | None:
        """The next line of a quoted cell; None if the cell is malformed or too long."""
        if self.taken == len(self.window) and not self._fetch():
            return None
        line = self.window[self.taken]
        if line.number in self.failed:
            return None
        self.taken += 1
        self.size += len(line.text or "")
        if self.taken > MAX_CELL_LINES or (self.limit is not None and self.size > self.limit):
            return None
        return line.text

    def _cells(self, text: str) -> list[str] | None:
        """The cells of a record that begins with ``text``; None if its quotes do not balance."""
        cells: list[str] = []
        start = 0
        while True:
            quoted = ""
            if text.startswith('"', start):
                ended = self._read_quoted(text, start + 1)
                if ended is None:
                    return None
                quoted, text, start = ended
            end = text.find(self.delimiter, start)
            rest = text[start : end if end >= 0 else len(text)]
            if rest.strip() and quoted and self.taken > 1:
                return None
            cells.append(quoted + rest)
            if end < 0:
                return cells
            start = end + 1

    def _read_quoted(self, text: str, start: int) -> tuple[str, str, int] | None:
        """The text from ``start`` to the closing quote, the line that the quote is on, and the offset after it."""
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
