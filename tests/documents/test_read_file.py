"""``read_file``: the right reader for each file, unchanged text, and one clear message on failure."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from file_makers import make_docx, make_pdf, paragraph
from lxml import etree
from office_makers import make_doc, make_ppt

from retriever.documents import is_supported, read_file
from retriever.documents.interface import Member, Source
from retriever.errors import EmptyFileError, ReadError, UnfinishedReadError, UsageError
from retriever.types import Document

Read = Callable[..., Any]


@pytest.mark.parametrize("name", ["a.txt", "a.TXT", "a.log", "README", "notes.unknown"])
def test_text_is_read_unchanged(read: Read, name: str) -> None:
    text = "一、总体要求\r\n\r\n  坚持以人民为中心。\n\tEnd.\n"
    document = read(name, text).only
    assert document.text == text
    assert (document.id, document.source) == (f"docs/{name}", f"docs/{name}")
    assert document.headings is None
    assert document.line is None


def test_a_guessed_encoding_is_reported_with_its_confidence(read: Read) -> None:
    text = "各街道办事处要认真落实，确保工作取得实效。"
    (notice,) = read("a.txt", text.encode("gbk")).notices
    assert "gb18030" in notice
    assert "%" in notice
    assert read("b.txt", text).notices == []
    assert read("c.txt", text.encode("gbk"), encoding="gbk").notices == []


def test_replaced_characters_are_reported(read: Read) -> None:
    (notice,) = read("a.txt", "好" * 100 + "\0", encoding="utf-8").notices
    assert notice.startswith("1 character was")
    (notice,) = read("a.txt", "好".encode("gbk") * 100 + b"\xff\xff", encoding="gbk").notices
    assert notice.startswith("2 characters were")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", " \n\t\u3000\r\n"),
        ("a.md", "\n\n"),
        ("a.html", "<!-- nothing -->"),
        ("a.rst", "\n"),
        ("a.rtf", r"{\rtf1\ansi\deff0 }"),
        ("a.eml", "From: a@example.org\nTo: b@example.org\n\n"),
        ("a.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'),
        ("a.docx", make_docx("")),
        ("a.doc", make_doc([("\r", 0, b"")])),
        ("a.ppt", make_ppt([])),
    ],
)
def test_a_file_without_a_word_is_empty(read: Read, name: str, data: str | bytes) -> None:
    with pytest.raises(EmptyFileError, match="contains no text"):
        read(name, data)


def test_a_file_of_zeros_is_not_empty(read: Read) -> None:
    with pytest.raises(ReadError, match="contains no text") as refused:
        read("a.txt", bytes(5000))
    assert not isinstance(refused.value, EmptyFileError)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        *(
            (f"a{suffix}", b"", "the file is empty")
            for suffix in (".txt", ".docx", ".epub", ".ofd", ".7z", ".tar", ".tgz")
        ),
        ("a.txt", b" \n\t\r\n", "no text"),
        ("a.txt", bytes(5000), "no text"),
        ("a.txt", bytes(range(256)) * 20, "binary"),
        ("a.txt", b"\x7fELF\x02" + bytes(500), "program"),
        ("a.md", b"GIF89a" + bytes(500), "GIF"),
        ("a.csv", b"PK\x03\x04" + bytes(500), "ZIP"),
        ("a.jsonl", b"\x1f\x8b" + bytes(500), "gzip"),
        ("a.html", b"<!-- nothing -->", "no text"),
        ("a.docx", b"not a zip", "cannot be unpacked"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "compound file"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.pdf", b"not a pdf", "broken"),
    ],
)
def test_the_reason_of_a_failure_is_given(read: Read, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read(name, data)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.docx", "a.pdf"])
def test_a_file_over_the_limit_is_refused_with_the_option_to_raise_it(read: Read, name: str) -> None:
    with pytest.raises(ReadError, match="too large: 101 bytes, the limit is 100 bytes") as caught:
        read(name, b"x" * 101, max_file_size=100)
    assert "--max-file-size" in caught.value.hint
    assert "max_file_size=" in caught.value.hint
    assert read("b.txt", b"x" * 100, max_file_size=100).only.text == "x" * 100


def test_a_line_of_fifty_megabytes_is_a_document(read: Read) -> None:
    data = "城市更新".encode() * (50 * 1024 * 1024 // 12)
    assert len(read("a.txt", data).only.text) == len(data) // 3


def test_an_unknown_extension_is_resolved_by_the_first_bytes(read: Read) -> None:
    assert read("report", make_docx(paragraph("一段正文"))).only.text == "一段正文"
    assert read("report2", make_pdf([[(72, 700, "words")]])).only.text == "words"
    assert read("page.download", "<!DOCTYPE html><p>words</p>").only.text == "words"


def test_supported_extensions() -> None:
    names = "a.txt a.md a.HTML a.htm a.docx a.doc a.xlsx a.ppt a.pdf a.jsonl a.ndjson a.csv a.tsv"
    assert all(is_supported(Path(name)) for name in names.split())
    assert not any(is_supported(Path(name)) for name in ["a.exe", "a.gif", "a", "README", ".txt", "a.vsd"])


def test_system_errors_are_read_errors(tmp_path: Path) -> None:
    def read_all(path: Path) -> list[Any]:
        return list(read_file(path, source="x", report=lambda _: None))

    with pytest.raises(ReadError, match="no longer exists"):
        read_all(tmp_path / "missing.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path, tmp_path / "pipe.txt"):
        with pytest.raises(ReadError, match="not a regular file"):
            read_all(path)
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    with pytest.raises(ReadError, match="cannot be read"):
        read_all(loop)


def no_memory_for_xml() -> Exception:
    """What lxml raises where memory is lacking."""
    return etree.XMLSyntaxError("unknown error", 2, 0, 0)


@pytest.mark.parametrize(
    ("cause", "passes"),
    [
        (MemoryError(), True),
        (no_memory_for_xml(), True),
        (OSError(errno.EIO, "Input/output error"), True),
        (OSError(errno.EMFILE, "Too many open files"), True),
        (OSError("image file is truncated"), False),
        (OSError(errno.EINVAL, "Invalid argument"), False),
        (etree.XMLSyntaxError("no element found", 4, 1, 1), False),
        (KeyError("no such part"), False),
    ],
    ids=repr,
)
@pytest.mark.parametrize("told", [True, False])
def test_a_lack_of_the_machine_is_told_from_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: Exception, passes: bool, told: bool
) -> None:
    """Readers take whatever their libraries raise for a broken file, which would never be read again."""

    def break_off(_: Source) -> Iterator[Document]:
        try:
            raise cause
        except Exception as error:
            raise ReadError("the document is broken") from (error if told else None)
        yield

    path = tmp_path / "a.docx"
    path.write_text("words")
    monkeypatch.setattr("retriever.documents.read.find_reader", lambda _: break_off)
    with pytest.raises(ReadError) as caught:
        list(read_file(path, source="x", report=lambda _: None))
    assert isinstance(caught.value, UnfinishedReadError) == passes
    assert ("is broken" in str(caught.value)) != passes


@pytest.mark.parametrize(("cause", "passes"), [(OSError(errno.EIO, "Input/output error"), True), (KeyError(), False)])
def test_a_lack_of_the_machine_is_told_of_members_that_cannot_be_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: Exception, passes: bool
) -> None:
    def unpack() -> bytes:
        raise ReadError("it is broken") from cause

    path = tmp_path / "a.zip"
    path.write_text("words")
    monkeypatch.setattr("retriever.documents.read.find_reader", lambda _: lambda _: iter([Member("b.txt", unpack)]))
    reports: list[Any] = []
    assert list(read_file(path, source="x", report=reports.append)) == []
    assert [(item.source, item.unfinished) for item in reports] == [("x!b.txt", passes)]


def test_a_file_without_permission_is_a_read_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("words")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # The superuser may read every file, so the error has to be simulated.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ReadError, match="no permission"):
        list(read_file(path, source="x", report=lambda _: None))


def test_an_unknown_encoding_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown encoding"):
        read_file(tmp_path / "missing.txt", source="x", report=lambda _: None, encoding="klingon")
