"""Laying out tables: every cell in its column, labels repeated, growth bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.tables import MAX_GROWTH, MAX_LABEL, SPARE, Cell, lay_out

cells = st.builds(
    Cell,
    st.text("甲乙a ", max_size=6).map(str.strip),
    st.integers(1, 1000),
    st.integers(1, 10**9),
    st.booleans(),
)


def test_spans_stand_in_every_row_and_column_that_they_cover() -> None:
    rows = [[Cell("类别", rows=2), Cell("单价", columns=2)], [Cell("城区"), Cell("乡镇")], [Cell("居民"), Cell("2.1")]]
    assert lay_out(rows) == ["类别 | 单价 | 单价", "类别 | 城区 | 乡镇", "居民 | 2.1"]


def test_a_span_in_the_last_column_leaves_a_gap_before_it() -> None:
    rows = [[Cell("a"), Cell("b"), Cell("c", rows=2)], [Cell("d")]]
    assert lay_out(rows) == ["a | b | c", "d |  | c"]


def test_a_long_text_stands_once() -> None:
    long = "长" * (MAX_LABEL + 1)
    assert lay_out([[Cell(long, rows=2), Cell("a")], [Cell("b")]]) == [f"{long} | a", " | b"]


def test_rows_without_text_are_left_out() -> None:
    assert lay_out([[Cell("a", rows=3), Cell("b")], [Cell("")], [], [Cell(continues=True)]]) == ["a | b"]


@given(st.lists(st.lists(cells, max_size=8), max_size=8))
def test_every_text_is_kept_and_growth_is_bounded(rows: list[list[Cell]]) -> None:
    text = "\n".join(lay_out(rows))
    for row in rows:
        assert all(cell.text in text for cell in row if not cell.continues)
    own = sum(len(cell.text) + 3 for row in rows for cell in row)
    assert len(text) <= SPARE + (1 + MAX_GROWTH) * own + 100


def test_a_small_table_that_claims_to_be_huge_stays_small() -> None:
    rows = [[Cell("x", rows=10**9) for _ in range(300)]] + [[Cell("y", columns=10**9)] for _ in range(2000)]
    assert sum(map(len, lay_out(rows))) < 100_000


NAMES = ("供水收入", "管网维修支出", "污水处理费", "设备更新", "人员工资", "电费", "药剂费", "检测费", "利息", "其他")
FIGURES = [[Cell(f"{name}（万元）"), *(Cell(f"{at}.{year}") for year in range(3))] for at, name in enumerate(NAMES * 2)]


def test_rows_far_from_the_head_have_the_heads_of_their_columns() -> None:
    head = [Cell("项目"), Cell("2020年"), Cell("2021年"), Cell("2022年")]
    lines = lay_out([[Cell("表1 收支", columns=4)], head, *FIGURES])
    assert lines[:3] == ["表1 收支", "项目 | 2020年 | 2021年 | 2022年", "供水收入（万元） | 0.0 | 0.1 | 0.2"]
    assert lines[-1] == "项目: 其他（万元） | 2020年: 19.0 | 2021年: 19.1 | 2022年: 19.2"


def test_a_head_of_two_rows_tells_its_columns_apart() -> None:
    head = [[Cell("项目", rows=2), Cell("收入", columns=2), Cell("支出")], [Cell("预算"), Cell("决算"), Cell("决算")]]
    assert lay_out([*head, *FIGURES])[-1] == "项目: 其他（万元） | 收入 预算: 19.0 | 收入 决算: 19.1 | 支出 决算: 19.2"


def test_a_table_of_words_has_no_head() -> None:
    rows = [[Cell(f"{name}{at}"), Cell("供水管网改造的说明文字")] for at, name in enumerate(NAMES * 3)]
    assert lay_out(rows) == [f"{row[0].text} | {row[1].text}" for row in rows]
