"""DOC: headings by style, tables, notes; nothing that is deleted, hidden or a code."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from office_makers import IN_TABLE, ROW_END, UNSEEN, make_doc, make_ole

from retriever.errors import ReadError

Read = Callable[..., Any]
RAISED, LOWERED = b"\x48\x2a\x01", b"\x48\x2a\x02"
PLAN = [
    ("Plan 2022\r", 10, b""),
    ("一、总体要求\r", 1, b""),
    ("坚持稳中求进😀，供水改造。\r", 0, b""),
    ("（一）目标\r", 2, b""),
    ("plain\vline\r", 0, b""),
]


@pytest.mark.parametrize("suffix", [".doc", ".wps"])
def test_headings_paragraphs_and_the_title(read: Read, suffix: str) -> None:
    document = read(f"a{suffix}", make_doc(PLAN)).only
    assert document.text == "Plan 2022\n\n一、总体要求\n\n坚持稳中求进😀，供水改造。\n\n（一）目标\n\nplain\nline"
    assert [(item.level, item.text) for item in document.headings] == [
        (1, "Plan 2022"),
        (2, "一、总体要求"),
        (3, "（一）目标"),
    ]
    assert document.title == "Plan 2022"


def test_tables_keep_their_columns_and_notes_come_last(read: Read) -> None:
    rows = [
        *((f"{words}\x07", 0, IN_TABLE) for words in ("项目", "2022年")),
        ("\x07", 0, ROW_END),
        *((f"{words}\x07", 0, IN_TABLE) for words in ("供水收入", "1530")),
        ("\x07", 0, ROW_END),
    ]
    data = make_doc([("前\x02文\r", 0, b""), *rows, ("后文\r", 0, b"")], notes="\x02 脚注\r")
    assert read("a.doc", data).only.text == "前文\n\n项目 | 2022年\n供水收入 | 1530\n\n后文\n\n脚注"


def test_an_outline_level_makes_a_heading(read: Read) -> None:
    data = make_doc([("甲\r", 0, b"\x40\x26\x01"), ("乙\r", 1, b"\x40\x26\x09")])
    assert [(item.level, item.text) for item in read("a.doc", data).only.headings] == [(2, "甲")]


@pytest.mark.parametrize("what", UNSEEN)
def test_what_is_not_shown_is_no_text(read: Read, what: str) -> None:
    field = "\x13HYPERLINK u\x14链接\x15"
    data = make_doc([(f"甲乙丙{field}\r", 0, b"")], runs=[(1, 2, UNSEEN[what])])
    assert read("a.doc", data).only.text == "甲丙链接"


def test_raised_digits_are_told_from_the_figures_before_them(read: Read) -> None:
    words = "占50%3，2023年1 共106个，H2O\r"
    runs = [(4, 5, RAISED), (11, 13, RAISED), (16, 17, RAISED), (20, 21, LOWERED)]
    assert read("a.doc", make_doc([(words, 0, b"")], runs=runs)).only.text == "占50%³，2023年¹ 共10^6个，H₂O"


def make_older(data: bytes, *, kind: int = 0xA5DC, flags: int = 0, characters: int = 0, table: bytes = b"") -> bytes:
    """A document of Word 95, whose text begins at 512 and takes two bytes a character where ``flags`` say so."""
    head = struct.pack("<HH6xH", kind, 104, flags).ljust(20, b"\0") + struct.pack(
        "<H2xII", characters, 512, 512 + len(data)
    )
    head = head.ljust(52, b"\0") + struct.pack("<I", len(data) // (2 if flags & 0x1000 else 1))
    head = head.ljust(0x160, b"\0") + struct.pack("<II", 512 + len(data), len(table))
    return make_ole({"WordDocument": head.ljust(512, b"\0") + data + table})


def widen(text: str, encoding: str) -> bytes:
    """Two bytes for each character, as Word for East Asia stored them; quotation marks in the code page of the West."""
    units = [
        0x1000 + char.encode("cp1252")[0] if char in "“”" else int.from_bytes(char.encode(encoding), "big")
        for char in text
    ]
    return struct.pack(f"<{len(units)}H", *units)


def test_word_95_is_read_as_paragraphs(read: Read) -> None:
    assert read("a.doc", make_older(b"First line.\rSecond line.\r")).only.text == "First line.\n\nSecond line."


@pytest.mark.parametrize(
    ("kind", "encoding", "text"),
    [
        (0xA697, "cp932", "理事会開催のお知らせ\r予定通り9月9日に開きます。"),
        (0xA698, "cp949", "새 문서를 만들려면\r[파일] 메뉴에서"),
        (0xA699, "gb18030", "关于供水管网的报告\r单击“新建”，然后键入文件名。"),
        (0xA699, "big5", "關於供水管網的報告\r按一下確定，然後開始輸入。"),
    ],
)
def test_word_95_for_east_asia_is_read_in_its_code_page(read: Read, kind: int, encoding: str, text: str) -> None:
    document = read("a.doc", make_older(widen(text, encoding), kind=kind, flags=0x1000)).only
    assert document.text == text.replace("\r", "\n\n")


@pytest.mark.parametrize(
    ("encoding", "characters", "text"),
    [
        ("cp1252", 0, "Société d’eau"),
        ("cp1251", 0, "Отчёт о водоснабжении за прошлый год, составленный городским советом."),
        ("mac-roman", 256, "Société d’eau"),
    ],
)
def test_word_95_is_read_in_the_code_page_of_its_text(read: Read, encoding: str, characters: int, text: str) -> None:
    assert read("a.doc", make_older(text.encode(encoding), characters=characters)).only.text == text


@pytest.mark.parametrize("flags", [0x4, 0x1004])
def test_word_95_saved_in_pieces_is_put_together(read: Read, flags: int) -> None:
    width = 2 if flags & 0x1000 else 1
    words = "line.Second First "
    data = words.encode("utf-16-le")[: len(words) * width] if width == 2 else words.encode()
    pieces = [(12, 6), (0, 5)]
    plc = struct.pack("<3I", 0, 6, 11) + b"".join(struct.pack("<HIH", 0, 512 + at * width, 0) for at, _ in pieces)
    table = b"\x01\x02\x00ab\x02" + struct.pack("<I", len(plc)) + plc
    assert read("a.doc", make_older(data, flags=flags, table=table)).only.text == "First line."
    with pytest.raises(ReadError, match="where its text lies"):
        read("b.doc", make_older(data, flags=flags, table=b"\x07"))


def test_what_cannot_be_read_says_why(read: Read) -> None:
    with pytest.raises(ReadError, match="encrypted"):
        read("a.doc", make_doc(PLAN, flags=0x300))
    with pytest.raises(ReadError, match="contains no text"):
        read("b.doc", make_doc([("\r", 0, b"")]))
    with pytest.raises(ReadError, match="broken"):
        read("c.doc", make_ole({"WordDocument": struct.pack("<HH6xH", 0xA5EC, 0xC1, 0) + b"\xff" * 3000}))
    with pytest.raises(ReadError, match="broken"):
        read("d.doc", make_doc(PLAN)[:2000])
