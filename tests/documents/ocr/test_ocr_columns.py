"""The order of lines on a page: columns one after the other, tables by rows, whatever their baselines."""

from __future__ import annotations

import random

import pytest

from retriever.documents.ocr.columns import order_columns
from retriever.documents.pdf.fragments import Fragment

LEFT = [f"左栏第{number}行的文字一直写到栏的右边" for number in range(8)]
RIGHT = [f"右栏第{number}行的文字一直写到栏的右边" for number in range(8)]


def place(texts: list[str], left: float, top: float, width: float = 200, step: float = 20) -> list[Fragment]:
    return [Fragment(text, left, left + width, top - step * number, 12) for number, text in enumerate(texts)]


def shuffle(fragments: list[Fragment]) -> list[Fragment]:
    return random.Random(5).sample(fragments, len(fragments))


@pytest.mark.parametrize("shift", [0.0, 3.0, 9.0])
def test_columns_are_read_one_after_the_other(shift: float) -> None:
    page = place(LEFT, 50, 700) + place(RIGHT, 300, 700 - shift)
    assert [one.text for one in order_columns(shuffle(page))] == LEFT + RIGHT


def test_a_heading_across_parts_the_columns_above_from_those_below() -> None:
    head, middle = place(["跨栏的标题"], 50, 760, 450), place(["第二部分的标题跨过两栏"], 50, 520, 450)
    above = place(LEFT, 50, 700) + place(RIGHT, 300, 705)
    below = place(LEFT, 50, 480) + place(RIGHT, 300, 475)
    page = head + above + middle + below
    expected = [one.text for one in page]
    assert [one.text for one in order_columns(shuffle(page))] == expected


def test_three_columns() -> None:
    page = place(LEFT, 20, 700, 160) + place(RIGHT, 210, 703, 160) + place(LEFT, 400, 706, 160)
    assert [one.text for one in order_columns(shuffle(page))] == LEFT + RIGHT + LEFT


def test_a_table_is_read_by_rows() -> None:
    names, figures = [f"项目{number}" for number in range(6)], [f"1,{number}00" for number in range(6)]
    page = place(names, 50, 700, 40) + place(figures, 250, 700, 40) + place(figures, 400, 700, 40)
    expected = [text for name, figure in zip(names, figures, strict=True) for text in (name, figure, figure)]
    assert [one.text for one in order_columns(shuffle(page))] == expected
