"""Fragments become lines of text in the order of reading: columns, tables, contents, what was written out of turn."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placing import place, place_lines

from retriever.documents.pdf.fragments import Fragment
from retriever.documents.pdf.hyphens import Hyphens
from retriever.documents.pdf.layout import lay_out

CELLS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)
GRIDS = st.integers(2, 5).flatmap(
    lambda columns: st.lists(st.lists(CELLS, min_size=columns, max_size=columns), min_size=2, max_size=6)
)
LEFT = ["The council reviewed the", "flood defence plan and", "agreed to raise the levee", "by forty centimetres."]
RIGHT = ["Separately, the library", "board announced longer", "opening hours on Sundays", "starting in October."]


def read(*fragments: Fragment) -> list[str]:
    return [line.text for line in lay_out(fragments, Hyphens([]))]


@given(GRIDS, st.floats(11, 40), st.floats(45, 120))
def test_a_grid_comes_back_row_by_row(grid: list[list[str]], pitch: float, width: float) -> None:
    cells = [
        [place(text, 50 + width * column, 700 - pitch * row) for column, text in enumerate(line)]
        for row, line in enumerate(grid)
    ]
    assert read(*chain.from_iterable(cells)) == [" | ".join(line) for line in grid]


@given(st.lists(st.tuples(CELLS, *[st.integers(0, 99_999)] * 3), min_size=2, max_size=8))
def test_figures_written_by_columns_come_back_by_rows(table: list[tuple[str, int, int, int]]) -> None:
    columns = [
        place_lines([f"{row[at]:,}" if at else str(row[at]) for row in table], 50 + 90 * at, 700) for at in range(4)
    ]
    above, below = (
        place("The figures of the whole of last year follow in this table.", 50, 730),
        place("So much for them.", 50, 400),
    )
    texts = read(above, *chain.from_iterable(columns), below)
    assert texts == [above.text, *(f"{name} | {a:,} | {b:,} | {c:,}" for name, a, b, c in table), below.text]


def test_columns_of_prose_written_across_are_read_one_after_the_other() -> None:
    across = zip(place_lines(LEFT, 60, 700), place_lines(RIGHT, 320, 700), strict=True)
    assert read(*chain.from_iterable(across)) == [*LEFT, *RIGHT]


def test_columns_of_chinese_written_across() -> None:
    left = ["会议听取了路灯改造的汇报", "原则同意分两期实施第一期", "改造范围为老城区的十二条"]
    right = ["任何单位不得将费用转嫁给", "沿街商户湿地公园游客中心", "的开馆时间定为十月十六日"]
    across = zip(place_lines(left, 60, 700), place_lines(right, 320, 700), strict=True)
    assert read(*chain.from_iterable(across)) == [*left, *right]


def test_columns_written_one_after_the_other_stay_so() -> None:
    assert read(*place_lines(LEFT, 60, 700), *place_lines(RIGHT, 320, 700)) == [*LEFT, *RIGHT]


def test_cells_of_several_lines_are_one_row() -> None:
    """A word processor writes cell by cell, and a label may stand in the middle of its row."""
    first = [
        place("Roads", 50, 694),
        *place_lines(["Repair of the twelve main", "roads of the old town"], 150, 700),
        place("87", 350, 694),
    ]
    second = [place("Lamps", 50, 654), *place_lines(["Two stages"], 150, 654), place("120", 350, 654)]
    assert read(*first, *second) == [
        "Roads | Repair of the twelve main roads of the old town | 87",
        "Lamps | Two stages | 120",
    ]


def test_a_line_below_a_cell_continues_it() -> None:
    rows = [
        [place("May", 50, 700), place("Draft", 120, 700), place("First draft for discussion with the", 200, 700)],
        [place("council", 200, 688)],
        [place("June", 50, 664), place("Final", 120, 664), place("Approved", 200, 664)],
    ]
    assert read(*chain.from_iterable(rows)) == [
        "May | Draft | First draft for discussion with the council",
        "June | Final | Approved",
    ]


def test_one_line_with_a_wide_gap_is_no_table() -> None:
    assert read(place("Chapter 2", 50, 700), place("The harbour", 300, 700), place("Text of it.", 50, 680)) == [
        "Chapter 2 The harbour",
        "Text of it.",
    ]


def test_numbers_and_bullets_are_no_cells() -> None:
    items = [
        (place("1.", 50, 700 - 14 * at), place(f"the {word} item", 80, 700 - 14 * at))
        for at, word in enumerate(["first", "next"])
    ]
    assert read(*chain.from_iterable(items)) == ["1. the first item", "1. the next item"]


def test_a_label_with_a_colon_and_its_value_are_one() -> None:
    rows = [(place("Name:", 50, 700), place("Kim", 150, 700)), (place("Town:", 50, 680), place("Oslo", 150, 680))]
    assert read(*chain.from_iterable(rows)) == ["Name: Kim", "Town: Oslo"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("1 Budget . . . . . . . . . 12", "1 Budget … 12"),
        ("总体要求…………………… 3", "总体要求 … 3"),
        ("Preface ............ iv", "Preface … iv"),
        ("他说……好的，就这样。", "他说……好的，就这样。"),
        ("And then... nothing", "And then... nothing"),
    ],
)
def test_leaders_of_contents_are_cut_and_ellipses_kept(line: str, text: str) -> None:
    assert read(place(line, 50, 700)) == [text]


def test_what_was_written_last_is_read_where_it_stands() -> None:
    body = place_lines(["All of the body", "stands below it."], 50, 600)
    note = [place("Between", 50, 640)]
    assert read(*body, place("The heading", 50, 700), *note) == [
        "The heading",
        "Between",
        "All of the body",
        "stands below it.",
    ]


def test_hebrew_tables_are_read_from_the_right() -> None:
    rows = [(place("שם", 300, 700), place("סכום", 100, 700)), (place("מים", 300, 680), place("312", 100, 680))]
    assert read(*chain.from_iterable(rows)) == ["שם | סכום", "מים | 312"]


def test_a_note_in_the_margin_does_not_make_a_table_of_prose() -> None:
    prose = [
        "of the twelve main roads in the old",
        "town and of the lamps that stand there",
        "since the year of the great flood.",
    ]
    assert read(*place_lines(["note", "more"], 20, 700), *place_lines(prose, 120, 700)) == ["note", "more", *prose]
