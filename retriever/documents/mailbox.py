"""Mailboxes (.mbox): every message in them is a document, and so are the attachments of each.

A message is named by its own id, so that it stays the same when others before it are deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from retriever.documents.interface import Member, Source, too_large_error
from retriever.documents.mail import read_mail
from retriever.errors import ReadError

BEGIN = re.compile(rb"From [^\r\n]*\r?\n")
# Archives of lists have no empty line before it, but the date of it in full.
DATED = re.compile(rb"From [^\r\n]{1,300} [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d?:\d\d[^\r\n]{0,40}\d{4}[ \t]*\r?\n")
HEADER = re.compile(rb"[!-9;-~]+:|>?From ")
# The programs that write mailboxes put a mark before lines that would begin a message.
ESCAPED = re.compile(rb"(?m)^>(>*From )")
MESSAGE_ID = re.compile(rb"(?mi)^Message-ID:\s*<?([^\r\n<>]{1,200})>?")
UNNAMED = re.compile(r"[^\w.@+=$-]+")
# A longer line, without an end, is not a line of a message.
LONGEST_LINE = 1 << 20


def read_mailbox(source: Source) -> Iterator[Member]:
    """The messages, in their order."""
    taken: set[str] = set()
    with source.open() as file:
        for number, data in enumerate(_split(source, file), 1):
            yield Member(_name(data, number, taken), partial(_check, source, data), read_mail)
    if not taken:
        raise ReadError("the mailbox holds no messages", hint="name a single message .eml, and text .txt")


def _split(source: Source, file: BinaryIO) -> Iterator[bytes]:
    """The bytes of each message; no more than one byte beyond what may be held of one that is too large."""
    parts: list[bytes] = []
    size, blank, begun, within = 0, True, b"", False
    limit = source.max_size
    while line := file.readline(LONGEST_LINE):
        if begun and HEADER.match(line):
            if within and parts:
                yield b"".join(parts)
            parts, size, within = [], 0, True
        elif begun:
            parts.append(begun)
        begun = line if (BEGIN if blank else DATED).fullmatch(line) else b""
        blank = not line.strip()
        if not begun and (limit is None or size <= limit):
            parts.append(line)
            size += len(line)
    if within and parts:
        yield b"".join(parts)


def _name(data: bytes, number: int, taken: set[str]) -> str:
    head = data.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    found = MESSAGE_ID.search(head)
    name = UNNAMED.sub("_", found[1].decode("latin-1").strip()) if found else ""
    if not name or f"{name}.eml" in taken:
        name = f"{name}-{number}".lstrip("-")
    taken.add(f"{name}.eml")
    return f"{name}.eml"


def _check(source: Source, data: bytes) -> bytes:
    if source.max_size is not None and len(data) > source.max_size:
        raise too_large_error(len(data), source.max_size)
    return ESCAPED.sub(rb"\1", data)
