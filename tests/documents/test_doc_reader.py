"""DOC: headings by style, tables, notes; nothing that is deleted, hidden or a code."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from office_makers import IN_TABLE, ROW_END, UNSEEN, make_doc, make_ole

from retriever.errors import ReadError

Read = Callable[..., Any]
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


def test_word_95_is_read_as_far_as_its_text_lies_in_one_stretch(read: Read) -> None:
    words = b"First line.\rSecond line.\r"
    head = struct.pack("<HH6xH", 0xA5DC, 104, 0).ljust(24, b"\0") + struct.pack("<II", 512, 512 + len(words))
    head = head.ljust(52, b"\0") + struct.pack("<I", len(words))
    assert read("a.doc", make_ole({"WordDocument": head.ljust(512, b"\0") + words})).only.text == (
        "First line.\n\nSecond line."
    )


def test_what_cannot_be_read_says_why(read: Read) -> None:
    with pytest.raises(ReadError, match="encrypted"):
        read("a.doc", make_doc(PLAN, flags=0x300))
    with pytest.raises(ReadError, match="contains no text"):
        read("b.doc", make_doc([("\r", 0, b"")]))
    with pytest.raises(ReadError, match="broken"):
        read("c.doc", make_ole({"WordDocument": struct.pack("<HH6xH", 0xA5EC, 0xC1, 0) + b"\xff" * 3000}))
    with pytest.raises(ReadError, match="broken"):
        read("d.doc", make_doc(PLAN)[:2000])
