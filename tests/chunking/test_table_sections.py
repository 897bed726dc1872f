from __future__ import annotations

import pytest
from chunking_tokenizers import words

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings
from retriever.chunking.tables import find_tables
from retriever.types import TABLE_MARK, Document, Heading, Passage, Place

SMALL = ChunkSettings(minimum=8, target=60, maximum=90)
HEADS = "项目 | 2021年 | 2022年"
ROWS = [f"收入 {number} | {number * 1000:,} | {number * 1100:,}" for number in range(1, 41)]


def split(text: str, **values: object) -> list[Passage]:
    document = Document("a", text, **values)  # type: ignore[arg-type]
    return chunk(document, token_spans=words, limit=400, settings=SMALL)


def of_rows(passages: list[Passage]) -> list[Passage]:
    return [passage for passage in passages if "收入 " in passage.text]


@pytest.mark.parametrize(
    "caption", ["表3-1 供水收入", "附表2：供水收入", "Table 4. Income from water", "2022年供水收入情况表（万元）"]
)
@pytest.mark.parametrize("between", ["\n", "\n\n", "\n单位：万元\n", "\n\n（单位：万元）\n\n"])
def test_every_passage_of_a_long_table_has_its_caption_and_heads(caption: str, between: str) -> None:
    text = (
        "\n".join(["说明文字在表格之前。", "", caption]) + between + "\n".join([HEADS, *ROWS]) + "\n\n表格之后的文字。"
    )
    passages = split(text)
    rows = of_rows(passages)
    assert len(rows) > 3
    assert {passage.heading for passage in rows} == {(TABLE_MARK + caption, TABLE_MARK + HEADS)}
    assert passages[-1].text.endswith("表格之后的文字。")
    assert all(passage.text == text[passage.start : passage.end] for passage in passages)


def test_a_table_goes_on_over_a_page_and_behind_a_line_that_says_so() -> None:
    first, second = "\n".join([HEADS, *ROWS[:20]]), "\n".join(ROWS[20:])
    text = f"表1 供水收入\n\n{first}\n\n{second}"
    paged = split(text, pages=(0, len(text) - len(second)))
    assert {passage.heading[0] for passage in of_rows(paged)} == {TABLE_MARK + "表1 供水收入"}
    told = split(f"表1 供水收入\n\n{first}\n\n续表1\n\n{HEADS}\n{second}")
    assert {passage.heading[0] for passage in of_rows(told)} == {TABLE_MARK + "表1 供水收入"}
    assert "" in {"".join(passage.heading) for passage in of_rows(split(f"{first}\n\n{second}"))} | {""}
    others = find_tables(f"{first}\n\n另一张表在下面，是另一回事。\n\n{first}")
    assert len(others) == 2


def test_rows_that_have_their_heads_get_the_title_of_their_sheet_only() -> None:
    lines = [f"项目: 收入 {number} | 2022: {number * 1000:,}" for number in range(1, 41)]
    text = "\n\n".join(["供水", "2022年供水收入", *lines])
    places = tuple(Place(text.index(line), f"供水!A{at}") for at, line in enumerate(lines, 3))
    passages = split(text, headings=(Heading("供水", 1, 0, 2),), places=places)
    assert {passage.heading for passage in of_rows(passages)} == {("供水", TABLE_MARK + "2022年供水收入")}


def test_markdown_tables_have_their_heads_in_later_passages() -> None:
    lines = [f"| 收入 {number} | {number * 1000:,} |" for number in range(1, 41)]
    passages = split("\n".join(["# 报告", "", "| 项目 | 2022年 |", "| --- | ---: |", *lines]))
    assert {passage.heading[-1] for passage in of_rows(passages)} == {TABLE_MARK + "项目 | 2022年"}


def test_short_tables_and_prose_with_bars_are_left_alone() -> None:
    assert find_tables("a | b\n1 | 2\n3 | 4") == []
    prose = "\n\n".join(
        f"Choose one | or the other {number}, as the case may be in this long line." for number in range(9)
    )
    assert find_tables(prose) == []


def test_a_table_ends_with_its_section() -> None:
    table = "\n".join([HEADS, *ROWS[:20]])
    text = f"一、收入\n表1 供水收入\n{table}\n二、支出\n支出另行说明。\n三、其他\n没有其他。"
    passages = split(text)
    assert passages[-1].heading[-1:] != (TABLE_MARK + HEADS,)
    assert all(TABLE_MARK + "表1 供水收入" in passage.heading for passage in of_rows(passages))


def test_a_caption_that_was_taken_for_a_row_is_the_caption() -> None:
    text = "\n".join(["表3 | 供水收入", HEADS, *ROWS])
    assert {passage.heading for passage in of_rows(split(text))} == {(TABLE_MARK + "表3 供水收入", TABLE_MARK + HEADS)}


NEXT = "\n".join([HEADS.replace("项目", "支出项目"), *(row.replace("收入", "支出") for row in ROWS)])


@pytest.mark.parametrize("caption", ["表3-1 供水收入", "表1：供水收入", "Table 4. Income from water", "Table 4 Income"])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_numbered_caption_below_a_table_is_its_caption(caption: str, between: str) -> None:
    table = "\n".join([HEADS, *ROWS])
    passages = split(f"说明文字在表格之前，这里先讲一讲。\n\n{table}{between}{caption}\n\n表格之后的文字。")
    rows = of_rows(passages)
    assert len(rows) > 3
    assert {passage.heading for passage in rows} == {(TABLE_MARK + caption, TABLE_MARK + HEADS)}
    assert TABLE_MARK + caption not in passages[-1].heading


@pytest.mark.parametrize(
    "line",
    ["表1显示，收入逐年增加。", "Table 4 shows the income", "表1 中的收入逐年增加。", "供水收入", "资料来源：水务局"],
)
def test_a_sentence_below_a_table_is_no_caption(line: str) -> None:
    table = "\n".join([HEADS, *ROWS])
    rows = of_rows(split(f"说明文字在表格之前，这里先讲一讲。\n\n{table}\n{line}\n\n表格之后的文字。"))
    assert {passage.heading for passage in rows} == {(TABLE_MARK + HEADS,)}


@pytest.mark.parametrize("is_below", [True, False])
def test_a_caption_between_two_tables_stands_where_the_others_do(is_below: bool) -> None:
    lines = ["\n".join([HEADS, *ROWS]), "表1 供水收入", NEXT, "表2 供水支出"]
    if not is_below:
        lines = [lines[1], lines[0], lines[3], lines[2]]
    passages = split("\n\n".join(["说明文字在表格之前，这里先讲一讲。", *lines, "表格之后的文字。"]))
    named = {
        heading
        for passage in passages
        for heading in passage.heading[:1]
        if "收入 " in passage.text and "支出" not in passage.text
    }
    assert named == {TABLE_MARK + "表1 供水收入"}
    spent = {passage.heading[0] for passage in passages if "支出 2" in passage.text}
    assert spent == {TABLE_MARK + "表2 供水支出"}


def test_a_table_with_two_captions_keeps_the_one_above() -> None:
    table = "\n".join([HEADS, *ROWS])
    rows = of_rows(split(f"表1 供水收入\n{table}\n\n表2 供水支出\n\n图在下面，这里没有表。"))
    assert {passage.heading[0] for passage in rows} == {TABLE_MARK + "表1 供水收入"}
