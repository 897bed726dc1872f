"""The document of an OFD file: text by lines and paragraphs, pages, headings of the outline; attached files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from retriever.documents.archives import UNSHOWN
from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Member, Source
from retriever.documents.ocr.recognition import describe_recognition, list_pages, make_refusal, report_unread
from retriever.documents.ofd.document import ROOT, Attachment, OfdDocument, OutlineEntry
from retriever.documents.ofd.glyphs import cut_fragments
from retriever.documents.ofd.pictures import PicturePage
from retriever.documents.package import Package, iter_local, open_package
from retriever.documents.pdf.extraction import COVERED, STAMP, Page
from retriever.documents.pdf.read import advise_recognition, compose_text
from retriever.documents.pdf.running import remove_running
from retriever.documents.pdf.scanned import recognise_scans
from retriever.errors import ReadError
from retriever.reports import SkippedSource
from retriever.types import Document, Heading

if TYPE_CHECKING:
    from lxml.etree import _Element

    from retriever.documents.ocr.interface import Picture

WHAT = "the OFD document"
ENCRYPTED = ("Encryptions.xml", "DecyptSeed.dat", "DecryptSeed.dat")


def read_ofd(source: Source) -> Iterator[Document | Member]:
    """One document with the offset of each page, and the attached files."""
    with open_package(source, WHAT) as package:
        if any(package.find(name) for name in ENCRYPTED):
            raise ReadError(f"{WHAT} is encrypted", hint="save it without a password")
        root = package.parse(ROOT)
        if root is None:
            raise ReadError(f"{WHAT} is broken: {ROOT} is missing")
        documents = list(_open_bodies(source, package, root))
        attachments = [attachment for document in documents for attachment in document.iter_attachments()]
        read = _read_text(source, documents)
        if read is not None:
            yield read
        elif not attachments:
            raise ReadError(f"{WHAT} has no text", hint=advise_recognition())
        else:
            source.notice("no text on any page")
        for attachment in attachments:
            yield _member(package, attachment)


def _open_bodies(source: Source, package: Package, root: _Element) -> Iterator[OfdDocument]:
    """The documents in a file. One that is broken is reported, and raises ReadError if it is the only one."""
    bodies = list(iter_local(root, "DocBody"))
    failed: ReadError | None = None
    opened = 0
    for number, body in enumerate(bodies, 1):
        try:
            document = OfdDocument(package, body)
        except ReadError as error:
            failed = error
            if len(bodies) > 1:
                source.report(SkippedSource(source.name, f"document {number} of {len(bodies)} in it: {error}"))
            continue
        opened += 1
        yield document
    if failed is not None and not opened:
        raise failed


def _read_text(source: Source, documents: Sequence[OfdDocument]) -> Document | None:
    """The text of all pages; None if they have none. Raises ReadError if what they show cannot be recognised."""
    pages, pictures, numbers = _read_pages(source, documents)
    pages, scans = recognise_scans(source, pages, partial(_draw, source, pictures))
    contents = remove_running([page.parts for page in pages])
    if all(contents.empty) and scans.is_refused:
        raise make_refusal()
    report_unread(source, {number + 1: page for number, page in scans.every.items()})
    if not pages or all(contents.empty):
        return None
    text, starts = compose_text(contents)
    text, replaced = replace_unstorable(text)
    if replaced:
        source.notice(f"{replaced} characters that cannot be stored were replaced by U+FFFD")
    blank = [number for number, empty in enumerate(contents.empty, 1) if empty]
    if blank:
        source.notice(f"no text on {list_pages(blank)}")
    entries = [
        (entry, numbers.get((which, entry.page)))
        for which, document in enumerate(documents)
        for entry in document.iter_outline()
    ]
    properties = documents[0].read_properties()
    return Document(
        id=source.name,
        source=source.name,
        text=text,
        title=properties.pop("title", ""),
        headings=find_headings(text, starts, entries) or None,
        pages=starts,
        places=scans.find_places(text, starts),
        metadata={**properties, **describe_recognition(scans.pages.values())},
    )


def _read_pages(
    source: Source, documents: Sequence[OfdDocument]
) -> tuple[list[Page], dict[int, PicturePage], dict[tuple[int, str], int]]:
    """The pages with their text, what each shows besides by its index, and the indices by document and id."""
    pages: list[Page] = []
    pictures: dict[int, PicturePage] = {}
    numbers: dict[tuple[int, str], int] = {}
    for which, document in enumerate(documents):
        for identity, part in document.pages:
            numbers[which, identity] = len(pages)
            try:
                glyphs, shown = document.read_page(identity, part)
            except ReadError as error:
                pages.append(Page())
                source.report(SkippedSource(f"{source.name}#page={len(pages)}", str(error)))
                continue
            count = sum(not glyph.text.isspace() for glyph in glyphs)
            is_picture = bool(shown.pictures) if not count else count < STAMP and shown.covered >= COVERED
            pictures[len(pages)] = shown
            pages.append(Page(cut_fragments(glyphs, shown.height), is_picture=is_picture))
    return pages, pictures, numbers


def _draw(
    source: Source, pictures: Mapping[int, PicturePage], numbers: Sequence[int], scales: list[float]
) -> Iterator[Picture]:
    """The pages with these indices as pictures, one by one; ``scales`` collects pixels to a point."""
    for number in numbers:
        picture, scale, missing = pictures[number].draw()
        for error in missing[:1]:
            source.report(SkippedSource(f"{source.name}#page={number + 1}", f"a picture on it cannot be read: {error}"))
        scales.append(scale)
        yield picture


def find_headings(
    text: str, starts: Sequence[int], entries: Sequence[tuple[OutlineEntry, int | None]]
) -> tuple[Heading, ...]:
    """The lines that entries of the outline name, each on its page; none if most entries are not found.

    Entries have the number of their page from 0, None if it is not known.
    """
    lines: dict[str, list[tuple[int, int]]] = {}
    at = 0
    for line in text.split("\n"):
        words = line.strip()
        if words:
            start = at + line.index(words)
            lines.setdefault(_key(words), []).append((start, start + len(words)))
        at += len(line) + 1
    headings: list[Heading] = []
    for entry, page in entries:
        end = headings[-1].end if headings else 0
        places = [place for place in lines.get(_key(entry.words), []) if place[0] >= end]
        if page is not None:
            places = [place for place in places if bisect_right(starts, place[0]) - 1 == page]
        if places:
            headings.append(Heading(entry.words, entry.level, *places[0]))
    return tuple(headings) if 2 * len(headings) > len(entries) else ()


def _key(words: str) -> str:
    return "".join(words.split())


def _member(package: Package, attachment: Attachment) -> Member:
    def unpack() -> bytes:
        data = package.read(attachment.part)
        if data is None:
            raise ReadError(f"{WHAT} is broken: {attachment.part} is missing")
        return data

    return Member(UNSHOWN.sub("\ufffd", attachment.name.replace("/", "_")), unpack)
