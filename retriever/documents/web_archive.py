"""Pages that a browser saved as one file (.mht, .mhtml): read as the page, with its address and the date of saving."""

from __future__ import annotations

from dataclasses import replace
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from retriever.documents.encodings import canonical_name
from retriever.documents.html import read_html
from retriever.documents.interface import Source
from retriever.errors import ReadError
from retriever.types import Document

ADDRESSES = ("snapshot-content-location", "content-location")
SCHEMES = ("http://", "https://")


def is_saved_page(message: Message) -> bool:
    """Whether a message is a page that a browser saved, which is sent to nobody."""
    if message.get("snapshot-content-location"):
        return True
    kind = message.get_content_type()
    if kind not in {"multipart/related", "text/html"} or message.get("to"):
        return False
    part = _find_page(message)
    return bool(_find_address(message)) or (part is not None and bool(_find_address(part)))


def read_saved_page(source: Source, message: Message) -> Document:
    """The page. Raises ReadError if the message holds none."""
    part = _find_page(message)
    payload = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(payload, bytes):
        raise ReadError("the saved page contains no page")
    encoding = source.encoding or canonical_name(part.get_content_charset() or "")
    inner = replace(source, path=Path("page.html"), data=payload, encoding=encoding)
    document = next(read_html(inner))
    metadata: dict[str, Any] = dict(document.metadata)
    if address := _find_address(message) or _find_address(part):
        metadata["url"] = address
    if saved := _read_date(message):
        metadata["saved"] = saved
    return replace(document, metadata=metadata)


def _find_page(message: Message) -> Message | None:
    """The root of the parts, else the first page."""
    pages = [part for part in message.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    start = str(message.get_param("start") or "").strip()
    return next((part for part in pages if start and part.get("content-id") == start), pages[0] if pages else None)


def _find_address(message: Message) -> str:
    values = (str(message.get(name) or "").strip() for name in ADDRESSES)
    return next((value for value in values if value.lower().startswith(SCHEMES)), "")


def _read_date(message: Message) -> str:
    try:
        return parsedate_to_datetime(str(message.get("date") or "")).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
