"""Mailboxes: a message is a document by its own id, and so are its attachments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from retriever.errors import EmptyFileError, ReadError

Read = Callable[..., Any]


def message(number: str, text: str, *, identity: str = "", end: str = "\n") -> str:
    lines = [f"From {number}@example.org Tue Oct  1 12:34:56 2024", "From: a@example.org", f"Subject: {number}"]
    lines += [
        "Date: Tue, 1 Oct 2024 12:34:56 +0800",
        *([f"Message-ID: <{identity}>"] if identity else []),
        "",
        text,
        "",
    ]
    return end.join(lines) + end


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_messages_are_named_by_their_ids(read: Read, end: str) -> None:
    text = "words\n>From here on\n\nFrom there, too\n\nFrom what follows no header does".replace("\n", end)
    box = "".join(message(name, text, identity=f"{name}/1@x", end=end) for name in "ab")
    first, second = read("in.mbox", box).documents
    assert (first.source, first.title) == ("docs/in.mbox!a_1@x.eml", "a")
    assert first.text == "words\nFrom here on\n\nFrom there, too\n\nFrom what follows no header does"
    assert (second.source, second.metadata["date"]) == ("docs/in.mbox!b_1@x.eml", "2024-10-01T12:34:56+08:00")


def test_messages_of_archives_of_lists_follow_each_other_without_an_empty_line(read: Read) -> None:
    box = "".join(message(name, f"{name}\nFrom here on").rstrip("\n") + "\n" for name in "ab")
    assert [document.text for document in read("in.mbox", box).documents] == ["a\nFrom here on", "b\nFrom here on"]


def test_messages_without_an_id_or_with_the_same_are_numbered(read: Read) -> None:
    box = message("a", "甲") + message("b", "乙", identity="x") + message("c", "丙", identity="x")
    documents = read("in.mbox", box).documents
    assert [document.source.partition("!")[2] for document in documents] == ["1.eml", "x.eml", "x-3.eml"]


def test_attachments_in_a_mailbox_are_documents(read: Read) -> None:
    body = (
        "From a Tue\nFrom: a\nDate: x\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n"
        '--b\n\nhere it is\n--b\nContent-Disposition: attachment; filename="p.md"\n\n# Plan\n--b--\n\n'
    )
    reading = read("box", body)
    assert [(document.source, document.text) for document in reading.documents] == [
        ("docs/box!1@x.eml", "here it is"),
        ("docs/box!1@x.eml!p.md", "# Plan"),
    ]


def test_a_message_that_is_too_large_or_empty_is_reported_and_the_rest_is_read(read: Read) -> None:
    box = message("a", "甲" * 400) + message("b", "", identity="b") + message("c", "丙")
    reading = read("in.mbox", box, max_file_size=1000)
    assert reading.only.text == "丙"
    assert [(item.source, item.reason.partition(":")[0]) for item in reading.skipped] == [
        ("docs/in.mbox!1.eml", "the file is too large"),
    ]
    assert "the message contains no text" in reading.notices


def test_what_is_no_mailbox_is_refused(read: Read) -> None:
    with pytest.raises(ReadError, match="no messages") as refused:
        read("in.mbox", "words\n\nmore words\n")
    # What has words is not empty.
    assert not isinstance(refused.value, EmptyFileError)
