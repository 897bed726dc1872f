"""HTML: one document a page, with its title, language and properties; ``page`` has its text.

What surrounds the content (``boilerplate``) is left out, unless there is nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from retriever.documents.blocks import collapse_whitespace
from retriever.documents.encodings import decode_markup, report_encoding
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_language
from retriever.documents.page import parse_page, read_blocks
from retriever.errors import EmptyFileError
from retriever.text.readings import store_readings
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

METADATA_NAMES = {
    "author": "author",
    "description": "description",
    "keywords": "keywords",
    "date": "date",
    "article:published_time": "date",
    "pubdate": "date",
    "publishdate": "date",
    "datepublished": "date",
    "dc.date": "date",
    "dcterms.created": "date",
    "article:modified_time": "modified",
    "datemodified": "modified",
}
# What JSON-LD calls them; the most that is read of it, and names of people and characters of one that are taken.
THING_NAMES = {"datePublished": "date", "dateModified": "modified", "author": "author"}
MAX_THINGS, MAX_NAMES, MAX_NAME = 1 << 20, 20, 400
# What browsers and programs write at the beginning of a page that they save.
SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://[^\s>]+)", re.IGNORECASE)
SINGLE_FILE = re.compile(
    r"<!--\s*Page saved with SingleFile\s+url:\s*(https?://\S+)(?:\s+saved date:\s*([^\n]{1,80}))?"
)
SAVED_HEAD = 4096
ADDRESSES = (("link", "rel", "canonical", "href"), ("meta", "property", "og:url", "content"))


def read_html(source: Source) -> Iterator[Document]:
    """One document. Its title is that of the page, else the first heading of level 1."""
    decoded = decode_markup(source)
    report_encoding(source, decoded.encoding, decoded.replaced)
    root = parse_page(decoded.text)
    blocks, readings = read_blocks(root, whole=False)
    if not blocks.text:
        # A page of nothing but menus is one of links, which somebody saved.
        blocks, readings = read_blocks(root)
    if not blocks.text:
        raise EmptyFileError("the page contains no text")
    headings = tuple(blocks.headings)
    titles = (title for title in root.iter("title") if next(title.iterancestors("svg"), None) is None)
    title = next((collapse_whitespace(title.text or "") for title in titles), "")
    yield Document(
        id=source.name,
        source=source.name,
        text=blocks.text,
        title=title or next((heading.text for heading in headings if heading.level == 1), ""),
        language=parse_language(root.get("lang") or ""),
        headings=headings or None,
        metadata=store_readings(_metadata(root) | _find_origin(root, decoded.text[:SAVED_HEAD]), readings),
    )


def _metadata(root: _Element) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for element in root.iter("meta"):
        given = element.get("name") or element.get("property") or element.get("itemprop") or ""
        name = METADATA_NAMES.get(given.lower())
        content = collapse_whitespace(element.get("content") or "")
        if name and content:
            metadata.setdefault(name, content)
    for thing in _iter_things(root):
        for given, name in THING_NAMES.items():
            content = _name_value(thing.get(given))
            if content:
                metadata.setdefault(name, content)
    return metadata


def _iter_things(root: _Element) -> Iterator[dict[str, Any]]:
    """The objects that a page describes in JSON-LD, the outer ones."""
    for script in root.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            value = json.loads((script.text or "")[:MAX_THINGS])
        except (ValueError, RecursionError):
            continue
        things = value if isinstance(value, list) else [value]
        inner = [thing.get("@graph") for thing in things if isinstance(thing, dict)]
        for group in (things, *inner):
            yield from (thing for thing in group if isinstance(thing, dict)) if isinstance(group, list) else ()


def _name_value(value: object) -> str:
    """A text, or the name of a person; of several, all."""
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(filter(None, map(_name_value, value[:MAX_NAMES]))))
    if isinstance(value, dict):
        value = value.get("name")
    return collapse_whitespace(value)[:MAX_NAME] if isinstance(value, str) else ""


def _find_origin(root: _Element, head: str) -> dict[str, str]:
    """Where a page comes from (``url``), as it says itself, and when it was saved (``saved``)."""
    single = SINGLE_FILE.search(head)
    saved = SAVED_FROM.search(head)
    origin: dict[str, str] = {}
    if single or saved:
        origin["url"] = single[1] if single else saved[1] if saved else ""
        if single and single[2]:
            origin["saved"] = single[2].strip()
        return origin
    for tag, name, value, address in ADDRESSES:
        for element in root.iter(tag):
            found = (element.get(address) or "").strip()
            if (element.get(name) or "").lower() == value and found.startswith(("http://", "https://")):
                return {"url": found}
    return origin
