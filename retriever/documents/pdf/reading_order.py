"""Puts what was written out of turn where it is read.

The order of a file is that of reading with few exceptions: a heading, a note or a text box that was written last though
it stands above what was written first. Such a stretch is moved in front of the lines below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retriever.documents.pdf.tables import Row

# A page in more pieces than this is a drawing, and its order is left alone.
_MAX_FLOWS = 60
_MAX_ROWS = 3_000
# Two lines stand in one column if they share so much of the width of the narrower one.
_SHARED = 0.3


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    bottom: float
    right: float
    top: float


def order_rows(rows: Sequence[Row]) -> list[Row]:
    """The rows of a page in the order of reading."""
    flows = _cut_flows(rows)
    if len(flows) > _MAX_FLOWS or len(rows) > _MAX_ROWS:
        return list(rows)
    ordered: list[tuple[_Box, Row]] = []
    for flow in flows:
        boxes = [_bound([row]) for row in flow]
        place = _find_place(ordered, _bound(flow))
        ordered[place:place] = zip(boxes, flow, strict=True)
    return [row for _, row in ordered]


def _cut_flows(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that go down the page one after the other."""
    flows: list[list[Row]] = []
    for row in rows:
        line = row.cells[0][0]
        last = flows[-1][-1].lines[-1] if flows else None
        if last is not None and line.base <= last.base + 0.5 * line.height:
            flows[-1].append(row)
        else:
            flows.append([row])
    return flows


def _find_place(ordered: Sequence[tuple[_Box, Row]], flow: _Box) -> int:
    """Where to insert a flow: before the rows of its column that are below it, up to one that stands beside it."""
    if all(box.top <= flow.bottom + 1 for box, _ in ordered):
        return 0
    place = len(ordered)
    for at in range(len(ordered) - 1, -1, -1):
        box = ordered[at][0]
        shared = min(box.right, flow.right) - max(box.left, flow.left)
        if shared < _SHARED * min(box.right - box.left, flow.right - flow.left):
            continue
        if box.top <= flow.bottom + 1:
            place = at
        elif box.bottom < flow.top - 1:
            break
    return place


def _bound(rows: Sequence[Row]) -> _Box:
    lines = [line for row in rows for line in row.lines]
    return _Box(
        min(line.left for line in lines),
        min(line.bottom for line in lines),
        max(line.right for line in lines),
        max(line.top for line in lines),
    )
