"""Finds the tables of a text, so that what names them goes with every passage of a long one.

The lines of a table are its rows, ``a | b | c``, whatever format they come from. Its caption, and the heads of its
columns unless the rows have them already, become sections around them, whose headings begin with ``TABLE_MARK``: they
are found by their words in every passage. A caption stands above its table, or below it where it is numbered and surely
no sentence. A table goes on over a page break, and behind a line that says so (续表). No text is changed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from retriever.chunking.outline import Section, iter_lines
from retriever.types import TABLE_MARK, Heading, Span

SEPARATOR = " | "
# A shorter table is seldom parted, and shows its caption and heads by itself.
SHORTEST, LEAST_ROWS = 200, 3
# Below all levels of headings.
LEVEL = 99
MAX_CAPTION, MAX_TITLE, MAX_HEAD, MAX_HEADS = 120, 60, 40, 160
# Lines between a caption and its table, as those that name a unit, and rows that are looked at for figures.
MAX_BETWEEN, LOOKED_AT = 2, 10

_NUMBER = r"[\dIVXA-Z一二三四五六七八九十][\d.\-–—A-Za-z]{0,8}"
_LABEL = rf"(?:附?表|[Tt]able|TABLE|Tab\.|Tabelle|Tableau|Tabla|Cuadro|Tabela|Таблица|طاولة|جدول)\s*{_NUMBER}"
CAPTION = re.compile(
    rf"{_LABEL}(?!\w{{3}})"
    r"|[^|。；;]{2,40}(?:一览|情况|统计|明细|汇总|分析|对比|比较|计划|安排|预算|决算)表\s*(?:[（(][^）)]*[）)])?$"
)
# What is surely no sentence: behind the number a title begins, not a word in small letters.
NUMBERED = re.compile(rf"{_LABEL}\s*(?:$|(?<=\s)(?![a-zà-ÿа-я])\w|(?<=\.)\s|[.:：、—–-]\s*\w)")
CONTINUED = re.compile(r"续\s*表|.{0,40}[（(](?:续|續|続|cont)", re.IGNORECASE)
_UNIT = re.compile(r"[（(]?(?:单位|單位|単位|[Uu]nit|计量单位|in )\s*[：: ]?.{0,30}$")
_FIGURE = re.compile(r"[-+−(]?[¥$€£￥]?\d[\d,.]*[%‰)]?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENDS = "。．.!?！？：:；;，,、"
# Of these, what no caption ends with.
_SENTENCE = "。!?！？：:；;，,、"


@dataclass(slots=True)
class _Table:
    """The rows of a table, the line before it that names it, and the line below it, if there are any."""

    rows: list[Span] = field(default_factory=list)
    caption: Span | None = None
    below: Span | None = None


def find_tables(text: str, pages: Sequence[int] = (), *, spaced: bool = False) -> list[Section]:
    """The sections that long tables make, in order: their captions, and within them the heads of their columns.

    ``pages`` are the offsets at which pages begin; a row may follow another across one. ``spaced`` tells that empty
    lines lie between all rows, as in the text of a spreadsheet.
    """
    if SEPARATOR not in text:
        return []
    tables = list(_iter_tables(text, pages, spaced))
    _choose_captions(text, tables)
    return [section for table in tables for section in _name(text, table)]


def merge_sections(sections: Sequence[Section], tables: Sequence[Section]) -> list[Section]:
    """Both in the order of their beginnings; a table ends with the section of the outline that it begins in.

    A heading that is a caption, too, counts as the heading that it is.
    """
    if not tables:
        return list(sections)
    starts = [section.heading.start for section in sections]
    merged = list(sections)
    for table in tables:
        at = bisect_left(starts, table.heading.start)
        if at < len(starts) and starts[at] < table.heading.end:
            continue
        following = starts[at] if at < len(starts) else table.end
        merged.append(Section(table.heading, min(table.end, max(following, table.heading.end))))
    return sorted(merged, key=lambda section: (section.heading.start, section.heading.level))


def _iter_tables(text: str, pages: Sequence[int], spaced: bool) -> Iterator[_Table]:
    before: list[Span] = []
    table: _Table | None = None
    interrupted: Span | None = None
    for line in iter_lines(text):
        if _is_row(text, line):
            last = interrupted or (table.rows[-1] if table else None)
            if table is not None and last is not None and (interrupted or _adjoins(text, last, line, pages, spaced)):
                table.rows.append(line)
            else:
                if table is not None:
                    yield table
                table = _Table([line], _find_caption(text, before, line, spaced))
            interrupted = None
            continue
        if table is not None and interrupted is None and CONTINUED.match(text, line.start, line.end):
            interrupted = line
        elif table is not None:
            if interrupted is None and text.count("\n", table.rows[-1].end, line.start) <= 2:
                table.below = line
            yield table
            table, interrupted = None, None
        before = [*before[-MAX_BETWEEN:], line]
    if table is not None:
        yield table


def _is_row(text: str, line: Span) -> bool:
    return text.find(SEPARATOR, line.start, line.end) >= 0 or (text[line.start] == "|" and text[line.end - 1] == "|")


def _adjoins(text: str, last: Span, line: Span, pages: Sequence[int], spaced: bool) -> bool:
    """Whether a row goes on with the table of the row before it."""
    breaks = text.count("\n", last.end, line.start)
    at = bisect_left(pages, last.end)
    return breaks == 1 or (breaks == 2 and spaced) or (at < len(pages) and pages[at] <= line.start)


def _find_caption(text: str, before: Sequence[Span], row: Span, spaced: bool) -> Span | None:
    """The line above a table that names it: one that looks like a caption, or a title that touches the table."""
    for line in reversed(before):
        words = text[line.start : line.end]
        if CAPTION.match(words) and len(words) <= MAX_CAPTION:
            return line
        touches = text.count("\n", line.end, row.start) <= (2 if spaced else 1)
        if _UNIT.match(words):
            row = line
            continue
        return line if touches and len(words) <= MAX_TITLE and words[-1] not in _ENDS else None
    return None


def _choose_captions(text: str, tables: Sequence[_Table]) -> None:
    """Give each table the numbered caption below it, unless that is the caption of the next one.

    A line between two tables belongs to the upper one where the other captions of the text stand below their tables.
    """
    for table in tables:
        if table.below is not None and not _is_numbered(text, table.below):
            table.below = None
    shared = [upper.below is not None and upper.below == lower.caption for upper, lower in pairwise(tables)]
    alone_below = sum(table.below is not None for table in tables) - sum(shared)
    alone_above = sum(table.caption is not None and _is_numbered(text, table.caption) for table in tables) - sum(shared)
    for (upper, lower), is_shared in zip(pairwise(tables), shared, strict=True):
        if is_shared and alone_below and not alone_above:
            lower.caption = None
        elif is_shared:
            upper.below = None


def _is_numbered(text: str, line: Span) -> bool:
    """Whether a line is surely a caption with a number."""
    words = text[line.start : line.end]
    return len(words) <= MAX_CAPTION and words[-1] not in _SENTENCE and NUMBERED.match(words) is not None


def _name(text: str, table: _Table) -> Iterator[Section]:
    rows, caption = table.rows, table.caption
    if caption is None and CAPTION.match(text[rows[0].start : rows[0].end].replace(SEPARATOR, " ")):
        # Wide gaps within the line made a row of it.
        rows, caption = rows[1:], rows[0]
    if len(rows) < LEAST_ROWS or rows[-1].end - rows[0].start < SHORTEST:
        return
    first, end = rows[0], rows[-1].end
    if table.below is not None and (caption is None or not _is_numbered(text, caption)):
        words = " ".join(text[table.below.start : table.below.end].split())
        end = table.below.end
        yield Section(Heading(TABLE_MARK + words, LEVEL, first.start, first.start), end)
    elif caption is not None:
        words = " ".join(text[caption.start : caption.end].replace(SEPARATOR, " ").split())
        yield Section(Heading(TABLE_MARK + words, LEVEL, caption.start, caption.end), end)
    heads, last = _find_heads(text, rows)
    if heads:
        yield Section(Heading(TABLE_MARK + heads, LEVEL + 1, first.start, last.end), end)


def _find_heads(text: str, rows: Sequence[Span]) -> tuple[str, Span]:
    """The heads of the columns in one line, and the last of the one or two rows that they take; "" without them.

    They are short words, or years, above rows with figures. Rows that have their heads before each cell need no others.
    """
    rows = [row for row in rows[: LOOKED_AT + 2] if not _is_rule(text, row)] + list(rows[-1:])
    cells = [_split(text, row) for row in rows]
    depth = 2 if len(cells) > 2 and _is_head(cells[0]) and _is_head(cells[1]) and len(cells[0]) == len(cells[1]) else 1
    heads = [" ".join(dict.fromkeys(filter(None, column))) for column in zip_longest(*cells[:depth], fillvalue="")]
    line = SEPARATOR.join(filter(None, heads))
    if not all(map(_is_head, cells[:depth])) or len(line) > MAX_HEADS or not any(map(_has_figure, cells[depth:])):
        return "", rows[0]
    labels = [f"{head}: " for head in heads if head]
    if any(label in text[rows[-1].start : rows[-1].end] for label in labels):
        return "", rows[0]
    return line, rows[depth - 1]


def _is_rule(text: str, row: Span) -> bool:
    """Whether a row is the line below the head of a table in Markdown."""
    return set(text[row.start : row.end]) <= set("|-: ")


def _split(text: str, row: Span) -> list[str]:
    words = text[row.start : row.end]
    return [cell.strip() for cell in (words.strip("|") if words[0] == "|" else words).split("|")]


def _is_head(cells: Sequence[str]) -> bool:
    return (
        len(cells) > 1
        and all(len(cell) <= MAX_HEAD and (not _FIGURE.fullmatch(cell) or _YEAR.fullmatch(cell)) for cell in cells)
        and all(cells[1:])
    )


def _has_figure(cells: Sequence[str]) -> bool:
    return any(_FIGURE.fullmatch(cell) for cell in cells)
