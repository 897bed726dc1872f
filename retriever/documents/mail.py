"""E-mail messages (.eml): subject, people and date as metadata, the text of the body; attachments are members.

Of alternatives the plain text is read, else the page. A message that is a saved page is read as that.
"""

from __future__ import annotations

import codecs
import mimetypes
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from retriever.documents.archives import UNSHOWN
from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.encodings import canonical_name, decode_bytes, detect_encoding
from retriever.documents.interface import Member, Reader, Source
from retriever.documents.page import parse_page
from retriever.documents.quotes import mark_quotes, read_message_page
from retriever.documents.web_archive import is_saved_page, read_saved_page
from retriever.errors import EmptyFileError, ReadError
from retriever.reports import SkippedSource
from retriever.types import Document

PEOPLE = {"from": "from", "to": "to", "cc": "cc"}
# A line that ends with a space, which may belong to the text or not, goes on with the next, except the one that sets
# off a signature.
FLOWED = re.compile(r"(?m)(?<!^--) \n(?!>)")
# The library takes time in proportion to the square of the encoded words that it is given at once.
PIECES = re.compile(r"(?s).{1,10000}(?=\s|\Z)|.{10000}")
# An attached message, and how many within each other are looked at where they are too many.
NESTED = re.compile(rb"(?mi)^Content-Type:\s*message/rfc822")
MAX_NESTED = 16
ENVELOPE = re.compile(rb"\A\s*From [^\n]*\n")


def read_mail(source: Source) -> Iterator[Document | Member]:
    """The message, whose title is the subject, and its attachments."""
    data = ENVELOPE.sub(b"", _as_bytes(source.read_bytes()))
    try:
        message, body = _read_parts(data)
    except RecursionError:
        message, body = _read_parts(_cut_nested(source, data))
    if body is None:
        yield read_saved_page(source, message)
        return
    if body.replaced:
        what = "1 character was" if body.replaced == 1 else f"{body.replaced} characters were"
        source.notice(f"{what} not valid in the encoding of the message and replaced by U+FFFD")
    headers = read_headers(message)
    yield from message_documents(source, body.blocks, headers, body.attachments)


def _read_parts(data: bytes) -> tuple[Message, _Body | None]:
    """A message and its parts; none of a page that a browser saved."""
    message = message_from_bytes(data)
    if is_saved_page(message):
        return message, None
    body = _Body()
    body.add(message)
    return message, body


def _cut_nested(source: Source, data: bytes) -> bytes:
    """The outer messages of one in which they lie too deep within each other; the rest is reported."""
    inner = [found.start() for found in NESTED.finditer(data)]
    if len(inner) <= MAX_NESTED:
        raise ReadError("its parts are nested too deeply")
    source.report(SkippedSource(source.name, f"the rest of it lies in more than {MAX_NESTED} messages"))
    return data[: inner[MAX_NESTED]]


def message_documents(
    source: Source, blocks: Blocks, headers: dict[str, Any], attachments: list[Member]
) -> Iterator[Document | Member]:
    """The document of a message with ``headers``, among them its subject, and its attachments.

    One without text consists of its subject, if it brings something else.
    """
    title = headers.pop("subject", "")
    text, headings = mark_quotes(blocks.text, blocks.headings)
    if not text.strip() and not attachments:
        raise EmptyFileError("the message contains no text")
    if attachments:
        headers["attachments"] = [member.name for member in attachments]
    if text.strip() or title:
        yield Document(
            id=source.name,
            source=source.name,
            text=text if text.strip() else title,
            title=title,
            headings=headings or None,
            metadata=headers,
        )
    yield from attachments


