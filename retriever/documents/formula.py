"""Formulas on one line: fractions, roots, powers and indices as text, in reading order.

``10`` with a raised ``3`` is 10^3, never 103: where a raised or lowered character could be taken for a digit of the
number before it, a mark stands between them. Elsewhere Unicode's own characters are used: m², H₂O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

# The place of a piece of text on its line ("superscript", "subscript" or ""), and the text.
Piece = tuple[str, str]

RAISED = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
LOWERED = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
# What needs no brackets: one word or number, or what has brackets already.
WHOLE = re.compile(r"[+−-]?[^\W_]*(?:[.,][0-9]+)*%?|\([^()]*\)|\[[^\[\]]*\]")


def group(text: str) -> str:
    """``text`` in brackets, unless it is a single word or number."""
    text = text.strip()
    return text if WHOLE.fullmatch(text) else f"({text})"


def raise_text(before: str, text: str) -> str:
    """A superscript as text, after ``before`` (its last character is enough). Letters in prose stay: 5th, 1er."""
    return _shift(before, text, RAISED, "^")


def lower_text(before: str, text: str) -> str:
    """A subscript as text, after ``before``."""
    return _shift(before, text, LOWERED, "_")


def join_pieces(pieces: Iterable[Piece]) -> str:
    """The text of a line in pieces, raised and lowered ones as superscripts and subscripts."""
    parts: list[str] = []
    before = ""
    for place, group_ in groupby(pieces, key=itemgetter(0)):
        text = "".join(piece for _, piece in group_)
        if place == "superscript":
            text = raise_text(before, text)
        elif place == "subscript":
            text = lower_text(before, text)
        parts.append(text)
        before = text[-1:] or before
    return "".join(parts)


def power(base: str, exponent: str) -> str:
    """``base`` with a superscript, in a formula."""
    return _attach(base, exponent, RAISED, "^")


def index(base: str, subscript: str) -> str:
    """``base`` with a subscript, in a formula."""
    return _attach(base, subscript, LOWERED, "_")


def fraction(numerator: str, denominator: str) -> str:
    """``numerator`` over ``denominator``."""
    return f"{group(numerator)}/{group(denominator)}"


def root(radicand: str, degree: str = "") -> str:
    """The root of ``radicand``, a square root without ``degree``."""
    return f"{power('', degree)}√{group(radicand)}"


def limits(operator: str, below: str, above: str) -> str:
    """An operator such as a sum or an integral, with its limits."""
    below = f"_{group(below)}" if below.strip() else ""
    above = f"^{group(above)}" if above.strip() else ""
    return operator + below + above


def matrix(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells: ``[a, b; c, d]``."""
    return "[" + "; ".join(", ".join(row) for row in rows) + "]"


def _shift(before: str, text: str, table: dict[str, str], mark: str) -> str:
    shifted = text.strip()
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if shifted else ""
    if (lead or before)[-1:].isdigit() and shifted[:1] and (shifted[0].isdigit() or shifted[0] in "+-−"):
        shifted = mark + group(shifted)
    elif shifted and all(character in table for character in shifted) and not shifted.isalpha():
        shifted = "".join(map(table.__getitem__, shifted))
    # Spaces around it may be raised, too, and part words all the same.
    return lead + shifted + tail


def _attach(base: str, text: str, table: dict[str, str], mark: str) -> str:
    text = text.strip()
    if not text:
        return base
    if not base[-1:].isdigit() and all(character in table for character in text):
        return base + "".join(map(table.__getitem__, text))
    return f"{base}{mark}{group(text)}"
