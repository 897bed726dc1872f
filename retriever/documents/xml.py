"""XML (.xml) as far as it holds prose: elements with text as paragraphs, titles of sections as headings.

It knows no vocabulary: DocBook, JATS, TEI, RSS and the like have in common what titles and paragraphs are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import TYPE_CHECKING

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.encodings import decode_markup, report_encoding
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_language
from retriever.documents.package import local_name
from retriever.documents.prose import is_prose
from retriever.errors import EmptyFileError, ReadError
from retriever.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

TITLES = frozenset(
    {"title", "head", "heading", "h1", "h2", "h3", "h4", "h5", "h6", "caption", "subject", "name", "标题"}
)
# Elements that words do not go on over, where they stand within text.
BLOCKS = frozenset(
    {
        "p",
        "para",
        "simpara",
        "br",
        "lb",
        "l",
        "lg",
        "li",
        "item",
        "listitem",
        "list-item",
        "list",
        "ol",
        "ul",
        "dl",
        "dt",
    }
    | {
        "dd",
        "entry",
        "td",
        "th",
        "row",
        "tr",
        "table",
        "caption",
        "head",
        "title",
        "sec",
        "section",
        "div",
        "note",
        "fn",
    }
    | {"footnote", "disp-quote", "blockquote", "itemizedlist", "orderedlist", "variablelist", "term", "varlistentry"}
)
# Characters by name: those of HTML stand in files whose own list of them lies elsewhere.
ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*;)")
DEEPEST = 6
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def read_xml(source: Source) -> Iterator[Document]:
    """One document. Its title is the first that stands below the root."""
    from lxml import etree

    decoded = decode_markup(source)
    report_encoding(source, decoded.encoding, decoded.replaced)
    text = ENTITY.sub(_show_entity, decoded.text).encode()
    # Encoded anew, whatever it says of its encoding.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError("the file is not valid XML") from error
    etree.strip_elements(root, etree.Entity, with_tail=False)
    blocks = Blocks()
    found = _add(blocks, root, 0)
    if not found:
        raise EmptyFileError("the file holds no prose")
    headings = tuple(blocks.headings)
    yield Document(
        id=source.name,
        source=source.name,
        text=blocks.text,
        title=next((heading.text for heading in headings), ""),
        language=parse_language(root.get(XML_LANGUAGE) or ""),
        headings=headings or None,
    )


def _add(blocks: Blocks, element: _Element, depth: int) -> bool:
    """Append the text of an element, and tell whether any of it is prose."""
    if not isinstance(element.tag, str):
        return False
    own = "".join([element.text or "", *(child.tail or "" for child in element)])
    if own.strip() or not len(element):
        # What stands within text is part of it.
        text = collapse_whitespace("".join(_iter_text(element)))
        is_title = local_name(element).lower() in TITLES and len(text) < 300
        blocks.add(text, level=min(max(depth, 1), DEEPEST) if is_title and text else None)
        return is_prose(text)
    found = [_add(blocks, child, depth + 1) for child in element]
    return any(found)


def _iter_text(element: _Element) -> Iterator[str]:
    """The text within an element, with a space where a block begins or ends."""
    from lxml import etree

    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if inner is not element and local_name(inner).lower() in BLOCKS:
            yield " "
        yield (inner.text if event == "start" else inner.tail if inner is not element else None) or ""


def _show_entity(found: re.Match[str]) -> str:
    character = html5.get(found[1], found[0])
    return found[0] if "<" in character or "&" in character else character
