"""A figure with its unit, and when one of an excerpt supports one of a claim."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from retriever.citations.numerals import Values
from retriever.types import Span

_TENTH = Fraction(1, 10)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure: what it may stand for, in the base unit of its dimension; ``plain`` is without the unit.

    ``is_about`` is whether the text says that it is rounded or a bound, ``is_bare`` whether the unit is not known: no
    word follows, or one of a language whose units are not. ``is_ordinal`` is whether it numbers something: 第十二条.
    ``is_doubtful`` is an ordinal that other texts have as a word: 第三届, the third. ``direction`` is 1 where something
    rose by it, -1 where it fell, 0 where nothing says so. ``bound`` is 1 where something is at least or more than that
    much, -1 where it is at most or less, 0 where nothing says so.
    """

    span: Span
    values: Values
    plain: Values
    dimension: str = ""
    is_about: bool = False
    is_bare: bool = True
    is_ordinal: bool = False
    is_doubtful: bool = False
    direction: int = 0
    bound: int = 0


def agree(claimed: Quantity, stated: Quantity) -> bool:
    """Whether a figure of an excerpt bears out a claimed one."""
    if claimed.dimension != stated.dimension and not (claimed.is_bare and stated.is_bare):
        return False  # 12 % and 12 schools
    if claimed.dimension and stated.dimension:
        if claimed.dimension != stated.dimension:
            return False
        ours, theirs = claimed.values, stated.values
    else:
        ours, theirs = claimed.plain, stated.plain
    if ours & theirs:
        return True
    if not claimed.is_about:
        return False
    return any(_rounds_to(there, here) for here in ours for there in theirs)


def oppose(claimed: Quantity, stated: Quantity) -> bool:
    """Whether one figure says that something rose and the other that it fell, or one at least and the other at most."""
    return claimed.direction * stated.direction < 0 or claimed.bound * stated.bound < 0


def _rounds_to(exact: Fraction, rounded: Fraction) -> bool:
    """Whether a number rounds, up or down, to another at the other's last significant digit."""
    if rounded <= 0 or exact <= 0:
        return False
    step = Fraction(1)
    while rounded % (step * 10) == 0:
        step *= 10
    while rounded % step:
        step /= 10
        if step < Fraction(1, 10**9):
            return False
    return abs(exact - rounded) < step and abs(exact - rounded) <= rounded * _TENTH
