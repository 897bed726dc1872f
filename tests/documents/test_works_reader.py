"""Documents of Microsoft Works: the text in its code page, tables where they stand, notes and boxes at the end."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from office_makers import make_ole
from test_ole_properties import make_set, wide
from works_maker import (
    BOX,
    HEADER,
    MAIN,
    NOTES,
    make_contents,
    make_list,
    make_number,
    make_older_works,
    make_structure,
    make_table_chunks,
    make_works,
)

from retriever.errors import ReadError

Read = Callable[..., Any]
TABLE = ["项目", "2022年", "供水收入", "1530"]
BOXES = [(0, 0, 10, 50), (0, 50, 10, 90), (10, 0, 20, 50), (10, 50, 20, 90)]


@pytest.mark.parametrize(
    ("version", "page", "encoding", "text"),
    [
        (1, 437, "cp437", "Übersicht über die Straße, ½ fertig"),
        (1, 850, "cp850", "L'eau coûte très cher à l'été, señor"),
        (1, 0, "cp850", "L'eau coûte très cher à l'été, señor"),
        (1, 866, "cp866", "Отчёт о водоснабжении за прошлый год"),
        (1, 932, "cp932", "水道料金の改定について"),
        (1, 850, "cp1252", "“L’eau” coûte très cher à l’été, señor"),
        (4, 437, "cp1252", "“L’eau” coûte très cher à l’été, señor"),
        (6, 437, "cp1251", "Отчёт о водоснабжении за прошлый год, составленный городским советом."),
        (6, 437, "gb18030", "关于供水管网的报告，供水改造工程按期完成。"),
        (6, 437, "ascii", "plain words"),
    ],
)
def test_the_text_of_an_older_one_is_read_in_its_code_page(
    read: Read, version: int, page: int, encoding: str, text: str
) -> None:
    data = make_older_works(f"{text}\r\n".encode(encoding), version=version, code_page=page)
    assert read("a.wps", data).only.text == text


@pytest.mark.parametrize("with_header", [False, True])
@pytest.mark.parametrize("with_footer", [False, True])
def test_headers_and_footers_of_pages_are_left_out(read: Read, with_header: bool, with_footer: bool) -> None:
    data = make_older_works(
        b"First.\r\nSecond,\x0bbroken.\x0c\x06A note.\r\n",
        header=b"top\r\n" if with_header else b"",
        footer=b"bottom\r\n" if with_footer else b"",
    )
    assert read("a.wps", data).only.text == "First.\n\nSecond,\nbroken.\n\nA note."


def test_marks_are_no_text_and_what_does_not_break_is_kept(read: Read) -> None:
    data = make_older_works(b"a\x02b\x03c\x07d\x0e e\x11f\x1fg h\x12i j\xcak\r\n", code_page=850)
    assert read("a.wps", data).only.text == "abcd e-fg h\u00a0i j\u00a0k"


def test_in_a_compound_file_the_older_one_has_properties(read: Read) -> None:
    older = make_older_works(b"words\r\n", version=6)
    summary = make_set({2: wide("Report"), 4: wide("张三")})
    document = read("a.wps", make_ole({"MM": b"ND", "MN0": older, "\x05SummaryInformation": summary})).only
    assert (document.text, document.title, document.metadata) == ("words", "Report", {"author": "张三"})


@pytest.mark.parametrize("magic", [b"CHNKWKS ", b"CHNKINK "])
@pytest.mark.parametrize("block", [1, 3, 16])
def test_the_newer_one_is_read_by_its_index(read: Read, magic: bytes, block: int) -> None:
    zones = [(MAIN, "供水😀改造\rplain\nline\fa\x1eb\x1fc\x0ed\r"), (HEADER, "top\r")]
    document = read("a.wps", make_works(make_contents(zones, magic=magic, block=block))).only
    assert document.text == "供水😀改造\n\nplain\nline\n\na-b\u00a0c\n\nd"


def test_notes_and_boxes_come_last_and_tables_where_they_stand(read: Read) -> None:
    main = "前文#\r\ufffc\r后文 #1\r"
    zones = [(BOX, "box\r"), (HEADER, "top\r"), (NOTES, "#脚注\r"), (BOX, "\r".join(TABLE) + "\r"), (MAIN, main)]
    special = {len("box\rtop\r"): 3, len("box\rtop\r#脚注\r" + "\r".join(TABLE) + "\r前文"): 3}
    chunks = {
        (name, 4 if name == b"EOBJ" else number): data
        for (name, number), data in make_table_chunks(4, 3, TABLE, BOXES).items()
    }
    document = read("a.wps", make_works(make_contents(zones, special=special, chunks=chunks))).only
    assert document.text == "前文\n\n项目 | 2022年\n供水收入 | 1530\n\n后文 #1\n\n脚注\n\nbox"


def test_merged_cells_stand_in_what_they_cover(read: Read) -> None:
    texts = ["区", "东", "5", "西", "7"]
    boxes = [(0, 0, 20, 10), (0, 10, 10, 20), (0, 20, 10, 30), (10, 10, 20, 20), (10, 20, 20, 30)]
    zones = [(MAIN, "\ufffc\r"), (BOX, "\r".join(texts) + "\r")]
    contents = make_contents(zones, chunks=make_table_chunks(0, 1, texts, boxes))
    assert read("a.wps", make_works(contents)).only.text == "区 | 东 | 5\n区 | 西 | 7"


def test_a_table_without_places_is_told_cell_by_cell(read: Read) -> None:
    zones = [(MAIN, "前文\r\ufffc\r"), (BOX, "\r".join(TABLE) + "\r")]
    chunks = make_table_chunks(3, 1, TABLE, BOXES)
    del chunks[b"MCLD", 0]
    assert read("a.wps", make_works(make_contents(zones, chunks=chunks))).only.text == "前文\n\n" + "\n".join(TABLE)


def test_tables_that_follow_each_other_keep_their_places(read: Read) -> None:
    """What an anchor does not say is as the one before says."""
    zones = [(MAIN, "a\ufffcb\ufffcc\r"), (BOX, "one\r"), (BOX, "two\r")]
    chunks = make_table_chunks(1, 1, ["one"], BOXES[:1])
    anchors = [make_structure(b"\0\x1a\3\0", make_number(3, 7)), make_structure(make_number(3, 8))]
    chunks[b"EOBJ", 0] = make_list([1, 3], anchors, 4)
    frame = chunks[b"FRAM", 0][2:]
    second = frame.replace(struct.pack("<Hi", 0, 7), struct.pack("<Hi", 0, 8))
    second = second.replace(make_number(0x18, 1), make_number(0x18, 2))
    chunks[b"FRAM", 0] = struct.pack("<H", 2) + frame + second
    assert read("a.wps", make_works(make_contents(zones, chunks=chunks))).only.text == "a\n\none\n\nb\n\ntwo\n\nc"


def test_without_zones_all_is_main_text(read: Read) -> None:
    assert (
        read("a.wps", make_works(make_contents([(MAIN, "words\r")], chunks={(b"STRS", 0): b""}))).only.text == "words"
    )


def test_spreadsheets_and_databases_are_refused_by_name(read: Read) -> None:
    for data in (
        make_ole({"MN0": b"\xff\x54\2\0"}),
        b"\xff\0\2\0\4\4\5T\2\0" + bytes(500),
        b" T\2\0\0\0\5T" + bytes(500),
    ):
        with pytest.raises(ReadError, match="a Microsoft Works spreadsheet or database") as caught:
            read("a.wps", data)
        assert caught.value.hint == "save its sheets as .csv"


def test_documents_of_the_mac_are_refused_by_name(read: Read) -> None:
    with pytest.raises(ReadError, match="a Microsoft Works document of the Mac") as caught:
        read("a.wps", make_ole({"MM": b"DN\0\1", "MN0": b"\0\0\0\x0b"}))
    assert caught.value.hint == "save it as .docx"


def test_what_cannot_be_read_says_why(read: Read) -> None:
    with pytest.raises(ReadError, match="contains no text"):
        read("a.wps", make_older_works(b"\r\n\r\n"))
    with pytest.raises(ReadError, match="contains no text"):
        read("b.wps", make_works(make_contents([(MAIN, "\r\r"), (HEADER, "top\r")])))
    for contents in (b"", b"CHNKWKS " + bytes(500), b"CONTENTS"):
        with pytest.raises(ReadError, match="broken"):
            read("c.wps", make_works(contents))
    with pytest.raises(ReadError, match="broken or not a Works document"):
        read("d.wps", bytes(500))


def test_chunks_that_lie_in_each_other_are_refused(read: Read) -> None:
    """So that a small file cannot keep its reader busy for hours."""
    contents = make_contents([(MAIN, "words\r")], chunks={(b"MCLD", 0): b"x"})
    assert read("a.wps", make_works(contents)).only.text == "words"
    place = contents.index(struct.pack("<4sH", b"MCLD", 0)) + 14
    contents = contents[:place] + struct.pack("<II", 0, 1 << 20) + contents[place + 8 :]
    with pytest.raises(ReadError, match="referred to again and again"):
        read("b.wps", make_works(contents))
