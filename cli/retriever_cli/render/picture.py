"""Evaluations as an SVG picture: a panel per measure, a dot per mean, a line for its confidence interval."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from retriever import Estimate, Evaluation
from retriever_cli.console import escape_line
from retriever_cli.options import format_count
from retriever_cli.render.evaluation import count_answerable, list_groups, select_estimates
from retriever_cli.render.layout import cell_width

_PANEL, _GAP, _ROW, _TOP, _MARGIN, _INDENT = 150, 30, 22, 56, 20, 12
# The approximate width of a terminal column in this font, in pixels.
_CELL = 7
# A palette for colour-blind readers, too (Okabe and Ito 2008).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
# Characters that XML forbids, even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INK, _RULE = "#333333", "#dddddd"


def draw_picture(evaluations: Sequence[Evaluation]) -> str:
    """Draw evaluations of the same measures as an SVG document."""
    rows = _build_rows(evaluations)
    measures = evaluations[0].measures
    bottom = _TOP + _ROW * len(rows)
    lefts = [_measure_labels(rows) + (_PANEL + _GAP) * number for number in range(len(measures) + 1)]
    width = lefts[-1] + _MARGIN
    height = bottom + 2 * _MARGIN
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "width": str(width),
            "height": str(height),
            "font-family": "sans-serif",
            "font-size": "12",
            "fill": _INK,
        },
    )
    questions = format_count(count_answerable(evaluations[0]), "question")
    SubElement(root, "title").text = f"Retrieval quality on {questions}"
    SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    for left, measure in zip(lefts, measures, strict=False):
        _draw_axis(root, left, bottom, measure)
    for number, row in enumerate(rows):
        y = _TOP + _ROW * number + _ROW // 2
        _draw_label(root, row, y)
        for left, estimate in zip(lefts, row.estimates, strict=False):
            _draw_estimate(root, left, y, estimate, row.colour)
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the picture: a label and an estimate per measure, or a heading without estimates."""

    label: str
    estimates: Sequence[Estimate] = ()
    colour: str = _INK
    head: bool = True


def _build_rows(evaluations: Sequence[Evaluation]) -> list[_Row]:
    rows = []
    for label, language in list_groups(evaluations):
        if len(evaluations) == 1:
            rows.append(_Row(label, select_estimates(evaluations[0], language), _COLOURS[0]))
            continue
        rows.append(_Row(label))
        for number, evaluation in enumerate(evaluations):
            colour = _COLOURS[number % len(_COLOURS)]
            rows.append(_Row(escape_line(evaluation.name), select_estimates(evaluation, language), colour, head=False))
    return rows


def _measure_labels(rows: Sequence[_Row]) -> int:
    return 2 * _MARGIN + _INDENT + _CELL * max(cell_width(row.label) for row in rows)


def _draw_axis(root: Element, left: int, bottom: int, measure: str) -> None:
    SubElement(root, "text", {"x": str(left), "y": str(_TOP - 26), "font-weight": "bold"}).text = measure
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _format_coordinate(left + tick * _PANEL)
        SubElement(root, "line", {"x1": x, "x2": x, "y1": str(_TOP - 6), "y2": str(bottom), "stroke": _RULE})
        if tick in (0.0, 0.5, 1.0):
            SubElement(root, "text", {"x": x, "y": str(_TOP - 10), "text-anchor": "middle"}).text = f"{tick:g}"


def _draw_label(root: Element, row: _Row, y: int) -> None:
    weight = "bold" if row.head else "normal"
    x = _MARGIN if row.head else _MARGIN + _INDENT
    SubElement(root, "text", {"x": str(x), "y": str(y + 4), "font-weight": weight}).text = _NOT_XML.sub("�", row.label)


def _draw_estimate(root: Element, left: int, y: int, estimate: Estimate, colour: str) -> None:
    x = _format_coordinate(left + estimate.mean * _PANEL)
    title = f"{estimate.mean:.3f}"
    if estimate.low is not None and estimate.high is not None:
        ends = {
            "x1": _format_coordinate(left + estimate.low * _PANEL),
            "x2": _format_coordinate(left + estimate.high * _PANEL),
        }
        SubElement(root, "line", {**ends, "y1": str(y), "y2": str(y), "stroke": colour, "stroke-width": "2"})
        title += f" ({estimate.low:.3f} to {estimate.high:.3f})"
    dot = SubElement(root, "circle", {"cx": x, "cy": str(y), "r": "4", "fill": colour})
    SubElement(dot, "title").text = title


def _format_coordinate(value: float) -> str:
    return f"{value:.1f}"
