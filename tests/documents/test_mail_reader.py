"""E-mail: the subject as title, the body as text, attachments as documents, no mark-up and no base64."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from typing import Any

import pytest
from file_makers import make_pdf

from retriever.errors import ReadError

Read = Callable[..., Any]

TEXT = "本周三上午九点起停水检修，预计十二点恢复。"


def join(*lines: str | bytes, end: bytes = b"\r\n") -> bytes:
    return end.join(line if isinstance(line, bytes) else line.encode() for line in lines)


def part(kind: str, body: bytes, *, encoding: str = "8bit", more: tuple[str, ...] = ()) -> bytes:
    return join("--b", f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *more, "", body)


def multipart(kind: str, *parts: bytes) -> bytes:
    head = ("MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="b"', "")
    return join("Subject: =?utf-8?b?5YGc5rC06YCa55+l?=", "From: a@example.org", *head, *parts, "--b--", "")


def test_the_body_is_read_and_attachments_are_named(read: Read) -> None:
    data = multipart(
        "mixed",
        part("text/plain; charset=utf-8", TEXT.encode()),
        part(
            "application/octet-stream",
            base64.b64encode(bytes(range(256)) * 9),
            encoding="base64",
            more=('Content-Disposition: attachment; filename="x.bin"',),
        ),
    )
    reading = read("通知.eml", data)
    document = reading.only
    assert (document.text, document.title, document.headings) == (TEXT, "停水通知", None)
    assert document.metadata == {"from": "a@example.org", "author": "a@example.org", "attachments": ["x.bin"]}
    assert reading.notices == ["not indexed (unsupported type): 1 .bin"]


def test_attachments_are_documents(read: Read) -> None:
    named = ('Content-Disposition: attachment; filename="=?utf-8?b?6K6h5YiSLm1k?="',)
    data = multipart(
        "mixed",
        part("text/plain", b"See below"),
        part("text/markdown", base64.b64encode("# 计划".encode()), encoding="base64", more=named),
        part("text/plain; charset=gbk", TEXT.encode("gbk"), more=("Content-Disposition: attachment",)),
        part("text/plain", b"", more=('Content-Disposition: attachment; filename="../a/b.txt"',)),
    )
    reading = read("a.eml", data)
    assert [(document.source, document.text) for document in reading.documents] == [
        ("docs/a.eml", "See below"),
        ("docs/a.eml!计划.md", "# 计划"),
        ("docs/a.eml!attachment.txt", TEXT),
    ]
    assert reading.documents[0].metadata["attachments"] == ["计划.md", "attachment.txt", "b.txt"]
    assert reading.notices[-1] == "the file is empty"


def test_a_message_without_text_brings_its_subject_and_its_attachments(read: Read) -> None:
    named = ('Content-Disposition: attachment; filename="a.txt"',)
    documents = read("a.eml", multipart("mixed", part("text/plain", b"words", more=named))).documents
    assert [document.text for document in documents] == ["停水通知", "words"]


@pytest.mark.parametrize("charset", ["gbk", "gb2312", "utf-8", "big5", "x-unknown", ""])
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_every_encoding_is_decoded(read: Read, charset: str, encoding: str) -> None:
    text = TEXT if charset != "big5" else "停水檢修，預計十二點恢復。"
    data = text.encode(charset if charset not in {"x-unknown", ""} else "gbk")
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data)
    kind = f"Content-Type: text/plain{'; charset=' + charset if charset else ''}"
    message = join("Subject: s", kind, f"Content-Transfer-Encoding: {encoding}", "", data)
    assert read("a.eml", message).only.text == text


def test_of_alternatives_the_plain_text_is_read_else_the_page(read: Read) -> None:
    page = part("text/html; charset=utf-8", b"<h1>Title</h1><p>Words <b>here</b></p><script>x</script>")
    assert read("a.eml", multipart("alternative", page, part("text/plain", b"Plain"))).only.text == "Plain"
    document = read("b.eml", multipart("alternative", part("text/plain", b" \r\n"), page)).only
    assert document.text == "Title\n\nWords here"
    assert [(item.level, item.text) for item in document.headings] == [(1, "Title")]


def test_headings_stand_at_their_place_after_other_parts(read: Read) -> None:
    data = multipart("mixed", part("text/plain", b"Before"), part("text/html", b"<h2>After</h2>"))
    document = read("a.eml", data).only
    assert [document.text[item.start : item.end] for item in document.headings] == ["After"]


def test_a_forwarded_message_is_a_document(read: Read) -> None:
    inner = join("Subject: Inner", "", "Forwarded words")
    data = multipart("mixed", part("text/plain", b"See below"), part("message/rfc822", inner))
    documents = read("a.eml", data).documents
    assert [(document.source, document.title, document.text) for document in documents] == [
        ("docs/a.eml", "停水通知", "See below"),
        ("docs/a.eml!Inner.eml", "Inner", "Forwarded words"),
    ]


def test_people_and_dates_become_metadata(read: Read) -> None:
    data = join(
        "From: =?gbk?B?1cXI/Q==?= <z@example.org>",
        "Message-ID: <1@example.org>",
        "To: b@example.org",
        "CC: c@example.org",
        "Date: Tue, 1 Oct 2024 12:34:56 +0800",
        "Subject: a",
        " b",
        "",
        "text",
    )
    document = read("a.eml", data).only
    assert document.title == "a b"
    assert document.metadata == {
        "from": "张三 <z@example.org>",
        "author": "张三",
        "message_id": "1@example.org",
        "to": "b@example.org",
        "cc": "c@example.org",
        "date": "2024-10-01T12:34:56+08:00",
    }


def test_raw_and_broken_headers_are_read_as_they_can_be(read: Read) -> None:
    data = join("Subject: 停水通知，请各户提前储水".encode("gbk"), "Date: never", "", "text")
    document = read("a.eml", data).only
    assert (document.title, document.metadata) == ("停水通知，请各户提前储水", {})


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("=?utf-8?q?a?= " * 100_000, "a" * 100_000),
        ("=?utf-8?b?5rC0?= " * 2000 + "plain", "水" * 2000 + " plain"),
        ("word " * 40_000, "word " * 39_999 + "word"),
        ("x" * 50_000, "x" * 50_000),
    ],
)
def test_a_long_header_takes_linear_time(read: Read, subject: str, title: str) -> None:
    assert read("a.eml", join(f"Subject: {subject}", "", TEXT)).only.title == title


def test_flowed_lines_are_joined(read: Read) -> None:
    data = join("Content-Type: text/plain; format=flowed", "", "one ", "two", "three", "-- ", "sig")
    assert read("a.eml", data).only.text == "one two\nthree\n-- \nsig"


@pytest.mark.parametrize("name", ["a.mhtml", "a.mht", "a.eml"])
def test_a_saved_page_is_a_page(read: Read, name: str) -> None:
    page = part(
        "text/html; charset=utf-8",
        quopri.encodestring("<title>水费</title><h1>调价</h1><p>网页=正文</p>".encode()),
        encoding="quoted-printable",
        more=("Content-Location: https://example.org/a",),
    )
    data = multipart("related", page, part("image/png", b"AAAA", encoding="base64"))
    data = join("Snapshot-Content-Location: https://example.org/water", "Date: Tue, 1 Oct 2024 12:34:56 +0800", data)
    document = read(name, data).only
    assert (document.text, document.title) == ("调价\n\n网页=正文", "水费")
    assert [(item.level, item.text) for item in document.headings] == [(1, "调价")]
    assert document.metadata == {"url": "https://example.org/water", "saved": "2024-10-01T12:34:56+08:00"}


def test_a_saved_page_may_have_its_address_in_its_part_alone(read: Read) -> None:
    page = part("text/html; charset=gbk", "<p>正文</p>".encode("gbk"), more=("Content-Location: http://example.org/a",))
    document = read("a.mht", multipart("related", page)).only
    assert (document.text, document.metadata["url"]) == ("正文", "http://example.org/a")


def test_an_attachment_whose_name_is_in_no_encoding_gets_another_name(read: Read) -> None:
    stated = "Content-Disposition: attachment; filename*=ut\0f-8''a%20b"
    data = multipart("mixed", part("text/plain", b"See below"), part("text/plain", b"words", more=(stated,)))
    sources = [document.source for document in read("a.eml", data).documents]
    assert sources == ["docs/a.eml", "docs/a.eml!attachment.txt"]


def test_a_message_in_utf16_is_read(read: Read) -> None:
    assert read("a.eml", "Subject: s\n\n正文".encode("utf-16")).only.text == "正文"


@pytest.mark.parametrize("data", [b"Subject: s\r\n\r\n", multipart("mixed", part("text/plain", b" ")), b"\r\n\r\n"])
def test_a_message_without_text_is_refused(read: Read, data: bytes) -> None:
    with pytest.raises(ReadError, match="no text"):
        read("a.eml", data)


def test_files_in_an_alternative_that_is_not_read_are_attachments(read: Read) -> None:
    """As Apple's Mail sends them: the page and the file are one alternative."""
    named = ('Content-Disposition: inline; filename="a.pdf"',)
    table = ('Content-Disposition: attachment; filename="b.csv"',)
    picture = ("Content-ID: <x>", 'Content-Disposition: attachment; filename="logo.png"')
    mixed = (
        multipart(
            "mixed",
            part("text/html", b"<p>Hello, this is the page</p>"),
            part("application/pdf", base64.b64encode(make_pdf([[(72, 700, "words")]])), encoding="base64", more=named),
            part("text/csv", b"id,text\n1,row", more=table),
            part("image/png", b"x", more=picture),
            part("text/calendar", b"BEGIN:VCALENDAR"),
        )
        .replace(b"--b", b"--inner")
        .replace(b'"b"', b'"inner"')
    )
    data = multipart("alternative", part("text/plain", b"Hello"), b"--b\r\n" + mixed)
    assert [(item.source, item.text.strip()) for item in read("a.eml", data).documents] == [
        ("docs/a.eml", "Hello"),
        ("docs/a.eml!a.pdf", "words"),
        ("docs/a.eml!b.csv", "row"),
    ]


@pytest.mark.parametrize(("delsp", "text"), [("; delsp=yes", "请看附件。"), ("", "请看附 件。")])
def test_a_space_before_a_soft_line_end_may_be_no_part_of_the_text(read: Read, delsp: str, text: str) -> None:
    kind = f"text/plain; charset=utf-8; format=flowed{delsp}"
    assert read("a.eml", multipart("mixed", part(kind, "请看附 \n件。".encode()))).only.text == text
