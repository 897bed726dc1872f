"""Outlook messages: the subject as title, people and dates, the body in whatever form, attachments as documents."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from ole_maker import Tree, make_msg, make_ole

from retriever.documents import interface
from retriever.errors import ReadError

Read = Callable[..., Any]

SUBJECT, HEADERS, BODY, HTML, SENDER, ADDRESS, TO = 0x37, 0x7D, 0x1000, 0x1013, 0x0C1A, 0x5D01, 0x0E04
DATA, LONG_NAME = 0x3701, 0x3707
TEXT = "本周三上午九点起停水检修，预计十二点恢复。"
SENT = int(
    (datetime(2024, 10, 1, 4, 34, 56, tzinfo=timezone.utc) - datetime(1601, 1, 1, tzinfo=timezone.utc)).total_seconds()
)


def attach(name: str, data: bytes) -> Tree:
    return make_msg({LONG_NAME: name, DATA: data}, head=8)


def test_a_message_and_its_attachments_are_read(read: Read) -> None:
    texts: dict[int, str | bytes] = {
        SUBJECT: "停水通知",
        BODY: TEXT * 200,
        SENDER: "张三",
        ADDRESS: "z@example.org",
        TO: "李四",
    }
    files = [attach("附件.md", b"# Title\n\nwords"), attach("a.gif", b"x"), attach("附件.md", "第二".encode())]
    reading = read("a.msg", make_ole(make_msg(texts, attachments=files, t0039=SENT * 10_000_000)))
    message, first, second = reading.documents
    assert (message.text, message.title) == (TEXT * 200, "停水通知")
    assert message.metadata == {
        "from": "张三 <z@example.org>",
        "author": "张三",
        "to": "李四",
        "date": "2024-10-01T04:34:56+00:00",
        "attachments": ["附件.md", "a.gif", "附件 (2).md"],
    }
    assert (first.source, first.text) == ("docs/a.msg!附件.md", "# Title\n\nwords")
    assert (second.source, second.text) == ("docs/a.msg!附件 (2).md", "第二")
    assert reading.notices == ["not indexed (unsupported type): 1 .gif"]


def test_a_message_in_a_message_is_a_document(read: Read) -> None:
    inner = make_msg({SUBJECT: "Inner", BODY: "Forwarded words"}, head=24)
    outer = make_msg(
        {SUBJECT: "Outer", BODY: "See below"}, attachments=[{**make_msg({}, head=8), "__substg1.0_3701000D": inner}]
    )
    documents = read("a.msg", make_ole(outer)).documents
    assert [(document.source, document.title, document.text) for document in documents] == [
        ("docs/a.msg", "Outer", "See below"),
        ("docs/a.msg!Inner.msg", "Inner", "Forwarded words"),
    ]


@pytest.mark.parametrize(("encoding", "page"), [("gbk", 936), ("utf-8", 65001), ("cp1251", 1251), ("gbk", 0)])
def test_the_page_is_read_where_there_is_no_text(read: Read, encoding: str, page: int) -> None:
    words = TEXT if encoding != "cp1251" else "Завтра отключат воду"
    numbers = {"n3FDE": page} if page else {}
    data = make_msg({SUBJECT: "s", HTML: f"<p>{words}</p><script>x</script>".encode(encoding)}, **numbers)
    assert read("a.msg", make_ole(data)).only.text == words


def test_the_language_of_a_message_tells_its_encoding(read: Read) -> None:
    tree = make_msg({BODY: ""}, n3FF1=1031, n3FDE=65001)
    tree["__substg1.0_1000001E"] = "Größe öäü".encode("cp1252")
    del tree["__substg1.0_1000001F"]
    assert read("a.msg", make_ole(tree)).only.text == "Größe öäü"


def test_the_headers_of_the_message_count(read: Read) -> None:
    headers = (
        "From: =?utf-8?b?5byg5LiJ?= <z@example.org>\r\nMessage-ID: <1@x>\r\nDate: Tue, 1 Oct 2024 12:34:56 +0800\r\n"
    )
    document = read("a.msg", make_ole(make_msg({HEADERS: headers, BODY: "text", SENDER: "other"}))).only
    assert document.metadata == {
        "from": "张三 <z@example.org>",
        "author": "张三",
        "message_id": "1@x",
        "date": "2024-10-01T12:34:56+08:00",
    }


def entry_of(data: bytes, name: str) -> int:
    """Where the entry of a stream or storage begins in the list of them."""
    return data.index(name.encode("utf-16-le") + b"\0\0")


def test_a_stream_that_goes_round_in_circles_is_refused(read: Read) -> None:
    data = bytearray(make_ole(make_msg({SUBJECT: "s", BODY: TEXT * 900})))
    start, size = struct.unpack_from("<II", data, entry_of(data, "__substg1.0_1000001F") + 116)
    assert size > 4096
    table = 512 * (1 + struct.unpack_from("<I", data, 76)[0])
    struct.pack_into("<I", data, table + 4 * start, start)
    struct.pack_into("<I", data, entry_of(data, "__substg1.0_1000001F") + 120, 1 << 30)
    with pytest.raises(ReadError, match="a part of it cannot be read"):
        read("a.msg", bytes(data))


def test_the_stream_of_small_streams_may_not_go_round_in_circles_either(read: Read) -> None:
    data = bytearray(make_ole(make_msg({SUBJECT: "s", BODY: TEXT})))
    place = entry_of(data, "Root Entry")
    (start,) = struct.unpack_from("<I", data, place + 116)
    table = 512 * (1 + struct.unpack_from("<I", data, 76)[0])
    struct.pack_into("<I", data, table + 4 * start, start)
    struct.pack_into("<I", data, place + 120, 1 << 30)
    with pytest.raises(ReadError, match="a part of it cannot be read"):
        read("a.msg", bytes(data))


def test_a_folder_in_the_place_of_a_stream_is_refused(read: Read) -> None:
    data = make_msg({SUBJECT: "s"}) | {"__substg1.0_1000001F": {"a": b"x"}}
    with pytest.raises(ReadError, match="a part of it cannot be read"):
        read("a.msg", make_ole(data))


def test_objects_that_contain_each_other_end(read: Read) -> None:
    attached = make_msg({0x3707: "a.txt", 0x3701: b"attached"}, head=8)
    data = bytearray(make_ole(make_msg({SUBJECT: "s", BODY: TEXT}, attachments=[attached])))
    # Its first part is the attachment itself.
    place = entry_of(data, "__attach_version1.0_#00000000")
    number = (place - 512 * (1 + struct.unpack_from("<I", data, 48)[0])) // 128
    struct.pack_into("<I", data, place + 76, number)
    assert read("a.msg", bytes(data)).documents[0].text == TEXT


def test_attachments_that_share_their_bytes_count_each(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "UNPACKED", 0)
    monkeypatch.setattr(interface, "UNPACKED_A_BYTE", 0)
    attached = make_msg({0x3707: "a.txt", 0x3701: b"attached"}, head=8)
    reading = read("a.msg", make_ole(make_msg({SUBJECT: "s", BODY: TEXT}, attachments=[attached])))
    assert [item.reason[:12] for item in reading.skipped] == ["not unpacked"]


def test_empty_and_broken_messages_are_refused(read: Read) -> None:
    with pytest.raises(ReadError, match="no text"):
        read("a.msg", make_ole(make_msg({SUBJECT: "s"})))
    data = make_ole(make_msg({SUBJECT: "s", BODY: TEXT * 200}))
    with pytest.raises(ReadError):
        read("a.msg", data[:900])


def test_sectors_of_an_impossible_size_are_told(read: Read) -> None:
    data = bytearray(make_ole(make_msg({SUBJECT: "s", BODY: "short"})))
    data[32:34] = struct.pack("<H", 255)  # the sectors of small streams have 2 to the power of that
    with pytest.raises(ReadError, match="it cannot be opened"):
        read("a.msg", bytes(data))
