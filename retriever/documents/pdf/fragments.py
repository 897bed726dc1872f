"""Cuts the characters of a page into fragments: runs on one baseline without a wide gap.

A fragment is a line of a column, the cell of a table, or a piece of either. PDFium's order of characters is kept within
fragments and among them, since it is the order in which the page was written, with Arabic and Hebrew already led back
to the order of reading.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retriever.documents.blocks import WRAPPED
from retriever.documents.pdf.characters import Characters
from retriever.documents.pdf.ink import HYPHEN, find_ink, follows_newline, is_mark
from retriever.documents.pdf.raised import mark_raised

if TYPE_CHECKING:
    from retriever.documents.pdf.characters import Floats
    from retriever.documents.pdf.ink import Codes, Mask, Places

# A gap of this many heights ends a fragment. A height is that of the whole font, about 1.2 em.
WIDE_GAP = 0.9
# Characters whose baselines differ by less than this many heights stand on one line: superscripts do.
SAME_LINE = 0.5
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_CONTROLS = re.compile("[\x00\x01\x03-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff\xad]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_PRESENTATION_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufeff]")
_BULLET = re.compile(r"^[\uf000-\uf0ff](?=\s|$)")
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A run of text with its edges, its baseline and the height of its font, in points from the lower left corner.

    ``text`` is not empty; it ends with U+0002 if it ends with a hyphen that may have broken a word.
    """

    text: str
    left: float
    right: float
    base: float
    height: float


def cut_fragments(page: Characters) -> list[Fragment]:
    """The fragments of the characters of one direction that runs to the right."""
    ink = find_ink(page.codes)
    if not len(ink):
        return []
    boxes = page.boxes[ink]
    heights = _fill_heights(boxes[:, 3] - boxes[:, 1])
    bases = page.origins[ink, 1]
    starts = np.flatnonzero(np.concatenate([[True], _find_cuts(page, ink, heights)]))
    ends = np.append(starts[1:], len(ink))
    lefts = np.minimum.reduceat(boxes[:, 0], starts)
    rights = np.maximum.reduceat(boxes[:, 2], starts)
    text = mark_raised(page, ink, heights)
    spans = zip(ink[starts].tolist(), _skip_marks(page.codes, ink[ends - 1].tolist()), strict=True)
    texts = [_clean("".join(text[first : last + 1]), page, first) for first, last in spans]
    usual = (_find_usual(bases, starts, ends), _find_usual(heights, starts, ends))
    columns = zip(texts, lefts.tolist(), rights.tolist(), *usual, strict=True)
    return [Fragment(*values) for values in columns if values[0]]


def _skip_marks(codes: Codes, places: list[int]) -> list[int]:
    """The places of the last marks above or below the characters at ``places``, or these themselves."""
    marks = set(np.flatnonzero(is_mark(codes)).tolist())
    if marks:
        for at in range(len(places)):
            while places[at] + 1 in marks:
                places[at] += 1
    return places


def _find_cuts(page: Characters, ink: Places, heights: Floats) -> Mask:
    """For each character of ``ink`` but the first, whether it begins a fragment."""
    left, right = page.boxes[ink, 0], page.boxes[ink, 2]
    bases = page.origins[ink, 1]
    size = np.maximum(heights[:-1], heights[1:])
    gap = np.maximum(left[1:] - right[:-1], left[:-1] - right[1:])
    shift = np.abs(np.diff(bases))
    cuts: Mask = (gap > WIDE_GAP * size) | (shift > SAME_LINE * size)
    # PDFium ends lines with care; it is overruled only where the text plainly goes on.
    apart = (gap > 0.4 * size) | (gap < -0.4 * size) | (shift > 0.1 * size)
    cuts |= follows_newline(page.codes, ink) & apart
    return cuts


def _find_usual(values: Floats, starts: Places, ends: Places) -> list[float]:
    """The median of each stretch of ``values``; most stretches have one value."""
    lowest, highest = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    usual: list[float] = lowest.tolist()
    for at in np.flatnonzero(highest - lowest > 0.01).tolist():
        stretch = sorted(values[starts[at] : ends[at]].tolist())
        usual[at] = stretch[len(stretch) // 2]
    return usual


def _fill_heights(heights: Floats) -> Floats:
    """Heights with a usual one in the place of those that a font does not declare."""
    known = heights[heights > 0.5]
    usual = float(np.median(known)) if len(known) else 10.0
    filled: Floats = np.where(heights > 0.5, heights, usual)
    return filled


def _clean(text: str, page: Characters, first: int) -> str:
    if text.isascii() and chr(HYPHEN) not in text:
        return _CONTROLS.sub("", _SPACES.sub(" ", text))
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    elif _RTL.search(text):
        text = _order_ligatures(text, page.boxes[first : first + len(text)])
    text = WRAPPED.sub("", text)
    # A private character that stands alone is a bullet of a symbol font.
    text = _BULLET.sub("•", text)
    if _PRESENTATION_FORMS.search(text):
        text = _PRESENTATION_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    body, end = (text[:-1], text[-1]) if text.endswith((chr(HYPHEN), "\xad")) else (text, "")
    body = body.replace(chr(HYPHEN), "-")
    return _SPACES.sub(" ", _CONTROLS.sub("", body)) + (chr(HYPHEN) if end else "")


def is_rtl(text: str) -> bool:
    """Whether most letters of a text are written from the right."""
    rtl = 0 if text.isascii() else len(_RTL.findall(text))
    return rtl > 0 and 2 * rtl > sum(character.isalpha() for character in text)


def _order_ligatures(text: str, boxes: Floats) -> str:
    """Right-to-left text with the letters of each ligature in the order of reading.

    A font may map one glyph to several letters. PDFium turns the text of a line around letter by letter and leaves such
    letters, which have one box, reversed.
    """
    same = np.flatnonzero((boxes[1:] == boxes[:-1]).all(axis=1))
    if not len(same):
        return text
    letters = list(text)
    runs = np.split(same, np.flatnonzero(np.diff(same) > 1) + 1)
    for run in runs:
        first, last = int(run[0]), int(run[-1]) + 2
        letters[first:last] = _order_ligature("".join(letters[first:last]))
    return "".join(letters)


def _order_ligature(letters: str) -> str:
    """The letters of one glyph, reversed unless a presentation form of Unicode has them in this order."""
    if not all(_RTL.match(letter) for letter in letters) or letters in _ligatures():
        return letters
    return letters[::-1]


@lru_cache(maxsize=1)
def _ligatures() -> frozenset[str]:
    """The letters of each Arabic ligature that Unicode encodes, in the order of reading."""
    blocks = (range(0xFB50, 0xFE00), range(0xFE70, 0xFEFF))
    forms = (unicodedata.normalize("NFKC", chr(code)) for block in blocks for code in block)
    return frozenset(form for form in forms if len(form) > 1 and " " not in form)
