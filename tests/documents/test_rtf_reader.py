"""RTF: text in every encoding, tables, headings and notes; nothing that is deleted or hidden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from retriever.errors import ReadError

Read = Callable[..., Any]


def encode(text: str, encoding: str, *, literal: bool = False) -> str:
    """``text`` as RTF writes it; ``literal`` leaves second bytes that are ASCII as they are, as Word does."""
    codes = ""
    for byte in text.encode(encoding):
        if byte < 0x80 and (literal or not codes):
            codes += f"\\{chr(byte)}" if chr(byte) in "\\{}" else chr(byte)
        else:
            codes += f"\\'{byte:02x}"
    return codes


def make_rtf(body: str, *, codepage: int = 936, charset: int = 134, info: str = "") -> bytes:
    fonts = f"{{\\fonttbl{{\\f0\\fcharset{charset} Font;}}{{\\f1\\fcharset0 Arial;}}}}"
    return f"{{\\rtf1\\ansi\\ansicpg{codepage}\\deff0{fonts}{info}\\f0\\fs24 {body}}}".encode("latin-1")


def test_a_paragraph_in_gbk_is_read(read: Read) -> None:
    text = "供水管网改造计划于十月启动。"
    reading = read("计划.rtf", make_rtf(encode(text, "gbk") + "\\par"))
    assert reading.only.text == text
    assert reading.notices == []


@pytest.mark.parametrize(
    ("text", "encoding", "codepage", "charset"),
    [
        ("テスト、エレベーター。", "cp932", 932, 128),
        ("這是繁體中文的功能說明。", "big5", 950, 136),
        ("供水管网改造，镕。", "gbk", 936, 134),
        ("승강기를 설치하여 똠방각하", "cp949", 949, 129),
        ("В домах установили лифты", "cp1251", 1251, 204),
    ],
)
@pytest.mark.parametrize("literal", [False, True])
def test_bytes_of_a_character_may_be_letters(
    read: Read, text: str, encoding: str, codepage: int, charset: int, literal: bool
) -> None:
    codes = encode(text, encoding, literal=literal)
    assert read("a.rtf", make_rtf(codes, codepage=codepage, charset=charset)).only.text == text


def test_unicode_and_raw_bytes(read: Read) -> None:
    assert read("a.rtf", make_rtf("\\uc1\\u20379?\\u-10179?\\u-8704? ok")).only.text == "供😀 ok".replace(
        "供", chr(20379)
    )
    assert read("b.rtf", make_rtf(encode("供", "gbk")).replace(b"\\'b9\\'a9", "供".encode("gbk"))).only.text == "供"


def test_headings_tables_and_notes(read: Read) -> None:
    body = (
        "{\\pard\\outlinelevel0 One\\par}{\\pard\\outlinelevel1 Two\\par}"
        "\\pard Text{\\super\\chftn{\\footnote\\pard A note.}} goes on.\\par"
        "\\trowd\\intbl a\\cell b\\cell\\row\\trowd\\intbl c\\cell d\\cell\\row\\pard End.\\par"
    )
    document = read("a.rtf", make_rtf(body)).only
    assert document.text == "One\n\nTwo\n\nText goes on.\n\na | b\nc | d\n\nEnd.\n\nA note."
    assert [(item.level, item.text) for item in document.headings] == [(1, "One"), (2, "Two")]
    assert all(document.text[item.start : item.end] == item.text for item in document.headings)
    assert document.title == "One"


def test_raised_figures_do_not_join_the_number(read: Read) -> None:
    assert read("a.rtf", make_rtf("10{\\super 3} m{\\super 2} 5{\\super th}")).only.text == "10^3 m² 5th"


def test_what_is_not_shown_is_no_text(read: Read) -> None:
    field = '{\\field{\\*\\fldinst{HYPERLINK "u"}}{\\fldrslt e}}'
    body = f"a{{\\deleted b}}{{\\b\n\\v c}}{{\\pict\\bin4 }}{{}}}}d}}{{\\*\\generator G;}}{field}"
    assert read("a.rtf", make_rtf(body)).only.text == "ae"


def test_properties_become_metadata(read: Read) -> None:
    info = f"{{\\info{{\\title {encode('计划', 'gbk')}}}{{\\author A}}{{\\doccomm C}}"
    info += "{\\creatim\\yr2024\\mo3\\dy5\\hr1}{\\nofpages2}}"
    document = read("a.rtf", make_rtf("x", info=info)).only
    assert (document.title, document.metadata) == (
        "计划",
        {"author": "A", "description": "C", "created": "2024-03-05", "pages": 2},
    )


def test_invalid_bytes_are_reported(read: Read) -> None:
    reading = read("a.rtf", make_rtf("good \\'ff\\'ff text"))
    assert reading.only.text == "good \ufffd\ufffd text"
    assert reading.notices == ["characters that are not valid were replaced by U+FFFD: 2"]


@pytest.mark.parametrize(
    "data",
    [b"{\\rtf1 }", b"{\\rtf1{\\fonttbl{\\f0 x;}}{\\pict\\bin ffd8}}", b"{\\pard no header}", b"{\\rtf1\\uc x\\par}"],
)
def test_a_document_without_text_or_head_is_refused(read: Read, data: bytes) -> None:
    with pytest.raises(ReadError):
        read("a.rtf", data)


def test_a_document_that_is_cut_off_keeps_its_text(read: Read) -> None:
    assert read("a.rtf", make_rtf(encode("供水管网", "gbk"))[:-1]).only.text == "供水管网"


@pytest.mark.parametrize(
    "body",
    ['{\\field{\\*\\fldinst{HYPERLINK "a" ', "{\\info{\\title ", "{\\v ", "{\\a\\b", "{\\footnote ", "{\\super 3}"],
)
def test_a_hostile_document_takes_linear_time(read: Read, body: str) -> None:
    try:
        read("a.rtf", make_rtf("x" + body * 30_000))
    except ReadError:
        return
