"""Which way lines run: corners follow a line when its picture, or the page, is turned."""

from __future__ import annotations

import numpy as np
import pytest

from retriever.documents.ocr.interface import Corners, RecognisedLine
from retriever.documents.ocr.layout import lay_out_page
from retriever.documents.ocr.turning import find_angle, find_skew, turn_back, turn_corners

BOX: Corners = ((10.0, 20.0), (110.0, 20.0), (110.0, 40.0), (10.0, 40.0))


@pytest.mark.parametrize(("turns", "angle"), [(0, 0), (1, -90), (2, 180), (3, 90)])
def test_a_turned_line_is_read_in_another_direction(turns: int, angle: float) -> None:
    assert abs(find_angle(turn_corners(BOX, turns))) == abs(angle)
    assert sorted(turn_corners(BOX, turns)) == sorted(BOX)


@pytest.mark.parametrize("turn", [1, 3])
def test_corners_of_a_turned_page_lead_back_to_the_page(turn: int) -> None:
    page = np.zeros((50, 120, 3), np.uint8)
    page[20:40, 10:110] = 255
    turned = np.rot90(page, turn)
    down, across = np.nonzero(turned[:, :, 0])
    left, top, right, bottom = float(across.min()), float(down.min()), float(across.max()) + 1, float(down.max()) + 1
    corners = turn_back(((left, top), (right, top), (right, bottom), (left, bottom)), turn, 120, 50)
    assert sorted(corners) == sorted(BOX)


def test_the_skew_of_a_page_is_that_of_most_lines() -> None:
    assert find_skew([1.5, 1.7, 91.6, -178.4, 40.0]) == pytest.approx(1.6, abs=0.1)
    assert find_skew([]) == 0


@pytest.mark.parametrize("angle", [0.0, 3.0, 90.0, 178.0, 270.0])
def test_lines_are_laid_out_as_if_the_page_stood_upright(angle: float) -> None:
    """Two lines of two columns, on a page that was turned by ``angle``: fragments run to the right and downwards."""
    turn = np.radians(angle)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    lines = []
    for text, left, top in (
        ("第一行左", 50, 100),
        ("第一行右", 400, 100),
        ("第二行左", 50, 160),
        ("第二行右", 400, 160),
    ):
        box = np.array([(left, top), (left + 200, top), (left + 200, top + 40), (left, top + 40)], float)
        points = [(float(x), float(y)) for x, y in box @ matrix.T]
        lines.append(RecognisedLine(text, 0.9, (points[0], points[1], points[2], points[3])))
    [fragments] = lay_out_page(1000, 1000, lines)
    assert [one.text for one in fragments] == ["第一行左", "第一行右", "第二行左", "第二行右"]
    assert fragments[0].base == pytest.approx(fragments[1].base, abs=0.5)
    assert fragments[0].right < fragments[1].left
    assert fragments[0].base > fragments[2].base
