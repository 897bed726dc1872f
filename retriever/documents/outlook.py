"""Outlook messages (.msg): streams of an OLE file, each a property of the message, read as other messages are.

The properties are those of [MS-OXMSG] and [MS-OXPROPS]; a stream is named by the number and the type of its property.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from email import message_from_string
from functools import partial
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import Blocks
from retriever.documents.encodings import canonical_name, decode_bytes, detect_encoding
from retriever.documents.interface import Member, Reader, Source
from retriever.documents.mail import message_documents, name_attachment, name_person, read_headers
from retriever.documents.ole import open_ole, read_stream
from retriever.documents.page import parse_page
from retriever.documents.quotes import read_message_page
from retriever.errors import EmptyFileError, ReadError
from retriever.types import Document

if TYPE_CHECKING:
    from olefile import OleFileIO

SUBJECT, HEADERS, BODY, HTML, RTF = 0x0037, 0x007D, 0x1000, 0x1013, 0x1009
TO, CC, MESSAGE_ID = 0x0E04, 0x0E03, 0x1035
SENDER, SENDER_ADDRESS, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
ATTACHED, NAME, LONG_NAME, DISPLAY_NAME = 0x3701, 0x3704, 0x3707, 0x3001
SENT, DELIVERED, CODE_PAGE, BODY_CODE_PAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
LOCALE = 0x3FF1
TEXT, BYTES_TEXT, BINARY, OBJECT, TIME, NUMBER = 0x001F, 0x001E, 0x0102, 0x000D, 0x0040, 0x0003
# Encodings of Windows by locale, or by the language in its lower byte.
LOCAL_CODE_PAGES = {
    **dict.fromkeys((0x0404, 0x0C04, 0x1404), "cp950"),
    **dict.fromkeys((0x04,), "gb18030"),
    **dict.fromkeys((0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x24), "cp1250"),
    **dict.fromkeys((0x02, 0x19, 0x22, 0x23), "cp1251"),
    **dict.fromkeys((0x03, 0x06, 0x07, 0x09, 0x0A, 0x0B, 0x0C, 0x10, 0x13, 0x14, 0x16, 0x1D), "cp1252"),
    0x08: "cp1253",
    0x1F: "cp1254",
    0x0D: "cp1255",
    0x01: "cp1256",
    0x2A: "cp1258",
    0x11: "cp932",
    0x12: "cp949",
    0x1E: "cp874",
}
PROPERTIES = "__properties_version1.0"
# Where the properties begin in the stream of an object: of the message, of one attached to it, of anything else.
ROOT_HEAD, NESTED_HEAD = 32, 24
EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)


def read_outlook(source: Source) -> Iterator[Document | Member]:
    """The message, whose title is the subject, and its attachments."""
    try:
        ole = open_ole(io.BytesIO(source.read_bytes()))
    except (OSError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise ReadError("the message is broken: it cannot be opened") from error
    with ole:
        yield from _read_message(source, _Storage(ole, (), ROOT_HEAD))


def _read_message(source: Source, storage: _Storage) -> Iterator[Document | Member]:
    headers = _read_headers(storage)
    attachments = list(_iter_attachments(source, storage))
    yield from message_documents(source, _read_body(source, storage), headers, attachments)


class _Storage:
    """One object in the file: a message or an attachment."""

    def __init__(self, ole: OleFileIO, path: Sequence[str], head: int) -> None:
        self.ole = ole
        self.path = tuple(path)
        self._fixed = self._read_fixed(head)

    def stream(self, name: str) -> bytes:
        """A stream of the object; nothing if there is none. Raises ReadError."""
        path = [*self.path, name]
        try:
            return read_stream(self.ole, path) if self.ole.exists(path) else b""
        except (OSError, ValueError, IndexError) as error:
            raise ReadError("the message is broken: a part of it cannot be read") from error

    def binary(self, number: int) -> bytes:
        """A property of bytes."""
        return self.stream(f"__substg1.0_{number:04X}{BINARY:04X}")

    def text(self, number: int, encoding: str | None = None) -> str:
        """A property that is text."""
        data = self.stream(f"__substg1.0_{number:04X}{TEXT:04X}")
        if data:
            return data.decode("utf-16-le", "replace").rstrip("\0")
        data = self.stream(f"__substg1.0_{number:04X}{BYTES_TEXT:04X}")
        return self.decode(data.rstrip(b"\0"), encoding)

    def decode(self, data: bytes, encoding: str | None = None) -> str:
        """Bytes in the encoding of the object, or in what they most plausibly are if they are not valid in it."""
        for page in (encoding, self.code_page(CODE_PAGE), self._local_code_page()):
            text, replaced = decode_bytes(data, page) if page else ("", 1)
            if not replaced:
                return text
        return decode_bytes(data, detect_encoding(data).name)[0]

    def _local_code_page(self) -> str | None:
        """The encoding that Windows has for the language of the message."""
        locale = int.from_bytes(self._fixed.get((LOCALE, NUMBER), b"")[:4], "little")
        return LOCAL_CODE_PAGES.get(locale) or LOCAL_CODE_PAGES.get(locale & 0xFF) if locale else None

    def code_page(self, number: int) -> str | None:
        """The encoding that a property states."""
        page = int.from_bytes(self._fixed.get((number, NUMBER), b"")[:4], "little")
        return "utf-8" if page == 65001 else canonical_name(f"cp{page}") if page else None

    def time(self, number: int) -> str:
        """A property that is a point in time, in ISO 8601."""
        ticks = int.from_bytes(self._fixed.get((number, TIME), b""), "little")
        try:
            return (EPOCH + timedelta(microseconds=ticks // 10)).replace(microsecond=0).isoformat() if ticks else ""
        except OverflowError:
            return ""

    def below(self, begin: str) -> list[str]:
        """The names of the objects in this one that begin so."""
        # The library would list all that there is, for ever in a file whose objects contain each other.
        node = self.ole.root
        for name in self.path:
            node = node.kids_dict[name.lower()]
        return sorted({kid.name for kid in node.kids if kid.name.lower().startswith(begin)})

    def _read_fixed(self, head: int) -> dict[tuple[int, int], bytes]:
        """The properties of fixed size: their 8 bytes by number and type."""
        data = self.stream(PROPERTIES)
        return {
            (int.from_bytes(data[at + 2 : at + 4], "little"), int.from_bytes(data[at : at + 2], "little")): data[
                at + 8 : at + 16
            ]
            for at in range(head, len(data) - 15, 16)
        }


def _read_headers(storage: _Storage) -> dict[str, Any]:
    """Subject and metadata: those of the headers that came with the message, else of its properties."""
    headers = read_headers(message_from_string(storage.text(HEADERS)))
    sender = storage.text(SENDER).strip()
    address = storage.text(SENDER_SMTP) or storage.text(SENDER_ADDRESS)
    if "from" not in headers and (sender or address):
        named = f"{sender} <{address}>" if sender and "@" in address and sender != address else sender or address
        headers |= {"from": named, "author": sender or name_person(address)}
    for name, number in (("to", TO), ("cc", CC)):
        if value := storage.text(number).strip():
            headers.setdefault(name, value)
    if date := storage.time(SENT) or storage.time(DELIVERED):
        headers.setdefault("date", date)
    if identity := storage.text(MESSAGE_ID).strip("<> \r\n"):
        headers.setdefault("message_id", identity)
    if subject := storage.text(SUBJECT).strip():
        headers["subject"] = subject
    return headers


def _read_body(source: Source, storage: _Storage) -> Blocks:
    """The plain text, else the page, else the text of the RTF."""
    blocks = Blocks()
    encoding = storage.code_page(BODY_CODE_PAGE)
    text = storage.text(BODY, encoding)
    if text.strip():
        blocks.add(text.replace("\r\n", "\n").replace("\r", "\n"))
        return blocks
    page = storage.binary(HTML)
    markup = storage.decode(page, encoding) if page else storage.text(HTML, encoding)
    if markup.strip():
        try:
            return read_message_page(parse_page(markup))
        except ReadError:
            return blocks
    if storage.binary(RTF):
        source.notice("the text of the message is only there as compressed RTF, which is not read")
    return blocks


def _iter_attachments(source: Source, storage: _Storage) -> Iterator[Member]:
    taken: set[str] = set()
    for name in storage.below("__attach"):
        attachment = _Storage(storage.ole, [*storage.path, name], NESTED_HEAD - 16)
        called = attachment.text(LONG_NAME) or attachment.text(NAME) or attachment.text(DISPLAY_NAME)
        inner = [*attachment.path, f"__substg1.0_{ATTACHED:04X}{OBJECT:04X}"]
        if storage.ole.exists([*inner, PROPERTIES]):
            message = _Storage(storage.ole, inner, NESTED_HEAD)
            called = called or message.text(SUBJECT) or "message"
            unique = name_attachment(f"{called.removesuffix('.msg')}.msg", taken)
            yield Member(unique, lambda: b"", _reader_of(message))
        else:
            yield Member(name_attachment(called, taken), partial(_unpack, source, attachment))


def _reader_of(message: _Storage) -> Reader:
    """A reader of a message in another one, which has no bytes of its own."""

    def read(source: Source) -> Iterator[Document | Member]:
        yield from _read_message(source, message)

    return read


def _unpack(source: Source, attachment: _Storage) -> bytes:
    """The bytes of an attached file. They count, since a thousand of them can be the same bytes of the file."""
    data = attachment.binary(ATTACHED)
    source.room.take(len(data))
    if not data:
        raise EmptyFileError("the file is empty")
    return data
