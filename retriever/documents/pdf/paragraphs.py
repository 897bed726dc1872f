"""Joins the lines of a page into paragraphs, by their positions.

Lines of the same column and size belong together. A paragraph ends after a short line, before a larger gap, and before
an indented line that follows the end of a sentence. The rows of a table make up one paragraph, each on a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from retriever.documents.blocks import CJK_CHARACTER
from retriever.documents.pdf.hyphens import MARK, Hyphens, resolve

# The characters that a sentence ends with, closing quotes and brackets included.
SENTENCE_ENDS = tuple("。！？；：.!?;:…”’」』）)】।؟۔")


# Lines of one paragraph are no farther apart than this many heights, whatever the distance of the others.
_FARTHEST, _FARTHEST_PAIR = 2.2, 1.7


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text and its position: left and right edge, baseline and height, in points from the lower left corner.

    The edges of Arabic and Hebrew are mirrored, so that ``left`` is always where reading begins. ``is_row`` is true for
    a row of a table and a line of a table of contents, which are never joined with others.
    """

    text: str
    left: float
    right: float
    base: float
    height: float
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The text of one or more lines, the first and the last of them, and the right edge of their column."""

    text: str
    first: TextLine
    last: TextLine
    edge: float


def join_lines(lines: Sequence[TextLine], hyphens: Hyphens) -> list[Paragraph]:
    """The paragraphs of one page, in the order of its lines."""
    paragraphs: list[Paragraph] = []
    for group in _group_lines(lines):
        edge = max(line.right for line in group)
        if group[0].is_row:
            paragraphs.append(Paragraph("\n".join(resolve(line.text) for line in group), group[0], group[-1], edge))
            continue
        paragraphs.extend(
            Paragraph(join_texts([line.text for line in part], hyphens), part[0], part[-1], edge)
            for part in _split_group(group, edge)
        )
    return paragraphs


def join_texts(texts: Sequence[str], hyphens: Hyphens) -> str:
    """The lines of one paragraph or cell as one text. A hyphen at the end of the last one stays marked."""
    joined = [texts[0]]
    for text in texts[1:]:
        # Only the end of what was joined matters, and texts may be long.
        end = joined.pop()
        joined += [end[:-200], hyphens.join(end[-200:], text)]
    return "".join(joined)


def continues(above: Paragraph, below: Paragraph) -> bool:
    """Whether the last paragraph of a page continues on the next page: its last line is full and ends no sentence."""
    if above.last.is_row or below.first.is_row:
        return above.last.is_row and below.first.is_row
    alike = abs(above.last.height - below.first.height) <= 0.2 * above.last.height
    full = _is_full(above.last, below.first, max(above.edge, below.edge))
    return alike and full and not above.text.endswith(SENTENCE_ENDS)


def _split_group(group: Sequence[TextLine], edge: float) -> list[list[TextLine]]:
    """The paragraphs of a group of lines, each as its lines."""
    left = min(line.left for line in group)
    # Two lines show no usual distance; one that begins like a sentence is sooner taken for a paragraph of its own.
    starts_anew = len(group) == 2 and (group[1].text[0].isupper() or group[1].text[0].isdigit())
    farthest = _FARTHEST_PAIR if starts_anew else _FARTHEST
    gap = median([above.base - below.base for above, below in pairwise(group)] or [0.0])
    parts = [[group[0]]]
    for above, below in pairwise(group):
        far = above.base - below.base > min(1.4 * gap, farthest * above.height)
        indented = below.left - left > 0.8 * below.height and above.text.endswith(SENTENCE_ENDS)
        if far or indented or _is_centred(above, below) or not _is_full(above, below, edge):
            parts.append([below])
        else:
            parts[-1].append(below)
    return parts


def _is_centred(above: TextLine, below: TextLine) -> bool:
    """Whether two lines are centred and the first is the shorter, which a line that goes on is not."""
    inset = above.left - below.left
    return inset > above.height and abs(inset - (below.right - above.right)) < 0.3 * above.height


def _is_full(above: TextLine, below: TextLine, edge: float) -> bool:
    """Whether ``above`` is full: it breaks a word, or the first word of ``below`` would not have fitted at its end."""
    return above.text.endswith(MARK) or edge - above.right <= _first_word_width(below) + 0.6 * above.height


def _group_lines(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """The lines in groups: consecutive lines of one size whose left edges differ by no more than an indent.

    Consecutive rows are a group.
    """
    groups: list[list[TextLine]] = []
    for line in lines:
        last = groups[-1][-1] if groups else None
        if last is not None and ((last.is_row and line.is_row) or _is_alike(last, line)):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _is_alike(above: TextLine, below: TextLine) -> bool:
    return (
        above.is_row == below.is_row
        and 0 < above.base - below.base < 3 * above.height
        and abs(above.height - below.height) <= 0.2 * above.height
        and abs(above.left - below.left) <= 3 * above.height
    )


def _first_word_width(line: TextLine) -> float:
    """The width in points of the first word; of the first character in Chinese and Japanese text."""
    if CJK_CHARACTER.match(line.text):
        return line.height
    word = line.text.partition(" ")[0]
    return (line.right - line.left) * (len(word) + 1) / max(len(line.text), 1)