class _Body:
    """The text of a message, built part by part."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.attachments: list[Member] = []
        self.replaced = 0
        self._names: set[str] = set()

    def add(self, part: Message) -> None:
        kind = part.get_content_type()
        if kind == "multipart/alternative":
            self._add_alternative(part)
        elif kind == "message/rfc822":
            for inner in _parts(part):
                name = _find_file_name(part) or read_headers(inner).get("subject", "message")
                self._attach(f"{name.removesuffix('.eml')}.eml", inner.as_bytes(), reader=read_mail)
        elif part.is_multipart():
            for inner in _parts(part):
                self.add(inner)
        elif kind in {"text/plain", "text/html"} and part.get_content_disposition() != "attachment":
            self._add_text(part, kind)
        else:
            payload = part.get_payload(decode=True)
            name = _find_file_name(part) or f"attachment{mimetypes.guess_extension(kind) or ''}"
            self._attach(name, payload if isinstance(payload, bytes) else b"")

    def _attach(self, name: str, data: bytes, reader: Reader | None = None) -> None:
        """Add an attachment by a name that no other has."""
        name = name_attachment(name, self._names)
        self.attachments.append(Member(name, lambda: _require(data), reader))

    def _add_alternative(self, part: Message) -> None:
        """The first of the alternatives, in the order of preference, that holds text, and the files in the others."""
        length = self.blocks.length
        for inner in sorted(_parts(part), key=lambda inner: inner.get_content_type() != "text/plain"):
            if self.blocks.length == length:
                self.add(inner)
            else:
                self._add_files(inner)

    def _add_files(self, part: Message) -> None:
        """The attachments in an alternative that is not read; pictures of its page are not files."""
        kind, is_attached = part.get_content_maintype(), part.get_content_disposition() == "attachment"
        if kind == "multipart":
            for inner in _parts(part):
                self._add_files(inner)
        elif (kind in {"application", "message"} or is_attached) and not (kind == "image" and part.get("content-id")):
            self.add(part)

    def _add_text(self, part: Message, kind: str) -> None:
        text = self._decode(part)
        if kind == "text/plain":
            if str(part.get_param("format") or "").lower() == "flowed":
                deletes = str(part.get_param("delsp") or "").lower() == "yes"
                text = FLOWED.sub("" if deletes else " ", text)
            self.blocks.add(text)
        elif text.strip():
            try:
                root = parse_page(text)
            except ReadError:
                return
            self.blocks.append_blocks(read_message_page(root))

    def _decode(self, part: Message) -> str:
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        stated = part.get_content_charset()
        name = canonical_name(stated) if stated else None
        text, replaced = decode_bytes(data, name) if name else ("", 1)
        if replaced:
            guessed = decode_bytes(data, detect_encoding(data).name)
            text, replaced = guessed if name is None or guessed[1] < replaced else (text, replaced)
        self.replaced += replaced
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def name_attachment(name: str, taken: set[str]) -> str:
    """The name of an attachment as that of a member: without folders, and other than those ``taken`` so far."""
    name = UNSHOWN.sub("\ufffd", re.split(r"[/\\]", name)[-1].strip()) or "attachment"
    stem, dot, extension = name.rpartition(".")
    number = 1
    unique = name
    while unique in taken:
        number += 1
        unique = f"{stem or extension} ({number}){dot + extension if stem else ''}"
    taken.add(unique)
    return unique


def _find_file_name(part: Message) -> str:
    """The name of an attachment, empty if it has none that can be read."""
    try:
        return _decode_words(part.get_filename() or "")
    except ValueError:  # the name of its encoding holds a null character
        return ""


def _require(data: bytes) -> bytes:
    if not data:
        raise EmptyFileError("the file is empty")
    return data


def _parts(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def _as_bytes(data: bytes) -> bytes:
    """A message that a program saved as UTF-16, in UTF-8; other messages as they are."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def read_headers(message: Message) -> dict[str, Any]:
    """The subject of a message and its metadata."""
    headers: dict[str, Any] = {}
    for spelled, value in message.raw_items():
        name = spelled.lower()
        if name == "subject" or name in PEOPLE:
            text = _decode_words(str(value))
            if text:
                headers.setdefault(PEOPLE.get(name, name), text)
        elif name == "date":
            date = _parse_date(str(value))
            if date is not None:
                headers.setdefault("date", date.isoformat())
        elif name == "message-id" and value.strip():
            headers.setdefault("message_id", _decode_words(str(value)).strip("<> "))
    if "from" in headers:
        headers["author"] = name_person(headers["from"])
    return headers


def name_person(person: str) -> str:
    """The name of whom a header names first, else the address."""
    name, address = parseaddr(person)
    return name or address or person


def _parse_date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _decode_words(value: str) -> str:
    """The text of a header: encoded words decoded, raw bytes as they most plausibly read."""
    parts: list[str] = []
    before = ""
    for piece in PIECES.findall(value):
        # Nothing stands between two encoded words.
        gap = " " if piece[0].isspace() and not (before.endswith("?=") and piece.lstrip().startswith("=?")) else ""
        parts += (gap, _decode_piece(piece))
        before = piece
    return collapse_whitespace("".join(parts))


def _decode_piece(value: str) -> str:
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        parts = [(value, None)]
    text = ""
    for part, charset in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape")
        name = canonical_name(charset) if charset else None
        text += decode_bytes(data, name or detect_encoding(data).name)[0]
    return text
