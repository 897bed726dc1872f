"""CSV and TSV: cells follow RFC 4180, malformed rows are reported, the others are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.documents.delimited import _Record, _Records
from retriever.documents.lines import Line
from retriever.errors import ReadError

Read = Callable[..., Any]


def test_a_row_is_a_document(read: Read) -> None:
    data = 'id,标题,正文,year,price,code\r\n7,电梯,"第一行\r\n第二行，""引""",2024,1.5,007\r\n\r\n8,,乙,,,\r\n'
    first, second = read("a.csv", data).documents
    assert (first.id, first.title, first.text, first.line) == ("7", "电梯", '第一行\n第二行，"引"', 2)
    assert first.metadata == {"year": 2024, "price": 1.5, "code": "007"}
    assert (second.id, second.text, second.line, second.metadata) == ("8", "乙", 5, {})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(read: Read, delimiter: str) -> None:
    rows = [["id", "text", "note"], ["1", "one, two; three", "x"], ["2", "four, five; six", "y"]]
    data = "\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in rows)
    documents = read("a.csv", data).documents
    assert [(document.id, document.text) for document in documents] == [("1", rows[1][1]), ("2", rows[2][1])]


def test_a_tsv_is_split_at_tabs_only(read: Read) -> None:
    assert read("a.tsv", "text\tnote\na,b,c\td,e,f\n").only.text == "a,b,c"


def test_one_column_is_enough(read: Read) -> None:
    documents = read("a.csv", "text\n第一，条\n第二条\n").documents
    assert [document.text for document in documents] == ["第一，条", "第二条"]


def test_without_a_text_column_the_row_is_the_text(read: Read) -> None:
    reading = read("a.csv", "问题,答案\n怎样申请？,到窗口。\n")
    assert reading.only.text == "问题: 怎样申请？\n答案: 到窗口。"
    assert len(reading.notices) == 1


def test_a_truncated_row_does_not_hide_the_text_column(read: Read) -> None:
    reading = read("a.csv", "id,text\n1,甲\n2\n")
    assert reading.only.text == "甲"
    assert not reading.notices
    assert [item.source for item in reading.skipped] == ["docs/a.csv:3"]


def test_extra_cells_and_duplicate_columns_are_kept(read: Read) -> None:
    document = read("a.csv", "text,n,n,\n甲,1,2,3,4\n").only
    assert document.metadata == {"n": 1, "n (3)": 2, "column 4": 3, "column 5": 4}


def test_an_unclosed_quote_costs_one_row(read: Read) -> None:
    data = "id,text\n1,甲\n2," + '"乙\n' + "".join(f"{number},丙\n" for number in range(3, 60))
    reading = read("a.csv", data)
    assert [document.id for document in reading.documents] == ["1", *map(str, range(3, 60))]
    (skipped,) = reading.skipped
    assert skipped.source == "docs/a.csv:3"
    assert "quote" in skipped.reason


def test_a_cell_beyond_the_csv_modules_limit_is_read(read: Read) -> None:
    limit = csv.field_size_limit()
    assert len(read("a.csv", "id,text\n1," + "长" * 200_000 + "\n").only.text) == 200_000
    assert csv.field_size_limit() == limit


def test_a_row_over_the_limit_is_left_out(read: Read) -> None:
    reading = read("a.csv", "id,text\n1," + "x" * 2000 + "\n2,短\n", max_file_size=1000)
    assert reading.only.id == "2"
    assert [item.source for item in reading.skipped] == ["docs/a.csv:2"]


@pytest.mark.parametrize("data", ["", "id,text\n", "\n\n", "text\n\n \n"])
def test_a_file_without_rows_is_refused(read: Read, data: str) -> None:
    with pytest.raises(ReadError, match=r"empty|no rows"):
        read("a.csv", data)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16", "big5"])
def test_other_encodings_are_read(read: Read, encoding: str) -> None:
    rows = "".join(f"{number},大安路口交通安全管理\n" for number in range(20))
    assert len(read("a.csv", ("id,text\n" + rows).encode(encoding)).documents) == 20


cells = st.lists(st.lists(st.text('ab",; 字\n', max_size=6), min_size=2, max_size=4), min_size=1, max_size=6)


@given(cells, st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_cells_written_by_the_csv_module_are_read_back(rows: list[list[str]], quoting: Any) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows(rows)
    physical = out.getvalue().removesuffix("\n").split("\n")
    lines = iter([Line(number, text) for number, text in enumerate(physical, 1)])
    found = list(_Records(lines, ",", None).read())
    assert [record.cells for record in found] == rows
    assert found[0].line == 1


@given(st.lists(st.text('a",', max_size=8), max_size=12))
def test_every_line_is_in_a_record_or_reported(texts: list[str]) -> None:
    lines = iter([Line(number, text) for number, text in enumerate(texts, 1)])
    records: list[_Record] = list(_Records(lines, ",", None).read())
    numbers = [record.line for record in records]
    assert numbers == sorted(set(numbers))
    words = sum(cell.count("a") for record in records for cell in record.cells)
    lost = sum(texts[record.line - 1].count("a") for record in records if record.problem)
    assert words + lost == sum(text.count("a") for text in texts)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_lines_may_end_as_on_the_first_macs(read: Read, encoding: str) -> None:
    documents = read("a.csv", "id,text\r1,大安路口\r2,second row\r".encode(encoding)).documents
    assert [(document.id, document.text, document.line) for document in documents] == [
        ("1", "大安路口", 2),
        ("2", "second row", 3),
    ]


@pytest.mark.parametrize("stated", ["sep=;", "SEP=|"])
def test_the_delimiter_that_a_file_states_is_no_head(read: Read, stated: str) -> None:
    rows = "id;text\n1;words, and; more".replace(";", stated[-1])
    documents = read("a.csv", f"{stated}\n{rows}\n").documents
    assert [(document.id, document.text, document.line) for document in documents] == [("1", "words, and", 3)]
