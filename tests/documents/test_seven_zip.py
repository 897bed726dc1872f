"""7z archives: their files are documents, and what is encrypted, broken or leads out is refused."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Callable
from typing import Any

import py7zr
import pytest

from retriever.documents import interface
from retriever.errors import ReadError

Read = Callable[..., Any]


def pack(files: dict[str, str], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", **options) as package:
        for name, text in files.items():
            package.writestr(text, name)
    return buffer.getvalue()


def test_files_of_an_archive_are_documents(read: Read) -> None:
    reading = read("a.7z", pack({"资料/a.txt": "甲", "b.md": "# Title", ".hidden.txt": "x", "c.gif": "x"}))
    assert [(document.source, document.text) for document in reading.documents] == [
        ("docs/a.7z!资料/a.txt", "甲"),
        ("docs/a.7z!b.md", "# Title"),
    ]
    assert reading.notices == ["not indexed (unsupported type): 1 .gif"]


def test_what_unpacks_to_too_much_is_refused_and_the_rest_is_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "UNPACKED", 100_000)
    monkeypatch.setattr(interface, "UNPACKED_A_BYTE", 0)
    reading = read("a.7z", pack({"a.txt": "甲", "bomb.txt": "a" * 200_000, "b.txt": "乙"}))
    assert [document.text for document in reading.documents] == ["甲", "乙"]
    assert ["not unpacked" in item.reason for item in reading.skipped] == [True]


def with_bcj2(data: bytes) -> bytes:
    """An archive with the method for programs of 7-Zip, which the library does not write, in the place of BCJ."""
    offset, size, _ = struct.unpack_from("<QQI", data, 12)
    names = data[32 + offset : 32 + offset + size].replace(b"\x03\x03\x01\x03", b"\x03\x03\x01\x1b")
    begin = struct.pack("<QQI", offset, size, zlib.crc32(names))
    return data[:8] + struct.pack("<I", zlib.crc32(begin)) + begin + data[32 : 32 + offset] + names


def test_files_that_are_encrypted_or_packed_by_an_unknown_method_cost_no_others(read: Read) -> None:
    plain = {"filters": [{"id": py7zr.FILTER_LZMA2}]}
    program = {"filters": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2}]}
    buffer = io.BytesIO(pack({"a.txt": "甲"}, **plain))
    for name, options in (("secret.txt", {"password": "p"}), ("setup.exe", program), ("x.txt", program)):
        buffer.seek(0)
        with py7zr.SevenZipFile(buffer, "a", **options) as package:
            package.set_encoded_header_mode(False)
            package.writestr("乙", name)
    reading = read("a.7z", with_bcj2(buffer.getvalue()))
    assert reading.only.text == "甲"
    assert [(item.source.partition("!")[2], item.reason) for item in reading.skipped] == [
        ("secret.txt", "it is encrypted; pack it without a password"),
        ("x.txt", "it is compressed by a method that is not supported"),
    ]
    assert reading.notices == ["not indexed (unsupported type): 1 .exe"]


# The bytes contain the time, so they name no test.
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pack({"a.txt": "x"}, password="p"), "encrypted"),
        (pack({"a.txt": "x"}, password="p", header_encryption=True), "encrypted"),
        (pack({"a.txt": "x" * 999})[:60], "broken"),
        (pack({}), "no files"),
    ],
    ids=["encrypted", "names encrypted", "broken", "empty"],
)
def test_encrypted_broken_and_empty_archives_are_refused(read: Read, data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read("a.7z", data)


def test_without_the_library_the_command_is_named(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py7zr", None)
    with pytest.raises(ReadError, match="py7zr") as caught:
        read("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60))
    assert "[archives]" in caught.value.hint
