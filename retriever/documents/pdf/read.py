"""Reads a PDF file: its pages become one text with the offset of each page.

A page without a text layer, or with one that is not text, is recognised where the extra for that is installed, and
reported elsewhere. What runs along the edges of pages is left out where it would part sentences.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.documents.ocr.picture import render
from retriever.documents.ocr.rapid import is_installed
from retriever.documents.ocr.recognition import describe_recognition, list_pages, make_refusal, report_unread
from retriever.documents.pdf.extraction import Page, extract
from retriever.documents.pdf.hyphens import Hyphens, resolve
from retriever.documents.pdf.layout import lay_out
from retriever.documents.pdf.paragraphs import Paragraph, continues, join_lines
from retriever.documents.pdf.running import Contents, remove_running
from retriever.documents.pdf.scanned import recognise_scans
from retriever.errors import ReadError, install_command
from retriever.types import Document

if TYPE_CHECKING:
    from retriever.documents.ocr.interface import Picture

# PDFium is not thread-safe.
PDFIUM_LOCK = threading.Lock()


def read_pdf(source: Source) -> Iterator[Document]:
    """One document with the offset of each page. Its title is that of its properties."""
    data = source.read_bytes()
    with PDFIUM_LOCK:
        pages, properties = extract(data)
    pages, scans = recognise_scans(source, pages, partial(_render, data))
    contents = remove_running([page.parts for page in pages])
    if all(contents.empty) and scans.is_refused:
        raise make_refusal()
    report_unread(source, {number + 1: page for number, page in scans.every.items()})
    _report(source, pages, contents)
    text, starts = compose_text(contents)
    text, replaced = replace_unstorable(text)
    if replaced:
        source.notice(f"{replaced} characters that cannot be stored were replaced by U+FFFD")
    yield Document(
        id=source.name,
        source=source.name,
        text=text,
        title=properties.pop("title", ""),
        pages=starts,
        places=scans.find_places(text, starts),
        metadata={**properties, "pages": len(pages), **describe_recognition(scans.pages.values())},
    )


def compose_text(contents: Contents) -> tuple[str, tuple[int, ...]]:
    """The text of all pages, and the offset at which each begins."""
    hyphens = Hyphens(fragment.text for page in contents.pages for part in page for fragment in part)
    lines = [[line for part in page for line in lay_out(part, hyphens)] for page in contents.pages]
    text, starts = _join_pages([join_lines(page, hyphens) for page in lines], hyphens)
    once = [words for words in contents.removed if words not in text]
    return text + ("\n\n" + "\n".join(once) if once else ""), starts


def _render(data: bytes, numbers: Sequence[int], scales: list[float]) -> Iterator[Picture]:
    """The pages with these numbers as pictures, one by one; ``scales`` collects pixels to a point."""
    import pypdfium2

    with PDFIUM_LOCK:
        document = pypdfium2.PdfDocument(data)
    try:
        for number in numbers:
            with PDFIUM_LOCK:
                page = document[number]
                picture, scale = render(page)
                page.close()
            scales.append(scale)
            yield picture
    finally:
        with PDFIUM_LOCK:
            document.close()


def _report(source: Source, pages: Sequence[Page], contents: Contents) -> None:
    """Report pages without text. Raises ReadError if there is none at all."""
    illegible = [number for number, page in enumerate(pages, 1) if not page.legible]
    blank = [number for number, empty in enumerate(contents.empty, 1) if empty and number not in set(illegible)]
    if all(contents.empty):
        if illegible:
            reason = "its fonts do not say which characters they show"
            raise ReadError(f"the PDF has no legible text layer: {reason}", hint=advise_recognition())
        raise ReadError("the PDF has no text layer", hint=advise_recognition())
    if blank:
        source.notice(f"no text on {list_pages(blank)}")
    if illegible:
        source.notice(f"no legible text on {list_pages(illegible)}: a font does not say which characters it shows")
    partly = [number for number, page in enumerate(pages, 1) if page.dropped]
    if partly:
        count = sum(page.dropped for page in pages)
        source.notice(f"{count} characters that mean nothing were left out on {list_pages(partly)}")


def advise_recognition() -> str:
    """What to do about a document without text: nothing where recognition found none either."""
    return "" if is_installed() else f"if it is a scan, have its text recognised (OCR): {install_command('ocr')}"


def _join_pages(pages: Sequence[list[Paragraph]], hyphens: Hyphens) -> tuple[str, tuple[int, ...]]:
    """The text of all pages, with paragraphs joined across page breaks, and the offset of each page."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    last: Paragraph | None = None
    for page in pages:
        if page and last is not None:
            end = parts.pop()
            joined = _join_paragraphs(end, last, page[0], hyphens)
            length += len(joined) - len(end)
            parts.append(joined)
        text = "\n\n".join([*(resolve(paragraph.text) for paragraph in page[:-1]), *(one.text for one in page[-1:])])
        starts.append(length)
        parts.append(text)
        length += len(text)
        last = page[-1] if page else last
        if not page and len(parts) > 1:
            # The end of the last page with text is the last part, whatever follows.
            parts.pop()
    if parts:
        parts[-1] = resolve(parts[-1])
    return "".join(parts), tuple(starts)


def _join_paragraphs(end: str, above: Paragraph, below: Paragraph, hyphens: Hyphens) -> str:
    """The end of a page with what parts it from the next page, whose words are not included."""
    if not continues(above, below):
        return f"{resolve(end)}\n\n"
    if below.first.is_row:
        return f"{resolve(end)}\n"
    joined = hyphens.join(end[-200:], below.text[:200])
    return end[:-200] + joined.removesuffix(below.text[:200])
