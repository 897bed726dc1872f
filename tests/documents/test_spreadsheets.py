"""Spreadsheets: each row with the heads of its columns, figures as they are shown, sheets as headings, cells cited."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from office_makers import change_parts, make_ods, make_ole, make_xls, make_xlsx

from retriever import Retriever
from retriever.errors import EmptyFileError, ReadError

Read = Callable[..., Any]
BUDGET = [
    ["供水集团收支表"],
    ["项目", "2021年", "2022年", "占比", "日期"],
    ["供水收入", 1200.5, 1530, 0.153, datetime.datetime(2022, 12, 31)],
    ["管网维修", 300, 410.25, 0.041, datetime.datetime(2023, 1, 15)],
]
FORMATS = {2: "#,##0.00", 3: "0.0%", 4: 'yyyy"年"m"月"d"日"'}
SHOWN = [
    "收支 2022",
    "供水集团收支表",
    "项目 | 2021年 | 2022年 | 占比 | 日期",
    "项目: 供水收入 | 2021年: 1200.5 | 2022年: 1,530.00 | 占比: 15.3% | 日期: 2022年12月31日",
    "项目: 管网维修 | 2021年: 300 | 2022年: 410.25 | 占比: 4.1% | 日期: 2023年1月15日",
]


def format_budget(book: Any) -> None:
    for row in book.worksheets[0].iter_rows(min_row=3):
        for at, code in FORMATS.items():
            row[at].number_format = code
    book.properties.title = "预算"
    book.properties.creator = "王芳"
    book.properties.created = datetime.datetime(2023, 2, 1, 8)


def make_budget(suffix: str) -> bytes:
    if suffix == ".xlsx":
        return make_xlsx({"收支 2022": BUDGET}, format_budget)
    return make_xls({"收支 2022": BUDGET}, {(row, at): code for row in (2, 3) for at, code in FORMATS.items()})


@pytest.mark.parametrize("suffix", [".xlsx", ".xls"])
def test_a_row_says_what_it_says_wherever_it_stands(read: Read, suffix: str) -> None:
    document = read(f"a{suffix}", make_budget(suffix)).only
    assert document.text.split("\n\n") == SHOWN
    assert [(item.level, item.text) for item in document.headings] == [(1, "收支 2022")]
    assert [place.name for place in document.places] == [
        "'收支 2022'",
        "'收支 2022'!A1",
        "'收支 2022'!A2:E2",
        "'收支 2022'!A3:E3",
        "'收支 2022'!A4:E4",
    ]
    for place, line in zip(document.places, SHOWN, strict=True):
        assert document.text.startswith(line, place.start)


def test_properties_become_metadata(read: Read) -> None:
    document = read("a.xlsx", make_budget(".xlsx")).only
    assert document.title == "预算"
    metadata = dict(document.metadata)
    assert metadata.pop("modified") > metadata["created"]
    assert metadata == {"author": "王芳", "created": "2023-02-01T08:00:00Z"}


def test_ods_shows_what_the_file_says(read: Read) -> None:
    rows = [["项目", "2022年"], ["供水收入", 1530.0], ["管网维修", 410.25]]
    document = read("a.ods", make_ods({"收支": rows, "空": [], "备注": [["见附件"]]})).only
    assert document.text.split("\n\n") == [
        "收支",
        "项目 | 2022年",
        "项目: 供水收入 | 2022年: 1530.00",
        "项目: 管网维修 | 2022年: 410.25",
        "备注",
        "见附件",
    ]
    assert [item.text for item in document.headings] == ["收支", "备注"]
    assert document.places[-1].name == "备注!A1"


def test_a_head_of_merged_cells_takes_two_rows(read: Read) -> None:
    def merge(book: Any) -> None:
        book.worksheets[0].merge_cells("B1:C1")
        book.worksheets[0].merge_cells("A1:A2")

    rows = [["单位", "2022年", None], [None, "收入", "支出"], ["甲厂", 5, 6], ["乙厂", 7, 8]]
    assert read("a.xlsx", make_xlsx({"S": rows}, merge)).only.text.split("\n\n")[3:] == [
        "单位: 甲厂 | 2022年 收入: 5 | 2022年 支出: 6",
        "单位: 乙厂 | 2022年 收入: 7 | 2022年 支出: 8",
    ]


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        ([["地区", 2021, 2022], ["云岭", 5, 6]], "地区: 云岭 | 2021: 5 | 2022: 6"),
        ([["云岭", 5], ["安河", 6]], "安河 | 6"),
        ([["问", "答"], ["何时？", "明天。"]], "问: 何时？ | 答: 明天。"),
        ([["甲"], ["乙"]], "乙"),
        ([["项目：", "值："], ["a", 1]], "项目: a | 值: 1"),
    ],
    ids=["years", "no head", "words", "one column", "colons"],
)
def test_heads_are_found_by_what_cells_hold(read: Read, rows: list[list[Any]], last: str) -> None:
    assert read("a.xlsx", make_xlsx({"S": rows})).only.text.split("\n\n")[-1] == last


def test_an_empty_row_parts_tables(read: Read) -> None:
    rows = [["a", "b"], ["x", 1], [], ["c", "d"], ["y", 2]]
    assert read("a.xlsx", make_xlsx({"S": rows})).only.text.split("\n\n")[-1] == "c: y | d: 2"


def test_kinds_of_cells(read: Read) -> None:
    rows = [["是否", "错", "时"], [True, "#N/A", datetime.time(9, 5)]]
    assert read("a.xlsx", make_xlsx({"S": rows})).only.text.endswith("是否: TRUE | 错: #N/A | 时: 9:05:00")


@pytest.mark.parametrize("suffix", [".xlsx", ".xls"])
def test_a_workbook_without_cells_is_empty(read: Read, suffix: str) -> None:
    with pytest.raises(EmptyFileError):
        read(f"a{suffix}", make_xlsx({"S": []}) if suffix == ".xlsx" else make_xls({"S": []}))


def test_what_is_repeated_is_bounded(read: Read) -> None:
    rows = [["长" * 50] * 20, *([[1] * 20] * 300)]
    assert len(read("a.xlsx", make_xlsx({"S": rows})).only.text) < 12 * 20 * 300 * 8


def test_a_long_cell_that_ods_repeats_stands_once(read: Read) -> None:
    def repeat(name: str, part: bytes) -> bytes:
        return part.replace(b"<table:table-cell", b'<table:table-cell table:number-columns-repeated="9999"').replace(
            b"<table:table-row", b'<table:table-row table:number-rows-repeated="9999"'
        )

    assert len(read("a.ods", change_parts(make_ods({"S": [["long " * 2000]]}), repeat)).only.text) < 10_100
    assert len(read("a.ods", change_parts(make_ods({"S": [["x"]]}), repeat)).only.places) == 101


def test_a_sheet_that_is_listed_a_thousand_times_is_refused_at_once(read: Read) -> None:
    def list_again(name: str, part: bytes) -> bytes:
        start = part.find(b"<sheet ")
        if not name.endswith("workbook.xml"):
            return part
        end = part.index(b"/>", start) + 2
        return part[:start] + part[start:end] * 3000 + part[end:]

    data = change_parts(make_xlsx({"S": [["words of a cell"]] * 50}), list_again)
    with pytest.raises(ReadError, match="again and again"):
        read("a.xlsx", data)


def test_text_that_is_called_a_workbook_is_read_as_rows(read: Read) -> None:
    reading = read("a.xls", "id\ttext\n1\t供水收入\n")
    assert reading.only.text == "供水收入"
    assert reading.notices == ["read as text, which it is, although its name ends with '.xls'"]
    page = read("b.xls", "<html><table><tr><td>甲<td>乙</table></html>")
    assert page.only.text == "甲 | 乙"


def test_what_is_encrypted_or_broken_says_so(read: Read) -> None:
    with pytest.raises(ReadError, match="encrypted with a password"):
        read("a.xlsx", make_ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}))
    with pytest.raises(ReadError, match="broken"):
        read("a.xls", make_budget(".xls")[:3000])
    whole = make_budget(".xlsx")
    with pytest.raises(ReadError, match="broken"):
        read("a.xlsx", whole[: len(whole) // 2])


def test_a_sheet_that_unpacks_to_more_than_allowed_is_refused(read: Read) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", b" " * 3_000_000)
    with pytest.raises(ReadError, match="too large"):
        read("a.xlsx", buffer.getvalue(), max_file_size=100_000)


def test_a_question_finds_the_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("供水收入", "管网维修", "污水处理", "电费", "药剂", "人员工资", "检测", "利息", "水厂扩建", "其他")
    rows = [["项目", "2021年", "2022年"], *([f"{name}（{at}）", at, at + 0.5] for at, name in enumerate(names * 3))]
    (tmp_path / "收支.xlsx").write_bytes(make_xlsx({"明细": rows}))
    (tmp_path / "其他.txt").write_text("2022年的收入见附表。")
    monkeypatch.chdir(tmp_path)
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as retriever:
        assert retriever.sync(".").skipped == ()
        hit = retriever.search("2022年供水收入（20）", k=1, mode="lexical")[0]
    assert hit.citation == "收支.xlsx#明细!A22:C22"
    assert hit.sentence is not None
    assert hit.text[hit.sentence.start : hit.sentence.end] == "项目: 供水收入（20） | 2021年: 20 | 2022年: 20.5"


def test_raised_digits_of_a_cell_are_no_digits_of_the_number_before(read: Read) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    up, down = InlineFont(vertAlign="superscript"), InlineFont(vertAlign="subscript")
    words = CellRichText("10", TextBlock(up, "3"), " m", TextBlock(up, "2"), " of H", TextBlock(down, "2"), "O")
    assert read("a.xlsx", make_xlsx({"S": [[words]]})).only.text == "S\n\n10^3 m² of H₂O"


def test_characters_that_a_cell_writes_by_their_code_are_read(read: Read) -> None:
    """As Excel does with those that XML cannot hold, and with an underscore before what looks like a code."""
    words = "one_x000D_\ntwo_x0009_😀 a_x005F_x0041_ _xD83D__xDE00_ _x000g_"
    assert read("a.xlsx", make_xlsx({"S": [[words]]})).only.text == "S\n\none two 😀 a_x0041_ 😀 _x000g_"
