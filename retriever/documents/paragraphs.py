"""Paragraphs from lines on a page: which line goes on in the next, judged by where they stand.

Lines of one column and size belong together; a paragraph ends where a line is short, where the next stands
farther off, or where it is indented after the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from retriever.documents.blocks import CJK_CHARACTER

# What a sentence ends with, closing quotes and brackets included.
SENTENCE_ENDS = tuple("。！？；：.!?;:…”’」』）)】।؟۔")


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text and where it stands: left, right and bottom edge and height, in points from the lower left."""

    text: str
    left: float
    right: float
    bottom: float
    height: float


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The words of one or more lines, the first and the last of these, and the right edge of their column."""

    text: str
    first: TextLine
    last: TextLine
    edge: float


def join_lines(lines: Sequence[TextLine]) -> list[Paragraph]:
    """The lines of one page as paragraphs, in the same order."""
    found: list[Paragraph] = []
    for run in _group_lines(lines):
        left, edge = min(line.left for line in run), max(line.right for line in run)
        gap = median([above.bottom - below.bottom for above, below in pairwise(run)] or [0.0])
        found.append(Paragraph(run[0].text, run[0], run[0], edge))
        for above, below in pairwise(run):
            far = above.bottom - below.bottom > 1.4 * gap
            indented = below.left - left > 0.8 * below.height and above.text.endswith(SENTENCE_ENDS)
            if far or indented or not _is_full(above, below, edge):
                found.append(Paragraph(below.text, below, below, edge))
            else:
                text = found[-1].text + line_separator(above.text, below.text) + below.text
                found[-1] = replace(found[-1], text=text, last=below)
    return found


def line_separator(above: str, below: str) -> str:
    """What stands between two lines of one paragraph: nothing in scripts without spaces, else a space."""
    unspaced = CJK_CHARACTER.match(above[-1:]) or CJK_CHARACTER.match(below[:1])
    return "" if unspaced or above.endswith("-") else " "


def continues(above: Paragraph, below: Paragraph) -> bool:
    """Whether the last paragraph of a page goes on at the top of the next: its last line is full and unfinished."""
    alike = abs(above.last.height - below.first.height) <= 0.2 * above.last.height
    full = _is_full(above.last, below.first, max(above.edge, below.edge))
    return alike and full and not above.text.endswith(SENTENCE_ENDS)


def _is_full(above: TextLine, below: TextLine, edge: float) -> bool:
    """Whether the first word of ``below`` would not have fitted at the end of ``above``."""
    return edge - above.right <= _first_word_width(below) + 0.6 * above.height


def _group_lines(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines one below the other, of one size, that begin at the left within an indent of each other."""
    runs: list[list[TextLine]] = []
    for line in lines:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and 0 < last.bottom - line.bottom < 3 * last.height
            and abs(last.height - line.height) <= 0.2 * last.height
            and abs(last.left - line.left) <= 3 * last.height
        ):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _first_word_width(line: TextLine) -> float:
    """The width of what would have to fit on the line above, in points; one character in unspaced scripts."""
    if CJK_CHARACTER.match(line.text):
        return line.height
    word = line.text.partition(" ")[0]
    return (line.right - line.left) * (len(word) + 1) / max(len(line.text), 1)
