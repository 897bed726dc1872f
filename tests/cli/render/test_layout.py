from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retriever import Span
from retriever_cli.render.layout import cell_width, fold, select_excerpt, wrap

TEXT = st.text(alphabet="加装电梯，。（）“”ab cd,.()\n　é한あ", max_size=120)


def columns(text: str) -> int:
    """The oracle: East Asian wide and full-width characters take two columns, a line break none."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else char != "\n" for char in text)


def lines(text: str, width: int) -> list[str]:
    return [text[line.start : line.end] for line in wrap(text, Span(0, len(text)), width)]


@pytest.mark.parametrize(("text", "wide"), [("电梯", 4), ("ab", 2), ("한글", 4), ("カ", 2), ("e\u0301", 1), ("", 0)])
def test_cells_count_columns(text: str, wide: int) -> None:
    assert cell_width(text) == wide


def test_words_stay_whole_and_chinese_breaks_anywhere() -> None:
    assert lines("the old lift", 8) == ["the old", "lift"]
    assert lines("改造2023年老旧小区", 8) == ["改造2023", "年老旧小", "区"]


def test_no_line_begins_with_a_closing_or_ends_with_an_opening_mark() -> None:
    assert lines("改造老旧，小区", 8) == ["改造老", "旧，小区"]
    assert lines("改造老（旧）", 8) == ["改造老", "（旧）"]


def test_line_breaks_of_the_text_are_kept() -> None:
    assert lines("一\n\n二\n", 10) == ["一", "", "二", ""]


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert lines("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@given(TEXT, st.integers(2, 30))
@example(" a）", 2)
def test_wrapping_loses_nothing_but_spaces_and_keeps_to_the_width(text: str, width: int) -> None:
    spans = wrap(text, Span(0, len(text)), width)
    assert "".join("".join(text[s.start : s.end].split()) for s in spans) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(spans))
    for span in spans:
        line = text[span.start : span.end]
        assert "\n" not in line
        assert columns(line) <= width


@given(TEXT, st.integers(4, 60), st.data())
def test_an_excerpt_fits_and_holds_the_highlight(text: str, limit: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    marked = Span(start, min(len(text), start + 2))
    part = select_excerpt(text, [marked], limit)
    assert 0 <= part.start <= part.end <= len(text)
    assert columns(text[part.start : part.end]) <= limit
    assert marked.start == marked.end or (part.start <= marked.start and marked.end <= part.end)
    if columns(text) <= limit:
        assert part == Span(0, len(text))


def test_an_excerpt_begins_at_a_clause_and_goes_where_most_is_marked() -> None:
    text = "甲乙丙丁。" * 10 + "每部电梯补贴十五万元，" + "戊己庚辛。" * 10
    start = text.index("每部")
    part = select_excerpt(text, [Span(0, 1), Span(start + 2, start + 4), Span(start + 6, start + 8)], 30)
    assert part.start < start + 2
    assert part.end >= start + 8
    assert part.start == 0 or text[part.start - 1] in "。，"


def test_line_breaks_count_towards_the_limit() -> None:
    assert select_excerpt("a\n" * 20, [], 30, newline=9).end == 6


FAMILY, HEART, FLAG = "👩‍👩‍👧‍👦", "❤️", "🇨🇳"


def test_what_is_drawn_as_one_character_is_not_cut() -> None:
    assert lines(f"ab{FAMILY}cd", 8) == ["ab", FAMILY, "cd"]
    assert lines(f"{HEART}{HEART}{HEART}", 5) == [HEART * 2, HEART]
    assert all(line.count("\u0301") == line.count("e") for line in lines("e\u0301" * 9, 4))
    assert "".join(lines(FLAG * 5, 5)) == FLAG * 5
    assert all(len(line) % 2 == 0 for line in lines(FLAG * 5, 5))


def test_joined_emoji_count_as_wide_as_any_terminal_shows_them() -> None:
    assert (cell_width(FAMILY), cell_width(HEART), cell_width("1️⃣")) == (8, 2, 2)


@given(st.text(alphabet="ab 电，\u0301\u200d\ufe0f❤👩🇨 -\n", max_size=80), st.integers(20, 60))
def test_folded_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    folded = fold(text, width)
    assert all(cell_width(line) <= width for line in folded.split("\n"))
    assert "".join(folded.split()) == "".join(text.split())


def test_a_folded_line_goes_on_below_its_second_column() -> None:
    assert fold("documents  13 added and 14 changed", 24).split("\n") == [
        "documents  13 added and",
        "           14 changed",
    ]
    assert fold("  a long line without columns", 20).split("\n") == ["  a long line", "    without columns"]
    assert fold("x" * 45, 20).split("\n") == ["x" * 20, "  " + "x" * 18, "  " + "x" * 7]
