"""Joins the lines of a page into paragraphs, by their positions.

Lines of the same column and size belong together. A paragraph ends after a short line, before a larger gap, and before
an indented line that follows the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from retriever.documents.blocks import CJK_CHARACTER

# The characters that a sentence ends with, closing quotes and brackets included.
SENTENCE_ENDS = tuple("。！？；：.!?;:…”’」』）)】।؟۔")


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text and its position: left, right and bottom edge and height, in points from the lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    height: float


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The text of one or more lines, the first and the last of them, and the right edge of their column."""

    text: str
    first: TextLine
    last: TextLine
    edge: float


def join_lines(lines: Sequence[TextLine]) -> list[Paragraph]:
    """The paragraphs of one page, in the order of its lines."""
    paragraphs: list[Paragraph] = []
    for group in _group_lines(lines):
        left, edge = min(line.left for line in group), max(line.right for line in group)
        gap = median([above.bottom - below.bottom for above, below in pairwise(group)] or [0.0])
        paragraphs.append(Paragraph(group[0].text, group[0], group[0], edge))
        for above, below in pairwise(group):
            far = above.bottom - below.bottom > 1.4 * gap
            indented = below.left - left > 0.8 * below.height and above.text.endswith(SENTENCE_ENDS)
            if far or indented or not _is_full(above, below, edge):
                paragraphs.append(Paragraph(below.text, below, below, edge))
            else:
                text = paragraphs[-1].text + line_separator(above.text, below.text) + below.text
                paragraphs[-1] = replace(paragraphs[-1], text=text, last=below)
    return paragraphs


def line_separator(above: str, below: str) -> str:
    """The separator between two lines of one paragraph: nothing in Chinese and Japanese text, else a space."""
    is_cjk = CJK_CHARACTER.match(above[-1:]) or CJK_CHARACTER.match(below[:1])
    return "" if is_cjk or above.endswith("-") else " "


def continues(above: Paragraph, below: Paragraph) -> bool:
    """Whether the last paragraph of a page continues on the next page: its last line is full and ends no sentence."""
    alike = abs(above.last.height - below.first.height) <= 0.2 * above.last.height
    full = _is_full(above.last, below.first, max(above.edge, below.edge))
    return alike and full and not above.text.endswith(SENTENCE_ENDS)


def _is_full(above: TextLine, below: TextLine, edge: float) -> bool:
    """Whether ``above`` is full: the first word of ``below`` would not have fitted at its end."""
    return edge - above.right <= _first_word_width(below) + 0.6 * above.height


def _group_lines(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """The lines in groups: consecutive lines of one size whose left edges differ by no more than an indent."""
    groups: list[list[TextLine]] = []
    for line in lines:
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and 0 < last.bottom - line.bottom < 3 * last.height
            and abs(last.height - line.height) <= 0.2 * last.height
            and abs(last.left - line.left) <= 3 * last.height
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _first_word_width(line: TextLine) -> float:
    """The width in points of the first word; of the first character in Chinese and Japanese text."""
    if CJK_CHARACTER.match(line.text):
        return line.height
    word = line.text.partition(" ")[0]
    return (line.right - line.left) * (len(word) + 1) / max(len(line.text), 1)
