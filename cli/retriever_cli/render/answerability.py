"""What scores tell about questions without an answer: tables, and the trade-off as a plot in characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from retriever import Answerability, Estimate, ThresholdRates
from retriever_cli.render.tables import Table, format_estimate

# The plot: rows and columns of characters, and columns left of it for the numbers of its axis.
_ROWS, _COLUMNS, _AXIS = 8, 48, 5
# A character of Braille has two columns of four dots each; the bits of its dots, from the top.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BRAILLE = 0x2800
_PROPOSED = "o"

SHARES_NOTE = "Shares have Wilson's intervals, AUC has Newcombe's."


def describe_kinds(weighed: Answerability) -> str:
    """A line that counts the first hits of each kind."""
    return f"First hits: {weighed.right} right, {weighed.wrong} wrong, {weighed.unanswerable} where nothing answers"


def describe_threshold(weighed: Answerability) -> str:
    """Lines about the proposed threshold: how it is chosen, and how to use it."""
    if weighed.proposed is None:
        return f"No threshold up to 1 follows the rule: {weighed.rule}."
    return (
        f"Threshold {weighed.proposed.threshold:g}: {weighed.rule}. It was chosen on these questions: expect "
        f"less of it on others. Use it in the same mode: retriever search --min-score {weighed.proposed.threshold:g}"
    )


def build_summary(named: Sequence[tuple[str, Answerability]]) -> Table:
    """A row for each evaluation: area, proposed threshold with its rates, calibration error."""
    header = ("", "AUC", "threshold", "right kept", "no answer refused", "wrong refused", "calibration error")
    return Table(header, tuple((name, *_summarise(weighed)) for name, weighed in named))


def _summarise(weighed: Answerability) -> Iterator[str]:
    yield format_estimate(weighed.auc)
    if weighed.proposed is None:
        yield from ("none", "", "", "")
    else:
        yield f"{weighed.proposed.threshold:g}"
        yield from _format_rates(weighed.proposed)
    yield f"{weighed.calibration_error:.3f}"


def _format_rates(rates: ThresholdRates) -> Iterator[str]:
    yield format_estimate(rates.kept)
    yield format_estimate(rates.refused)
    yield _format_optional(rates.wrong_refused)


def _format_optional(estimate: Estimate | None) -> str:
    return "-" if estimate is None else format_estimate(estimate)


def build_rates(weighed: Answerability) -> Table:
    """A row for each round threshold and the proposed one."""
    rates = {item.threshold: item for item in (*weighed.rates, *filter(None, [weighed.proposed]))}
    proposed = weighed.proposed.threshold if weighed.proposed else None
    rows = tuple(
        (f"{item.threshold:g}{' (proposed)' if item.threshold == proposed else ''}", *_format_rates(item))
        for _, item in sorted(rates.items())
    )
    return Table(("threshold", "right kept", "no answer refused", "wrong refused"), rows)


def build_reliability(weighed: Answerability) -> Table:
    """A row for each bin of scores: its questions, their mean score, and the share of them that is right."""
    rows = tuple(
        (f"{item.low:g} to {item.high:g}", f"{item.questions:,}", f"{item.score:.3f}", format_estimate(item.right))
        for item in weighed.bins
    )
    return Table(("score", "questions", "mean score", "first hit right"), rows)


def draw_trade_off(weighed: Answerability, columns: int | None, *, braille: bool) -> str:
    """Plot right answers kept (upwards) against questions without an answer refused (to the right).

    It is at most ``columns`` wide. The proposed threshold is marked. ``braille`` allows characters of Braille, which
    are of one column in every terminal; without them the plot is in ASCII.
    """
    width = min(_COLUMNS, (columns or _COLUMNS + _AXIS) - _AXIS)
    cells = _plot(_list_points(weighed), width)
    lines = [["" if not dots else chr(_BRAILLE + dots) if braille else "*" for dots in row] for row in cells]
    if weighed.proposed:
        x, y = weighed.proposed.refused.mean, weighed.proposed.kept.mean
        lines[round((1 - y) * (_ROWS - 1))][round(x * (width - 1))] = _PROPOSED
    labels = {0: "1.0", _ROWS - 1: "0.0"}
    drawn = [
        f"{labels.get(number, ''):>3} |{''.join(cell or ' ' for cell in row)}".rstrip()
        for number, row in enumerate(lines)
    ]
    return "\n".join([*drawn, f"{'':4}+{'-' * width}", f"{'':4}0.0{'1.0':>{width - 2}}"])


def _list_points(weighed: Answerability) -> list[tuple[float, float]]:
    """Refused and kept along the curve, from a threshold of 0, which refuses nothing, to one that keeps nothing."""
    return [(0.0, 1.0), *((item.refused.mean, item.kept.mean) for item in weighed.curve), (1.0, 0.0)]


def _plot(points: Sequence[tuple[float, float]], width: int) -> list[list[int]]:
    """The dots of Braille of each character, for a line through the points."""
    cells = [[0] * width for _ in range(_ROWS)]
    across, down = 2 * width - 1, 4 * _ROWS - 1
    for (x, y), (to_x, to_y) in pairwise(points):
        steps = max(1, round(abs(to_x - x) * across), round(abs(to_y - y) * down))
        for step in range(steps + 1):
            column = round((x + (to_x - x) * step / steps) * across)
            row = round((1 - y - (to_y - y) * step / steps) * down)
            cells[row // 4][column // 2] |= _DOTS[column % 2][row % 4]
    return cells
