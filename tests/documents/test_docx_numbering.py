"""Automatic numbers: what Word shows before headings and list items, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from file_makers import W, make_docx

from retriever.documents.docx_numbering import format_number

Read = Callable[..., Any]


def level(at: int, form: str, pattern: str, *, start: int = 1, style: str = "") -> str:
    tied = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{tied}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


NUMBERING = f"""<w:numbering {W}>
<w:abstractNum w:abstractNumId="0">{level(0, "chineseCounting", "%1、", style="a1")}
{level(1, "chineseCounting", "（%2）")}{level(2, "decimal", "%3.")}</w:abstractNum>
<w:abstractNum w:abstractNumId="1">{level(0, "decimal", "%1", start=3)}{level(1, "lowerLetter", "%1.%2)")}
{level(2, "bullet", "·")}</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="1"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="9"/></w:num>
</w:numbering>"""
STYLES = f"""<w:styles {W}><w:style w:type="paragraph" w:styleId="a1"><w:name w:val="heading 1"/>
<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>"""


def item(text: str, number_id: int, at: int) -> str:
    return (
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number_id}"/></w:numPr></w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
    )


def heading(text: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="a1"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def lines(read: Read, body: str) -> list[str]:
    parts = {"word/numbering.xml": NUMBERING, "word/styles.xml": STYLES}
    document = read("a.docx", make_docx(body, parts=parts)).only
    for found in document.headings or ():
        assert document.text[found.start : found.end] == found.text
    return list(document.text.split("\n\n"))


def test_levels_count_separately_and_restart_below_a_new_item(read: Read) -> None:
    body = heading("总则") + item("甲", 1, 1) + item("乙", 1, 1) + item("丙", 1, 2) + heading("") + heading("分则")
    assert lines(read, body + item("丁", 1, 1) + item("戊", 1, 2)) == [
        *("一、总则", "（一）甲", "（二）乙", "1. 丙", "三、分则", "（一）丁", "1. 戊")
    ]


def test_lists_of_one_kind_continue_unless_restarted(read: Read) -> None:
    body = item("a", 2, 0) + item("b", 2, 0) + item("c", 2, 1) + item("d", 2, 2) + item("e", 3, 0) + item("f", 2, 0)
    assert lines(read, body) == ["3 a", "4 b", "4.a) c", "d", "1 e", "2 f"]


def test_paragraphs_without_a_list_have_no_number(read: Read) -> None:
    assert lines(read, item("a", 0, 0) + item("b", 4, 0) + item("c", 77, 3) + item("d", 1, 12)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("count", "form", "shown"),
    [
        (1, "chineseCounting", "一"),
        (10, "chineseCountingThousand", "十"),
        (11, "japaneseCounting", "十一"),
        (20, "taiwaneseCounting", "二十"),
        (99, "chineseCounting", "九十九"),
        (105, "chineseCounting", "一〇五"),
        (4, "lowerRoman", "iv"),
        (49, "upperRoman", "XLIX"),
        (1994, "upperRoman", "MCMXCIV"),
        (1, "lowerLetter", "a"),
        (28, "upperLetter", "BB"),
        (20, "decimalEnclosedCircle", "⑳"),
        (21, "decimalEnclosedCircle", "21"),
        (7, "decimalZero", "07"),
        (7, "somethingElse", "7"),
    ],
)
def test_number_formats(count: int, form: str, shown: str) -> None:
    assert format_number(count, form) == shown


def test_numbers_in_tables_and_of_items_without_words_count(read: Read) -> None:
    """As the column of serial numbers in most forms."""
    rows = "".join(
        f"<w:tr><w:tc>{item('', 2, 0)}</w:tc><w:tc><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:tc></w:tr>"
        for words in ("甲", "乙")
    )
    deleted = item("", 2, 0).replace("</w:pPr>", "<w:rPr><w:del/></w:rPr></w:pPr>")
    body = f"<w:tbl>{rows}</w:tbl>{item('丙', 2, 0)}{item('', 2, 0)}{deleted}{item('丁', 2, 0)}"
    text = read("a.docx", make_docx(body, parts={"word/numbering.xml": NUMBERING, "word/styles.xml": STYLES})).only.text
    assert text.split() == ["3", "|", "甲", "4", "|", "乙", "5", "丙", "7", "丁"]
