"""Finds the rows of tables: lines whose cells stand below each other, and cells of several lines beside each other.

There are no lines of a grid to go by, and none are looked for. The rows of a table show in gaps that run down through
them; a cell of several lines shows in lines that begin below it, or in a block that was written beside another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from retriever.documents.pdf.columns import is_prose
from retriever.documents.pdf.fragments import WIDE_GAP, is_rtl
from retriever.documents.pdf.lines import Line, find_gaps, make_line

# A gap that runs through the rows of a table is at least this many heights wide.
_GAP = 0.7
# Rows farther apart than this many heights belong to different tables, and lines to different cells.
_ROW_DISTANCE = 5.0
_LINE_DISTANCE = 1.9
# Lines that share this much of their height are beside each other: a label may stand between two lines.
_BESIDE = 0.3
# The most lines of a cell, and cells of a row. More lines are a column of the page.
_MAX_LINES = 12
_MAX_CELLS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table as the lines of each cell, or a line of running text as the only cell."""

    cells: tuple[tuple[Line, ...], ...]
    is_table: bool = False

    @property
    def lines(self) -> list[Line]:
        """The lines of all cells."""
        return [line for cell in self.cells for line in cell]


@dataclass(slots=True)
class _Block:
    """Lines that may become a row; ``beside`` if some of them were written beside others instead of with them."""

    cells: list[list[Line]] = field(default_factory=list)
    beside: bool = False
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0

    def add(self, line: Line, cell: int | None = None) -> None:
        """Add the cells of a line as cells, or the line to the ``cell`` with this number."""
        first = not self.cells
        if cell is None:
            self.cells += [[make_line([fragment])] for fragment in line.cells]
        else:
            self.cells[cell].append(line)
        self.left = line.left if first else min(self.left, line.left)
        self.right = line.right if first else max(self.right, line.right)
        self.top = line.top if first else max(self.top, line.top)
        self.bottom = line.bottom if first else min(self.bottom, line.bottom)

    @property
    def last(self) -> Line:
        """The line that was added last."""
        return self.cells[-1][-1]


def find_rows(lines: Sequence[Line]) -> list[Row]:
    """The lines as rows, in their order."""
    blocks = _build_blocks(lines)
    aligned = [False] * len(blocks)
    for at in range(1, len(blocks)):
        if _are_aligned(blocks[at - 1], blocks[at]):
            aligned[at - 1] = aligned[at] = True
    return [row for block, flag in zip(blocks, aligned, strict=True) for row in _make_rows(block, flag)]


def _build_blocks(lines: Sequence[Line]) -> list[_Block]:
    blocks: list[_Block] = []
    for line in lines:
        block = blocks[-1] if blocks else None
        if block is not None and _is_beside(block, line):
            block.add(line)
            block.beside = True
            continue
        cell = None if block is None else _find_cell(block, line)
        if block is None or cell is None:
            blocks.append(block := _Block())
        block.add(line, cell)
    return blocks


def _is_beside(block: _Block, line: Line) -> bool:
    """Whether a line begins the next cell: past all others, and at their height."""
    if len(block.cells) >= _MAX_CELLS or any(len(cell) > _MAX_LINES for cell in block.cells):
        return False
    gap = WIDE_GAP * line.height
    after = line.left >= block.right + gap
    before = line.right <= block.left - gap and is_rtl(line.cells[0].text)
    overlap = min(block.top, line.top) - max(block.bottom, line.bottom)
    return (after or before) and overlap >= _BESIDE * (line.top - line.bottom)


def _find_cell(block: _Block, line: Line) -> int | None:
    """The number of the cell that a line continues; None if it continues none.

    In a block of one cell it is below the last line. In a row it is below a cell other than the first and keeps to its
    column: what begins at the left edge is the next row.
    """
    if len(line.cells) > 1:
        return None
    if len(block.cells) == 1:
        return 0 if _is_below(block.last, line) and _share_column(block.last, line) else None
    slack = 0.5 * line.height
    placed = sorted(range(len(block.cells)), key=lambda at: block.cells[at][0].left)
    if is_rtl(line.cells[0].text):
        candidates = [at for at in placed if block.cells[at][0].right >= line.right - slack]
        chosen, outermost = (candidates[0] if candidates else None), placed[-1]
    else:
        candidates = [at for at in placed if block.cells[at][0].left <= line.left + slack]
        chosen, outermost = (candidates[-1] if candidates else None), placed[0]
    if chosen is None or chosen == outermost or not _is_below(block.cells[chosen][-1], line):
        return None
    others = (cell[0] for at, cell in enumerate(block.cells) if at != chosen)
    return None if any(_share_column(other, line) for other in others) else chosen


def _is_below(above: Line, below: Line) -> bool:
    return 0 < above.base - below.base < _LINE_DISTANCE * max(above.height, below.height)


def _share_column(one: Line, other: Line) -> bool:
    return min(one.right, other.right) > max(one.left, other.left)


def _are_aligned(above: _Block, below: _Block) -> bool:
    """Whether two rows have a gap between cells in common."""
    if len(above.cells) < 2 or len(below.cells) < 2:
        return False
    height = max(above.cells[0][0].height, below.cells[0][0].height)
    if not -0.5 * height < above.bottom - below.top <= _ROW_DISTANCE * height:
        return False
    gaps = find_gaps(_find_edges(below))
    return any(
        min(right, other_right) - max(left, other_left) >= _GAP * height
        for left, right in find_gaps(_find_edges(above))
        for other_left, other_right in gaps
    )


def _find_edges(block: _Block) -> list[tuple[float, float]]:
    return [(min(line.left for line in cell), max(line.right for line in cell)) for cell in block.cells]


def _make_rows(block: _Block, is_aligned: bool) -> list[Row]:
    """A block as one row of a table if it is one, else as lines of running text."""
    too_long = any(len(cell) > _MAX_LINES for cell in block.cells)
    # Two columns of the page; with one of them prose, a note in the margin.
    prose = [is_prose(cell) for cell in block.cells] if len(block.cells) == 2 else [False]
    columns = all(prose) or (any(prose) and not is_aligned)
    if len(block.cells) > 1 and (is_aligned or block.beside) and not too_long and not columns:
        return [Row(tuple(tuple(cell) for cell in block.cells), is_table=True)]
    if len(block.cells) > 1 and not block.beside:
        # One line with wide gaps, and what follows below one of its pieces.
        first = make_line([cell[0].cells[0] for cell in block.cells])
        return [Row(((line,),)) for line in (first, *(line for cell in block.cells for line in cell[1:]))]
    return [Row(((line,),)) for cell in block.cells for line in cell]
