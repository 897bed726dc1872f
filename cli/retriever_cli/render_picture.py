"""Evaluations as a picture: a panel for each measure, a dot for each mean, a line for its interval. SVG, by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from retriever import Estimate, Evaluation
from retriever_cli.console import one_line
from retriever_cli.render_evaluation import estimates_of, groups

_LABELS, _PANEL, _GAP, _ROW, _TOP, _MARGIN = 220, 150, 30, 22, 56, 20
# Told apart also by the colour-blind (Okabe and Ito 2008).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
# What an XML document must not hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INK, _RULE = "#333333", "#dddddd"


def picture(evaluations: Sequence[Evaluation]) -> str:
    """The evaluations, which have the same measures, as an SVG document."""
    rows = _rows(evaluations)
    measures = evaluations[0].measures
    bottom = _TOP + _ROW * len(rows)
    width = _LABELS + (_PANEL + _GAP) * len(measures) + _MARGIN
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
    SubElement(root, "title").text = f"Retrieval quality on {len(evaluations[0].results)} questions"
    SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    for number, measure in enumerate(measures):
        _axis(root, _left(number), bottom, measure)
    for number, row in enumerate(rows):
        y = _TOP + _ROW * number + _ROW // 2
        _label(root, row, y)
        for place, estimate in enumerate(row.estimates):
            _mark(root, _left(place), y, estimate, row.colour)
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


class _Row:
    """A line of the picture: a label and an estimate for each measure, or a heading without any."""

    def __init__(self, label: str, estimates: Sequence[Estimate] = (), colour: str = _INK, *, head: bool) -> None:
        self.label = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", label)
        self.estimates = estimates
        self.colour = colour
        self.head = head


def _rows(evaluations: Sequence[Evaluation]) -> list[_Row]:
    rows = []
    for label, language in groups(evaluations):
        if len(evaluations) == 1:
            rows.append(_Row(label, estimates_of(evaluations[0], language), _COLOURS[0], head=True))
            continue
        rows.append(_Row(label, head=True))
        for number, evaluation in enumerate(evaluations):
            colour = _COLOURS[number % len(_COLOURS)]
            rows.append(_Row(one_line(evaluation.name), estimates_of(evaluation, language), colour, head=False))
    return rows


def _left(number: int) -> int:
    return _LABELS + (_PANEL + _GAP) * number


def _axis(root: Element, left: int, bottom: int, measure: str) -> None:
    SubElement(root, "text", {"x": str(left), "y": str(_TOP - 26), "font-weight": "bold"}).text = measure
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _number(left + tick * _PANEL)
        SubElement(root, "line", {"x1": x, "x2": x, "y1": str(_TOP - 6), "y2": str(bottom), "stroke": _RULE})
        if tick in (0.0, 0.5, 1.0):
            SubElement(root, "text", {"x": x, "y": str(_TOP - 10), "text-anchor": "middle"}).text = f"{tick:g}"


def _label(root: Element, row: _Row, y: int) -> None:
    weight = "bold" if row.head else "normal"
    x = _MARGIN if row.head else _MARGIN + 12
    SubElement(root, "text", {"x": str(x), "y": str(y + 4), "font-weight": weight}).text = row.label


def _mark(root: Element, left: int, y: int, estimate: Estimate, colour: str) -> None:
    x = _number(left + estimate.mean * _PANEL)
    said = f"{estimate.mean:.3f}"
    if estimate.low is not None and estimate.high is not None:
        ends = {"x1": _number(left + estimate.low * _PANEL), "x2": _number(left + estimate.high * _PANEL)}
        SubElement(root, "line", {**ends, "y1": str(y), "y2": str(y), "stroke": colour, "stroke-width": "2"})
        said += f" ({estimate.low:.3f} to {estimate.high:.3f})"
    dot = SubElement(root, "circle", {"cx": x, "cy": str(y), "r": "4", "fill": colour})
    SubElement(dot, "title").text = said


def _number(value: float) -> str:
    return f"{value:.1f}"
