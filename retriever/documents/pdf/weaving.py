"""Leads tables that were written a column at a time back to rows.

Such columns stand side by side with their lines on the same baselines. So do columns of prose and of an index; only
columns of figures are taken for those of a table.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from retriever.documents.pdf.fragments import Fragment
from retriever.documents.pdf.lines import LEVEL, is_beside, sort_lines

# The fewest lines of a column, and the share of its lines that must be figures and stand beside other lines.
_MIN_LINES = 2
_MIN_FIGURES = 0.6
_MIN_BESIDE = 0.7
_FIGURE = re.compile(r"[-+−–(（]?[$€£¥￥]?\s?\d[\d.,\s]*\s?[%‰％)）]?(?:\^\d{1,3}|[⁰¹²³⁴-⁹]{1,3})?|[-–—―/]|[nN]/?[aA]")


def weave_columns(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments with those of each such table by rows."""
    woven: list[Fragment] = []
    table: list[list[Fragment]] = []
    for run in _cut_runs(fragments):
        if table and not _is_column(table, run):
            woven += _join_columns(table)
            table = []
        table.append(run)
    return woven + _join_columns(table)


def _join_columns(table: Sequence[list[Fragment]]) -> list[Fragment]:
    every = [one for run in table for one in run]
    return sort_lines(every) if len(table) > 1 else every


def _cut_runs(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Stretches of fragments each of which stands below the one before it."""
    runs: list[list[Fragment]] = []
    for one in fragments:
        last = runs[-1][-1] if runs else None
        if last is not None and one.base < last.base and not is_beside(last, one):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _is_column(table: Sequence[Sequence[Fragment]], run: Sequence[Fragment]) -> bool:
    """Whether a run is the next column of a table: beside the last one, on its baselines, and mostly figures."""
    # A column may begin with the text above the table, and the next one end with the text below it.
    slack = LEVEL * run[0].height
    last = [one for one in table[-1] if one.base <= run[0].base + slack]
    run = [one for one in run if one.base >= table[-1][-1].base - slack]
    if len(run) < _MIN_LINES or len(last) < _MIN_LINES:
        return False
    left, right = min(one.left for one in run), max(one.right for one in run)
    if left < max(one.right for one in last) and right > min(one.left for one in last):
        return False
    figures = sum(_FIGURE.fullmatch(one.text.strip()) is not None for one in run)
    if figures < _MIN_FIGURES * len(run):
        return False
    bases = sorted(one.base for one in last)
    beside = sum(_has_neighbour(one, bases) for one in run)
    return beside >= _MIN_BESIDE * len(run)


def _has_neighbour(one: Fragment, bases: Sequence[float]) -> bool:
    at = bisect_left(bases, one.base - LEVEL * one.height)
    return at < len(bases) and bases[at] <= one.base + LEVEL * one.height
