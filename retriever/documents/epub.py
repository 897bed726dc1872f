"""EPUB books: the chapters in reading order, headings of the pages or of the table of contents, and the metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from retriever.documents.blocks import Blocks, collapse_whitespace
from retriever.documents.encodings import decode_markup
from retriever.documents.interface import Source
from retriever.documents.metadata import parse_language
from retriever.documents.package import Package, iter_local, local_name, open_package
from retriever.documents.page import parse_page, read_blocks
from retriever.errors import EmptyFileError, ReadError
from retriever.frozen import dataclass
from retriever.reports import SkippedSource
from retriever.text.readings import Reading, store_readings
from retriever.types import MEMBER, Document, Heading

if TYPE_CHECKING:
    from lxml.etree import _Element

WHAT = "the book"
PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"})
# The ways in which fonts only are made unreadable, so that nobody takes them out of the book.
OF_FONTS = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
METADATA = {
    "creator": "author",
    "date": "date",
    "publisher": "publisher",
    "subject": "keywords",
    "description": "description",
    "identifier": "identifier",
}
# Elements that XML closes at once, and that a parser of HTML would take for open.
CLOSED = re.compile(r"<(title|script|style|a|div|p|span|i|b|em|strong|td|th|li|iframe|section)\b([^<>]*)/>")
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class _Item:
    """A page of the book: its part, and whether it is the table of contents."""

    part: str
    is_contents: bool


def read_epub(source: Source) -> Iterator[Document]:
    """One document. Its title is that of the metadata, else the first heading of level 1."""
    with open_package(source, WHAT) as package:
        yield _Book(package, source).document()


class _Book:
    """The parts of one book, and the text built from them."""

    def __init__(self, package: Package, source: Source) -> None:
        self.package = package
        self.source = source
        self.blocks = Blocks()
        self.readings: list[Reading] = []
        self.path = self._find_opf()
        root = package.parse(self.path)
        if root is None:
            raise ReadError(f"{WHAT} is broken: {self.path} is missing")
        self.root = root

    def document(self) -> Document:
        labels = self._read_contents()
        protected = self._find_protected()
        lost: list[str] = []
        for item in self._iter_spine():
            if item.part in protected:
                lost.append(item.part)
            elif not item.is_contents:
                self._add(item.part, labels.get(item.part))
        if lost and not self.blocks.parts:
            raise ReadError(f"{WHAT} is encrypted (DRM)")
        if lost:
            self.source.report(SkippedSource(self.source.name, f"{len(lost)} parts of {WHAT} are encrypted (DRM)"))
        if not self.blocks.parts:
            raise EmptyFileError(f"{WHAT} contains no text")
        metadata = self._read_metadata()
        headings = tuple(self.blocks.headings)
        language = parse_language(metadata.pop("language", ""))
        title = metadata.pop("title", "") or next((item.text for item in headings if item.level == 1), "")
        return Document(
            id=self.source.name,
            source=self.source.name,
            text=self.blocks.text,
            title=title,
            language=language,
            headings=headings or None,
            metadata=store_readings(metadata, self.readings),
        )

    def _find_opf(self) -> str:
        for file in iter_local(self.package.parse("META-INF/container.xml"), "rootfile"):
            if path := file.get("full-path"):
                return str(path)
        found = next((name for name in self.package.names if name.lower().endswith(".opf")), None)
        if found is None:
            raise ReadError(f"{WHAT} is broken or not an EPUB: it has no list of its parts")
        return found

    def _resolve(self, href: str, base: str) -> str:
        """The part that a link in the part ``base`` leads to."""
        path = normpath(join(dirname(base), unquote(href.partition("#")[0])))
        return self.package.find(path) or path

    def _iter_spine(self) -> Iterator[_Item]:
        """The pages in reading order; all pages if none is given."""
        items: dict[str, _Item] = {}
        for item in iter_local(self.root, "item"):
            kind = (item.get("media-type") or "").lower()
            if kind in PAGES or Path(item.get("href") or "").suffix.lower() in {".xhtml", ".html", ".htm"}:
                is_contents = "nav" in (item.get("properties") or "").split()
                part = self._resolve(item.get("href") or "", self.path)
                items[item.get("id") or part] = _Item(part, is_contents)
        refs = [ref.get("idref") or "" for ref in iter_local(self.root, "itemref")]
        yield from [items[ref] for ref in dict.fromkeys(refs) if ref in items] or items.values()

    def _add(self, part: str, label: tuple[str, int] | None) -> None:
        """Append a page. One without headings gets that of the table of contents, which it often begins with."""
        data = self.package.read(part)
        if data is None:
            self.source.notice(f"a page of {WHAT} is missing: {part}")
            return
        inner = replace(self.source, path=Path(part), name=f"{self.source.name}{MEMBER}{part}", data=data)
        try:
            root = parse_page(CLOSED.sub(r"<\1\2></\1>", decode_markup(inner).text))
        except ReadError as error:
            if data.strip():
                self.source.report(SkippedSource(inner.name, str(error)))
            return
        blocks, readings = read_blocks(root)
        self.readings += readings
        if label is not None and blocks.parts and not blocks.headings:
            words, level = label
            first = blocks.text.partition("\n")[0]
            if collapse_whitespace(first) == words:
                blocks.headings.append(Heading(words, level, 0, len(first)))
            else:
                self.blocks.add(words, level=level)
        self.blocks.append_blocks(blocks)

    def _read_contents(self) -> dict[str, tuple[str, int]]:
        """The first heading in the table of contents for each page, with its level."""
        labels: dict[str, tuple[str, int]] = {}
        for item in iter_local(self.root, "item"):
            part = self._resolve(item.get("href") or "", self.path)
            is_nav = "nav" in (item.get("properties") or "").split()
            if not is_nav and item.get("media-type") != "application/x-dtbncx+xml":
                continue
            try:
                root = self.package.parse(part)
            except ReadError:
                continue
            for words, level, href in _iter_nav(root) if is_nav else _iter_ncx(root):
                if words:
                    labels.setdefault(self._resolve(href, part), (words, min(level, DEEPEST)))
        return labels

    def _find_protected(self) -> set[str]:
        """The parts that are encrypted, other than fonts."""
        protected: set[str] = set()
        for data in iter_local(self.package.parse("META-INF/encryption.xml"), "EncryptedData"):
            methods = {method.get("Algorithm") for method in iter_local(data, "EncryptionMethod")}
            if not methods & OF_FONTS:
                uris = [unquote(reference.get("URI") or "") for reference in iter_local(data, "CipherReference")]
                protected.update(self.package.find(uri) or uri for uri in uris)
        return protected

    def _read_metadata(self) -> dict[str, Any]:
        values: dict[str, list[str]] = {}
        for element in iter_local(self.root, "title", "language", *METADATA):
            text = collapse_whitespace("".join(element.itertext()))
            name = METADATA.get(local_name(element), local_name(element))
            if text and text not in values.setdefault(name, []):
                values[name].append(text)
        for meta in iter_local(self.root, "meta"):
            if meta.get("property") == "dcterms:modified" and meta.text and meta.text.strip():
                values.setdefault("modified", [meta.text.strip()])
        lists = {"author", "keywords"}
        return {
            name: found if name in lists and len(found) > 1 else found[0] for name, found in values.items() if found
        }


def _iter_nav(root: _Element | None) -> Iterator[tuple[str, int, str]]:
    """Words, level and link of the entries of a table of contents in EPUB 3."""
    for nav in iter_local(root, "nav"):
        kinds = [value for name, value in nav.attrib.items() if str(name).rpartition("}")[2] == "type"]
        if kinds and "toc" not in str(kinds[0]).split():
            continue
        for link in iter_local(nav, "a"):
            level = sum(local_name(above) == "ol" for above in link.iterancestors())
            yield collapse_whitespace("".join(link.itertext())), max(1, level), link.get("href") or ""


def _iter_ncx(root: _Element | None) -> Iterator[tuple[str, int, str]]:
    """Words, level and link of the entries of a table of contents in EPUB 2."""
    for point in iter_local(root, "navPoint"):
        level = 1 + sum(local_name(above) == "navPoint" for above in point.iterancestors())
        label = next(iter_local(point, "text"), None)
        content = next(iter_local(point, "content"), None)
        words = collapse_whitespace("".join(label.itertext())) if label is not None else ""
        yield words, level, (content.get("src") or "") if content is not None else ""
