"""Numbers as spreadsheets show them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.spreadsheets.formats import show_number


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234.5, "General", "1234.5"),
        (12.0, "General", "12"),
        (0.00001, "General", "0.00001"),
        (-2.5e-10, "General", "-2.5e-10"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.153, "0.0%", "15.3%"),
        (-5, "0.00;(0.00)", "(5.00)"),
        (-5, "#,##0", "-5"),
        (0, '0;-0;"—"', "—"),
        (2.5, "0", "3"),
        (0.5, "#.##", ".5"),
        (7, "000", "007"),
        (12345678, '#,##0.0,,"百万"', "12.3百万"),
        (1530, '"¥"#,##0.00', "¥1,530.00"),
        (1530, "[$¥-804]#,##0", "¥1,530"),
        (1530, "[Red]0_);\\-0", "1530"),
        (12345, "0.00E+00", "1.23E+04"),
        (0.5, "# ?/?", "0.5"),
        (3, '0"人"', "3人"),
        (44926, "yyyy-mm-dd", "2022-12-31"),
        (44926, 'yyyy"年"m"月"d"日"', "2022年12月31日"),
        (44926, "[$-409]mmm d, yyyy;@", "Dec 31, 2022"),
        (44926, "aaaa", "星期六"),
        (44926.75, "yyyy/m/d h:mm", "2022/12/31 18:00"),
        (44926.75, "h:mm AM/PM", "6:00 PM"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (0.52083333333, "mm:ss", "30:00"),
        (-1, "yyyy-mm-dd", "-1"),
        (59, "yyyy-mm-dd", "1900-02-28"),
    ],
)
def test_a_number_is_shown_by_its_code(value: float, code: str, shown: str) -> None:
    assert show_number(value, code) == shown


def test_dates_may_count_from_1904() -> None:
    assert show_number(43464, "yyyy-mm-dd", from_1904=True) == "2022-12-31"


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(alphabet='0#?.,%;"\\/[]$-E+ymdhsa@年_* ', max_size=30))
def test_any_code_shows_something_of_bounded_length(value: float, code: str) -> None:
    assert len(show_number(value, code)) < 1000
